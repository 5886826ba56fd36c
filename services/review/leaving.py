"""The dignified exit: our closing words once, then silence towards the account."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from services.kit.db import Pool, transaction
from services.review import actions
from services.review.muting import NewMute, put_mute
from services.review.refusals import Refused
from services.store import mutes


async def leave(
    pool: Pool, account_id: str, comment_key: str, *, text: str, revision: int, days: int,
    joined: Sequence[str] | None = None, wording: str | None = None,
    undo: timedelta = timedelta(), decision_id: str | None = None,
) -> None:  # fmt: skip
    """Approve closing words as the answer and mute the account's part of the thread.

    Both or neither. Raises Refused `closed_already` where we have taken our leave before, unless
    those words could not be posted; else as an approval does.
    """
    now = datetime.now(UTC)
    async with transaction(pool) as connection:
        facts, decision = await actions.approve_within(
            connection, account_id, comment_key, text=text, revision=revision, draft_id=None,
            joined=joined, stance="close", wording=wording, undo=undo, decision_id=decision_id,
        )  # fmt: skip
        if decision.action == "endorse":
            raise Refused("two_needed")
        if await mutes.has_closed(connection, facts.thread_key):
            raise Refused("closed_already")
        author_key = await mutes.author_of(connection, comment_key)
        made = NewMute(
            facts.thread_key, facts.network, account_id, days,
            author_key=author_key, closing_id=decision.decision_id,
        )  # fmt: skip
        await put_mute(connection, made, now)
