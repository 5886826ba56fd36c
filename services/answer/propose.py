"""Make one draft and store it: retrieve, write or quote, check, keep."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from schemas.comments import CommentRouted, OfComment, Reason
from schemas.drafts import MadeStance
from services.answer.again import is_asked_again
from services.answer.draft import Draft, Silence, to_source
from services.answer.gap import note_gap
from services.answer.make import Drafting, ask_for, check_draft, look_up, make
from services.answer.patience import wait_for_the_rest
from services.answer.plant import plant_one
from services.answer.quote import ENGINE
from services.answer.same import same_question
from services.kit.db import Connection, autocommit, transaction
from services.store import drafts, routings


async def propose(
    drafting: Drafting,
    event: OfComment,
    draft_id: str,
    stance: MadeStance = "answer",
    *,
    cause: str = "",
) -> tuple[str, str | None] | None:
    """Make and store one draft, return its outcome and kind as they are stored.

    None when the comment was edited, deleted or muted before, or while the draft was made, or when
    a later message of its burst has the draft; made again for a `cause` also when there was nothing
    to say before and there still is not. Raises TryLater while more of the burst may come.
    """
    started, now = time.monotonic(), datetime.now(UTC)
    async with autocommit(drafting.pool) as connection:
        comment = await drafts.read_comment_to_answer(connection, event, now)
        if comment is None:
            return None
        if stored := await drafts.draft_outcome(connection, draft_id):
            return stored
        if comment.is_followed:
            return None
        wait_for_the_rest(event, comment, drafting.patience, now)
        question = await ask_for(connection, event.comment_key, comment, event.network, stance)
        alone = None if comment.joined else await _vector(drafting, connection, event)
    retrieval = await look_up(drafting, question, alone)
    prompt = drafting.prompts[stance, question.frame]
    made_by = f"{prompt.name} {drafting.model.model if drafting.model else ENGINE}"
    key = same_question(question, retrieval, made_by=made_by, is_reply=comment.is_reply)
    unasked = bool(cause) and not is_asked_again(cause)
    if unasked and await _was_silent(drafting, event, stance, comment.joined, key):
        return None
    made = await make(drafting, question, retrieval, key, now)
    async with transaction(drafting.pool) as connection:
        wanted = await drafts.read_comment_to_answer(connection, event, datetime.now(UTC))
        if wanted is None:
            made = Silence.instead_of(made, "no_source", Reason(rule="comment_changed"))
        row = drafts.DraftRow(
            draft_id=draft_id,
            comment_key=event.comment_key,
            revision=event.revision,
            stance=stance,
            outcome=made.outcome,
            reason=made.reason,
            kind=made.kind,
            language=question.language,
            text=made.text,
            sentences=list(made.sentences),
            sources=[to_source(one) for one in retrieval.ranked],
            engine=made.engine,
            prompt=made.prompt,
            tokens_in=made.tokens_in,
            tokens_out=made.tokens_out,
            cost=drafting.prices.of(made.tokens_in, made.tokens_out),
            cache_key=key,
            reused=made.reused,
            joined=comment.joined,
            seconds=time.monotonic() - started,
            created_at=now,
        )
        repeated = (
            unasked
            and isinstance(made, Silence)
            and await drafts.is_silent(
                connection, event.comment_key, event.revision, stance, comment.joined
            )
        )
        if (wanted and not repeated) or row.tokens_in:
            await drafts.save_draft(connection, row)
        if wanted and isinstance(event, CommentRouted) and isinstance(made, Draft):
            await plant_one(
                connection, draft_id, made,
                lambda draft: isinstance(
                    check_draft(drafting, draft, question, row.sources, ""), Draft
                ),
            )  # fmt: skip
        if wanted and stance == "answer":
            space = drafting.embedder.space
            await note_gap(connection, event, made, space=space, cause=cause, now=now)
        if wanted is None or repeated:
            return None
        return await drafts.draft_outcome(connection, draft_id)


async def _vector(
    drafting: Drafting, connection: Connection, event: OfComment
) -> NDArray[np.float32] | None:
    """Return what route embedded, None when it is of another space, or not there."""
    asked = event.comment_key, event.revision
    return await routings.read_vector(connection, *asked, drafting.embedder.space)


async def _was_silent(
    drafting: Drafting, event: OfComment, stance: MadeStance, joined: Sequence[str], key: str
) -> bool:
    asked = event.comment_key, event.revision
    async with autocommit(drafting.pool) as connection:
        return await drafts.is_silent(
            connection, *asked, stance, joined
        ) and await drafts.was_silent(connection, *asked, key)
