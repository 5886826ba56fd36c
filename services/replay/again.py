"""Sort and draft for one past comment once more, with the services' own code."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal

from schemas.replays import Drafted, Mute, NotTried, Result, Sorted
from services.answer.draft import to_source
from services.answer.make import Drafting, ask_for, may_spend, try_out
from services.answer.quote import ENGINE
from services.kit.faults import TryLater
from services.kit.llm import Completion, LanguageModel, ModelFailed
from services.replay.compare import compare
from services.route.ask_model import SortedKind
from services.route.watch import weigh_mute
from services.route.weigh import Scales, Weighed, weigh
from services.store.past import Past

LONGEST_WAIT = 60.0
"""Seconds that a model may ask to wait."""


class PurseEmpty(Exception):
    """What models may cost in a day or a month is spent."""


class ModelSilent(Exception):
    """The language model did not answer in time."""


class Meter:
    """A language model that counts what it is asked; of one comment."""

    def __init__(self, model: LanguageModel | None) -> None:
        self._model = model
        self.tokens_in = 0
        self.tokens_out = 0
        self.unanswered = False

    async def complete(
        self, messages: list[dict[str, str]], schema: type[SortedKind]
    ) -> Completion[SortedKind]:
        """Ask once, as LanguageModel does."""
        if self._model is None:
            raise ModelFailed("there is no model")
        self.unanswered = True
        try:
            done = await self._model.complete(messages, schema)
        except ModelFailed as error:
            self.unanswered = False
            self.add(error.tokens_in, error.tokens_out)
            raise
        self.unanswered = False
        self.add(done.tokens_in, done.tokens_out)
        return done

    def add(self, tokens_in: int, tokens_out: int) -> None:
        """Count what was spent elsewhere for the same comment."""
        self.tokens_in += tokens_in
        self.tokens_out += tokens_out


@dataclass(frozen=True)
class Again:
    """What sorts and drafts; both read through pools that cannot write."""

    scales: Scales
    drafting: Drafting
    sorter: LanguageModel | None = None
    """Asked about doubtful comments."""
    tries: int = 3
    """How often a model that asks for patience is asked."""

    def cost(self, meter: Meter) -> Decimal:
        return self.drafting.prices.of(meter.tokens_in, meter.tokens_out)

    async def judge(self, past: Past, earlier: Sequence[str], meter: Meter) -> Result:
        """Return what the comment would become; `meter` has what it cost, however it ends.

        Raises ModelSilent, and PurseEmpty before a model is asked that may not be paid.
        """
        if self._has_model and not await may_spend(self.drafting, datetime.now(UTC)):
            raise PurseEmpty
        weighed = await self._sort(past, meter)
        mute: Mute = "none"
        if not past.to_sort.muted:
            async with self.scales.pool.connection() as connection:
                found = await weigh_mute(connection, weighed.look, past.routed_at)
            if found is not None:
                mute = "strict" if found.strict else "suggested"
        now = Sorted(
            lane=weighed.verdict.lane, kind=weighed.verdict.kind, reasons=list(weighed.reasons),
            muted=weighed.muted, surfaced=weighed.surfaced is not None, mute=mute,
        )  # fmt: skip
        draft = await self._draft(past, earlier, now, meter)
        tokens = meter.tokens_in + meter.tokens_out
        return compare(past, now, draft, tokens=tokens, cost=self.cost(meter))

    @property
    def _has_model(self) -> bool:
        return self.sorter is not None or self.drafting.model is not None

    async def _sort(self, past: Past, meter: Meter) -> Weighed:
        scales = replace(self.scales, model=None if self.sorter is None else meter)
        weighed = await weigh(scales, past.event, past.to_sort, past.routed_at)
        if meter.unanswered:
            raise ModelSilent
        return weighed

    async def _draft(
        self, past: Past, earlier: Sequence[str], now: Sorted, meter: Meter
    ) -> Drafted:
        if (untried := not_tried(past, now)) is not None:
            return Drafted(outcome=untried)
        async with self.drafting.pool.connection() as connection:
            question = await ask_for(
                connection, past.comment_key, past.to_answer(earlier), past.network
            )
        started = time.monotonic()
        for left in reversed(range(self.tries)):
            try:
                made, retrieval = await try_out(self.drafting, question, datetime.now(UTC))
                break
            except TryLater as error:
                if not left:
                    raise ModelSilent from error
                await asyncio.sleep(min(error.delay, LONGEST_WAIT))
        meter.add(made.tokens_in, made.tokens_out)
        if self.drafting.model is not None and made.engine == ENGINE:
            raise PurseEmpty
        return Drafted(
            outcome=made.outcome, reason=made.reason, kind=made.kind, text=made.text,
            sentences=list(made.sentences), sources=[to_source(one) for one in retrieval.ranked],
            engine=made.engine, prompt=made.prompt, tokens_in=made.tokens_in,
            tokens_out=made.tokens_out,
            cost=self.drafting.prices.of(made.tokens_in, made.tokens_out),
            seconds=time.monotonic() - started,
        )  # fmt: skip


def not_tried(past: Past, now: Sorted) -> NotTried | None:
    """Return why the services would try no draft; None when they would.

    A draft that a person had asked for, whatever the lane, would be asked for again.
    """
    asked_for = past.lane != "answer" and past.draft_id is not None
    if now.muted:
        return "muted"
    if past.is_joined:
        return "joined"
    if now.lane != "answer" and not asked_for:
        return "lane"
    return "offered" if past.adapted else None
