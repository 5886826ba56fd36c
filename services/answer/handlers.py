"""Hear that a comment wants an answer; propose a draft, or say honestly that there is none."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast

from schemas.comments import CommentRouted, Reason
from schemas.drafts import DraftDeclined, DraftKind, DraftProposed, NoDraft
from schemas.streams import ANSWER_ROUTED
from services.answer.check import first_fault
from services.answer.checked import Checked
from services.answer.draft import Draft, Question, Silence, to_source
from services.answer.quote import ENGINE, candidates, quote, quoted_draft
from services.answer.rank import rarities
from services.answer.retrieve import Retrieval, retrieve
from services.answer.trust import holds_an_answer
from services.answer.words import Words, read_words
from services.answer.write import fill, require_fillable, write
from services.kit.bus import Bus
from services.kit.db import Pool, transaction
from services.kit.embed.embedder import Embeds
from services.kit.llm import LanguageModel
from services.kit.prompt import Prompt
from services.kit.pseudonym import long_key
from services.networks.connections import reply_limit
from services.store import drafts


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
    words: Words = field(default_factory=read_words)


def listen(bus: Bus, drafting: Drafting) -> None:
    """Register the handler of the answer service; raises BadPrompt for a prompt of no use."""
    for prompt in drafting.prompts.values():
        require_fillable(prompt)
    bus.says(DraftProposed, DraftDeclined)

    @bus.on(ANSWER_ROUTED)
    async def on_routed(event: CommentRouted) -> None:
        """Draft an answer for a comment in the answer lane."""
        draft_id = long_key("draft", event.comment_key, str(event.revision))
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
    """Make and store one draft, return its outcome and kind as they are stored.

    None when the comment was edited, deleted or muted before, or while the draft was made.
    """
    started, now = time.monotonic(), datetime.now(UTC)
    async with drafting.pool.connection() as connection:
        comment = await drafts.read_comment_to_answer(connection, event, now)
        if comment is None:
            return None
        if stored := await drafts.draft_outcome(connection, draft_id):
            return stored
        thread = await drafts.read_thread_before(connection, event.thread_key, comment.created_at)
    in_context = f"{comment.post}\n{comment.text}"
    vector = (await drafting.embedder.embed_queries([in_context]))[0]
    question = Question(
        comment.text, event.language, comment.post, thread, reply_limit(event.network)
    )
    retrieval = await retrieve(drafting.pool, question.text, vector, drafting.embedder.space)
    made = await _make(drafting, question, retrieval, now)
    async with transaction(drafting.pool) as connection:
        wanted = await drafts.read_comment_to_answer(connection, event, datetime.now(UTC))
        if wanted is None:
            made = Silence.instead_of(made, "no_source", Reason(rule="comment_changed"))
        row = drafts.DraftRow(
            draft_id=draft_id,
            comment_key=event.comment_key,
            revision=event.revision,
            outcome=made.outcome,
            reason=made.reason,
            kind=made.kind,
            language=event.language,
            text=made.text,
            sentences=list(made.sentences),
            sources=[to_source(one) for one in retrieval.ranked],
            engine=made.engine,
            prompt=made.prompt,
            tokens_in=made.tokens_in,
            tokens_out=made.tokens_out,
            seconds=time.monotonic() - started,
            created_at=now,
        )
        if wanted or row.tokens_in:
            await drafts.save_draft(connection, row)
        return await drafts.draft_outcome(connection, draft_id) if wanted else None


async def _make(
    drafting: Drafting, question: Question, retrieval: Retrieval, now: datetime
) -> Draft | Silence:
    if not holds_an_answer(retrieval.evidence):
        return Silence(
            outcome="no_source", reason=Reason(rule="no_passage_answers"), engine="retrieval"
        )
    sources = [to_source(one) for one in retrieval.ranked]
    instructions = ""
    if drafting.model is not None and await _may_spend(drafting, now):
        prompt = drafting.prompts[question.frame]
        messages = fill(prompt, question, sources, drafting.organisation)
        instructions = messages[0]["content"]
        made = await write(drafting.model, prompt.name, messages, question, sources)
    else:
        made = await _quote(drafting, question, retrieval)
    if isinstance(made, Silence):
        return made
    checked = Checked(
        draft=made,
        question=question,
        sources={source.passage_id: source for source in sources},
        own_domains=drafting.own_domains,
        instructions=instructions,
        words=drafting.words,
    )
    fault = first_fault(checked)
    return Silence.instead_of(made, "check_failed", fault) if fault else made


async def _quote(drafting: Drafting, question: Question, retrieval: Retrieval) -> Draft | Silence:
    found = candidates(retrieval.ranked)
    if not found:
        return Silence(outcome="no_source", reason=Reason(rule="no_passage_answers"), engine=ENGINE)
    vectors = await drafting.embedder.embed_passages([one.text for one in found])
    weights = rarities(question.text, retrieval.corpus)
    sentences = quote(question, weights, found, vectors, retrieval.query)
    if not sentences:
        return Silence(outcome="no_source", reason=Reason(rule="no_sentence_fits"), engine=ENGINE)
    return quoted_draft(sentences)


async def _may_spend(drafting: Drafting, now: datetime) -> bool:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    async with drafting.pool.connection() as connection:
        return await drafts.tokens_since(connection, midnight) < drafting.daily_tokens
