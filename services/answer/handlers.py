"""Hear that a comment wants an answer; propose a draft, or say honestly that there is none."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from schemas.comments import CommentRouted, Reason
from schemas.drafts import DraftDeclined, DraftKind, DraftProposed, NoDraft, Source
from schemas.streams import ANSWER_ROUTED
from services.answer.check import Checked, first_fault
from services.answer.draft import Draft, Question, Silence, to_source
from services.answer.quote import ENGINE, candidates, quote, quoted_draft
from services.answer.rank import rarities
from services.answer.retrieve import Retrieval, retrieve
from services.answer.trust import holds_an_answer
from services.answer.write import write
from services.kit.bus import Bus
from services.kit.db import Pool, transaction
from services.kit.embed.embedder import Embeds
from services.kit.llm import LanguageModel
from services.kit.prompt import Prompt
from services.kit.pseudonym import long_key
from services.store import drafts

LIMIT = 500
"""Characters of a reply; the sandbox network's limit."""


@dataclass(frozen=True)
class Drafting:
    """What the handler needs."""

    pool: Pool
    bus: Bus
    embedder: Embeds
    model: LanguageModel | None
    prompts: dict[str, Prompt]
    organisation: str
    own_domains: Sequence[str]
    daily_tokens: int


def listen(bus: Bus, drafting: Drafting) -> None:
    """Register the handler of the answer service."""
    bus.says(DraftProposed, DraftDeclined)

    @bus.on(ANSWER_ROUTED)
    async def on_routed(event: CommentRouted) -> None:
        """Draft an answer for a comment in the answer lane."""
        draft_id = long_key("draft", event.comment_key, str(event.revision), event.cause)
        async with drafting.pool.connection() as connection:
            stored = await drafts.draft_outcome(connection, draft_id)
        if stored is None:
            stored = await propose(drafting, event, draft_id)
        if stored is not None:
            await bus.publish(announcement(event, draft_id, *stored))


def announcement(
    event: CommentRouted, draft_id: str, outcome: str, kind: str | None
) -> DraftProposed | DraftDeclined:
    """Return the message that fits a stored draft."""
    keys = event.model_dump(include={"network", "thread_key", "comment_key", "revision"})
    now = datetime.now(UTC)
    if outcome == "proposed":
        return DraftProposed(
            happened_at=now, draft_id=draft_id, kind=cast("DraftKind", kind), **keys
        )
    return DraftDeclined(
        happened_at=now, draft_id=draft_id, reason=cast("NoDraft", outcome), **keys
    )


async def propose(
    drafting: Drafting, event: CommentRouted, draft_id: str
) -> tuple[str, str | None] | None:
    """Make and store one draft; None when the comment no longer wants one."""
    started, now = time.monotonic(), datetime.now(UTC)
    async with drafting.pool.connection() as connection:
        comment = await drafts.read_comment_to_answer(connection, event, now)
        if comment is None:
            return None
        thread = await drafts.read_thread_before(connection, event.thread_key, comment.created_at)
    in_context = f"{comment.post}\n{comment.text}"
    vector = (await drafting.embedder.embed_queries([in_context]))[0]
    question = Question(comment.text, event.language, comment.post, thread, LIMIT)
    retrieval = await retrieve(drafting.pool, question.text, vector, drafting.embedder.space)
    sources = [to_source(one) for one in retrieval.ranked]
    made = await _make(drafting, question, retrieval, sources, now)
    if isinstance(made, Draft):
        by_id = {source.passage_id: source for source in sources}
        fault = first_fault(Checked(made, question, by_id, drafting.own_domains))
        if fault:
            made = Silence(
                "check_failed", fault, made.engine, made.prompt, made.tokens_in, made.tokens_out
            )
    row = drafts.DraftRow(
        draft_id=draft_id,
        comment_key=event.comment_key,
        revision=event.revision,
        outcome=made.outcome if isinstance(made, Silence) else "proposed",
        reason=made.reason if isinstance(made, Silence) else None,
        kind=None if isinstance(made, Silence) else made.kind,
        language=event.language,
        text="" if isinstance(made, Silence) else made.text,
        sentences=[] if isinstance(made, Silence) else list(made.sentences),
        sources=sources,
        engine=made.engine,
        prompt=made.prompt,
        tokens_in=made.tokens_in,
        tokens_out=made.tokens_out,
        seconds=time.monotonic() - started,
        created_at=now,
    )
    async with transaction(drafting.pool) as connection:
        await drafts.save_draft(connection, row)
    return row.outcome, row.kind


async def _make(
    drafting: Drafting,
    question: Question,
    retrieval: Retrieval,
    sources: Sequence[Source],
    now: datetime,
) -> Draft | Silence:
    if not holds_an_answer(retrieval.evidence):
        return Silence("no_source", Reason(rule="no_passage_answers"), "retrieval")
    if drafting.model is not None and await _may_spend(drafting, now):
        prompt = drafting.prompts[question.frame]
        return await write(drafting.model, prompt, question, sources, drafting.organisation)
    return await _quote(drafting, question, retrieval)


async def _quote(drafting: Drafting, question: Question, retrieval: Retrieval) -> Draft | Silence:
    found = candidates(retrieval.ranked)
    if not found:
        return Silence("no_source", Reason(rule="no_passage_answers"), ENGINE)
    vectors = await drafting.embedder.embed_passages([one.text for one in found])
    weights = rarities(question.text, retrieval.corpus)
    sentences = quote(question, weights, found, vectors, retrieval.query)
    if not sentences:
        return Silence("no_source", Reason(rule="no_sentence_fits"), ENGINE)
    return quoted_draft(sentences)


async def _may_spend(drafting: Drafting, now: datetime) -> bool:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    async with drafting.pool.connection() as connection:
        return await drafts.tokens_since(connection, midnight) < drafting.daily_tokens
