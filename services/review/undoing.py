"""Take an approval back before it was sent: one of the two wins, never both."""

from datetime import UTC, datetime
from uuid import uuid4

from schemas.threads import ThreadUnmuted
from services.kit.db import Pool, transaction
from services.kit.outbox import promise
from services.review.deciding import decide, hold
from services.review.muting import refresh_thread, thread_decision
from services.review.refusals import Refused
from services.review.wanted import SERVICE
from services.store import approvals, mutes
from services.store.decisions import Decision, add_decision


async def undo(
    pool: Pool, account_id: str, comment_key: str, *, decision_id: str | None = None
) -> None:
    """Take the last approval of an item back, with the mute that came with closing words.

    Raises Refused `sent_already` from the moment on at which it is being posted.
    """
    async with transaction(pool) as connection:
        facts, _ = await hold(connection, comment_key)
        approval = await approvals.lock_approval(connection, comment_key)
        if approval is None:
            raise Refused("sent_already")
        for mute_id in await mutes.standing_closings(connection, approval.decision_id):
            await mutes.add_lift(connection, mute_id=mute_id, account_id=account_id, reason="")
            await add_decision(
                connection, thread_decision("unmute", facts.thread_key, account_id, "")
            )
            lifted = ThreadUnmuted(
                happened_at=datetime.now(UTC), network=facts.network,
                thread_key=facts.thread_key, mute_id=mute_id,
            )  # fmt: skip
            await promise(connection, SERVICE, [lifted])
        await decide(
            connection,
            Decision(
                decision_id=decision_id or uuid4().hex, action="undo",
                thread_key=facts.thread_key, account_id=account_id, comment_key=comment_key,
                revision=facts.revision, joined=approval.joined, undoes=approval.decision_id,
            ),
        )  # fmt: skip
        await refresh_thread(connection, facts.thread_key)
