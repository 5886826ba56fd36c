"""Go through past comments, one after the other; stopped anywhere it goes on from there."""

import asyncio
import hashlib
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

from schemas.replays import Asked, Result, Stopped, Summary
from services.kit.db import Pool, transaction
from services.replay.again import Meter, ModelSilent, PurseEmpty
from services.replay.main import Tools
from services.replay.summary import summarise
from services.store import past, replays
from services.store.past import Window
from services.store.replays import Replay, Row

SILENT = 5
"""Comments in a row for which the model was silent: then it is left alone."""
TELL_SECONDS = 15.0

Say = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """Which comments are looked at, and how many are not, for which reason."""

    keys: Sequence[str]
    left_out: dict[str, int]


async def make_plan(reading: Pool, asked: Asked) -> Plan:
    """Choose the comments; with a limit so many of them by lot, which the seed decides."""
    window = Window(asked.since, asked.until, asked.page)
    async with reading.connection() as connection:
        found = await past.read_candidates(connection, window)
    left_out = Counter(one.left_out for one in found if one.left_out is not None)
    keys = [one.comment_key for one in found if one.left_out is None]
    if asked.limit is not None and asked.limit < len(keys):
        drawn = set(sorted(keys, key=lambda key: _lot(asked.seed, key))[: asked.limit])
        keys = [key for key in keys if key in drawn]
    return Plan(keys, {str(reason): count for reason, count in left_out.items()})


async def begin(tools: Tools, asked: Asked, plan: Plan, *, by: str, now: datetime) -> Replay:
    """Note that a replay begins, and return it."""
    replay = Replay(
        replay_id=uuid4().hex, started_at=now, started_by=by, asked=asked, basis=tools.basis,
        comments=len(plan.keys), summary=Summary(), stopped=None, finished_at=None,
    )  # fmt: skip
    async with transaction(tools.keeping) as connection:
        await replays.add_replay(connection, replay)
    return replay


def _lot(seed: int, key: str) -> bytes:
    return hashlib.sha256(f"{seed} {key}".encode()).digest()


@dataclass
class Replaying:
    """One replay under way."""

    replay: Replay
    plan: Plan
    tools: Tools
    say: Say
    results: list[Result] = field(default_factory=list)
    failed: Counter[str] = field(default_factory=Counter)
    gone: Counter[str] = field(default_factory=Counter)
    """Comments that went while the replay ran."""
    stopped: Stopped | None = None

    async def run(self) -> Summary:
        """Compare what is not compared yet; return the figures of all. Results are kept one by one.

        A cancellation is noted, and raised again.
        """
        async with transaction(self.tools.keeping) as connection:
            done = await replays.compared_keys(connection, self.replay.replay_id)
            self.results, _ = await replays.read_outcomes(connection, self.replay.replay_id)
        try:
            await self._go([key for key in self.plan.keys if key not in done])
        except asyncio.CancelledError:
            self.stopped = "interrupted"
            await self._settle()
            raise
        return await self._settle()

    async def _go(self, keys: Sequence[str]) -> None:
        told, silent = time.monotonic(), 0
        for number, key in enumerate(keys, 1):
            try:
                silent = 0 if await self._one(key) else silent + 1
            except PurseEmpty:
                self.stopped = "budget"
                return
            if silent == SILENT:
                self.stopped = "model_silent"
                return
            if time.monotonic() - told > TELL_SECONDS:
                told = time.monotonic()
                self.say(f"{number} of {len(keys)} comments")

    async def _one(self, key: str) -> bool:
        """Compare one comment; False when the model was silent."""
        async with self.tools.reading.connection() as connection:
            found = await past.read_past(connection, key)
            earlier = await past.read_earlier(connection, found.joined) if found else None
        if found is None or earlier is None:
            self.gone["erased"] += 1
            return True
        meter, result = Meter(self.tools.again.sorter), None
        try:
            result = await self.tools.again.judge(found, earlier, meter)
        except ModelSilent:
            self.failed["model_silent"] += 1
        finally:
            await self._book(meter)
        row = Row(
            self.replay.replay_id, key, found.revision, found.said_at, found.joined,
            result=result, failure=None if result else "model_silent",
        )  # fmt: skip
        async with transaction(self.tools.keeping) as connection:
            kept = await replays.save_result(connection, row)
        if not kept:
            self.gone["erased"] += 1
        elif result is not None:
            self.results.append(result)
        return result is not None

    async def _book(self, meter: Meter) -> None:
        async with transaction(self.tools.keeping) as connection:
            await replays.book_cost(
                connection, datetime.now(UTC), meter.tokens_in, meter.tokens_out,
                self.tools.again.cost(meter),
            )  # fmt: skip

    async def _settle(self) -> Summary:
        left_out = dict(Counter(self.plan.left_out) + self.gone)
        summary = summarise(self.results, self.failed, left_out)
        async with transaction(self.tools.keeping) as connection:
            await replays.settle(
                connection, self.replay.replay_id, summary, self.stopped, datetime.now(UTC)
            )
        return summary
