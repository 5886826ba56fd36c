"""Offer an answer that a person approved to the others who ask the same; each is decided anew."""

import time
from datetime import UTC, datetime

from schemas.comments import OfComment
from schemas.drafts import DraftKind, DraftProposed
from schemas.replies import ReplyPosted
from services.answer.checked import folded
from services.answer.draft import Draft, Question, Silence
from services.answer.gap import note_gap
from services.answer.make import Drafting, check_draft, turns_before
from services.answer.quote import ENGINE
from services.answer.salutation import without_address
from services.kit.db import Connection, autocommit, transaction
from services.kit.pseudonym import long_key
from services.networks.places import place
from services.store import drafts, same


async def gather(drafting: Drafting, event: OfComment) -> None:
    """Note which questions of the thread ask the same as this one."""
    async with transaction(drafting.pool) as connection:
        await same.gather(connection, event, drafting.embedder.space)


async def offer_to_others(drafting: Drafting, event: ReplyPosted) -> list[DraftProposed]:
    """Store the posted answer as a draft for each open question that asks the same."""
    now, space = datetime.now(UTC), drafting.embedder.space
    async with drafting.pool.connection() as connection:
        asking = await same.asking_the_same(connection, event.decision_id, space, now)
    offered = []
    for one in asking:
        target = OfComment.model_construct(happened_at=now, **vars(one))
        if (draft := await _offer(drafting, target, event.decision_id)) is not None:
            offered.append(draft)
    return offered


async def offer_earlier(drafting: Drafting, event: OfComment) -> DraftProposed | None:
    """Store the newest posted answer to the same question as a draft, None when there is none."""
    now, space = datetime.now(UTC), drafting.embedder.space
    async with autocommit(drafting.pool) as connection:
        decision_id = await same.approved_for_the_same(connection, event.comment_key, space, now)
    return await _offer(drafting, event, decision_id) if decision_id else None


async def _offer(drafting: Drafting, event: OfComment, decision_id: str) -> DraftProposed | None:
    started, now = time.monotonic(), datetime.now(UTC)
    revision = str(event.revision)
    draft_id = long_key("draft", event.comment_key, revision, "adapted", decision_id)
    async with transaction(drafting.pool) as connection:
        approved = await same.read_approved(connection, decision_id)
        comment = await drafts.read_comment_to_answer(connection, event, now)
        if approved is None or comment is None or comment.joined or comment.is_followed:
            return None
        text = without_address(
            approved.text, name=approved.author_name, handle=approved.author_handle
        )
        if text is None:
            return None
        question = await _question(connection, event, comment, approved, text)
        made = _checked(drafting, question, approved, text)
        if isinstance(made, Silence):
            return None
        row = drafts.DraftRow(
            draft_id=draft_id, comment_key=event.comment_key, revision=event.revision,
            outcome="proposed", reason=None, kind="adapted", language=approved.language,
            text=text, sentences=approved.sentences, sources=approved.sources,
            engine=approved.engine, prompt=approved.prompt, tokens_in=0, tokens_out=0,
            seconds=time.monotonic() - started, created_at=now, reused=approved.draft_id,
            adapted_from=decision_id,
        )  # fmt: skip
        await drafts.save_draft(connection, row)
        space = drafting.embedder.space
        await note_gap(connection, event, made, space=space, cause="", now=now)
    keys = event.model_dump(include={"network", "thread_key", "comment_key", "revision"})
    return DraftProposed(happened_at=now, draft_id=draft_id, kind="adapted", **keys)


async def _question(
    connection: Connection,
    event: OfComment,
    comment: drafts.CommentToAnswer,
    approved: same.Approved,
    text: str,
) -> Question:
    """Return the question; that others were told this very text is no repetition to this person."""
    told = {folded(approved.text), folded(text)}
    turns = await turns_before(connection, event.comment_key, comment)
    return Question(
        text=comment.text,
        language=approved.language,
        post=comment.post,
        thread=[turn for turn in turns if not (turn.ours and folded(turn.text) in told)],
        place=place(event.network),
    )


def _checked(
    drafting: Drafting, question: Question, approved: same.Approved, text: str
) -> Draft | Silence:
    kind: DraftKind = "quoted" if approved.engine == ENGINE else "written"
    draft = Draft(
        kind=kind, sentences=tuple(approved.sentences), text=text, engine=approved.engine,
        prompt=approved.prompt, reused=approved.draft_id,
    )  # fmt: skip
    return check_draft(drafting, draft, question, approved.sources, "")
