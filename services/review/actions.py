"""What a person does: each decision is one transaction of decision row, item and promise.

The thread's lock puts two people, or one person's double click, in turn; the second finds the item
decided and is refused.
"""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from schemas.drafts import DraftApproved
from schemas.replies import ReplyWithdrawn
from schemas.streams import STREAMS
from schemas.threads import ThreadMuted, ThreadUnmuted
from services.kit.db import Connection, Pool, transaction
from services.kit.outbox import promise, promise_raw
from services.review import refusals
from services.review.refresh import refresh
from services.review.refusals import Refused, Unknown
from services.review.standing import settle
from services.store import dead_letters, items, mutes
from services.store.decisions import Action, Decision, add_decision, is_draft_of

SERVICE = "review"


async def approve(
    pool: Pool, account_id: str, comment_key: str, *, text: str, revision: int, draft_id: str | None
) -> None:
    """Approve a text as the answer to the revision the person saw; it may be posted once.

    Raises Refused when item or text do not allow it any more, Unknown without such an item.
    """
    text = refusals.clean(text)
    async with transaction(pool) as connection:
        facts, item = await _hold(connection, comment_key)
        if refusal := refusals.to_approval(facts, item, revision, text):
            raise Refused(refusal)
        if draft_id and not await is_draft_of(connection, draft_id, comment_key, revision):
            raise Refused("other_draft")
        decision = _decision("approve", facts, account_id, text=text, draft_id=draft_id or None)
        await _decide(connection, decision)
        message = DraftApproved(
            happened_at=datetime.now(UTC),
            network=facts.network,
            thread_key=facts.thread_key,
            comment_key=comment_key,
            revision=revision,
            decision_id=decision.decision_id,
        )
        await promise(connection, SERVICE, [message])


async def reject(
    pool: Pool, account_id: str, comment_key: str, *, reason: str, revision: int
) -> None:
    """Decide that this draft is not sent and nothing else either, and say why."""
    reason = refusals.clean(reason)
    async with transaction(pool) as connection:
        facts, item = await _hold(connection, comment_key)
        if refusal := refusals.to_decision(facts, item, revision) or refusals.to_reason(reason):
            raise Refused(refusal)
        draft_id = item.draft_id if item.draft_state in ("proposed", "declined") else None
        await _decide(
            connection, _decision("reject", facts, account_id, reason=reason, draft_id=draft_id)
        )


async def close(pool: Pool, account_id: str, comment_key: str, *, revision: int) -> None:
    """Decide that there is nothing to do."""
    async with transaction(pool) as connection:
        facts, item = await _hold(connection, comment_key)
        if refusal := refusals.to_decision(facts, item, revision):
            raise Refused(refusal)
        await _decide(connection, _decision("close", facts, account_id))


async def reopen(pool: Pool, account_id: str, comment_key: str) -> None:
    """Put a decided item that got no reply back into the queue."""
    async with transaction(pool) as connection:
        facts, item = await _hold(connection, comment_key)
        if refusal := refusals.to_reopening(facts, item):
            raise Refused(refusal)
        await _decide(connection, _decision("reopen", facts, account_id))


async def withdraw(pool: Pool, account_id: str, comment_key: str) -> None:
    """Take our answers to a comment down again, as far as the network lets us."""
    async with transaction(pool) as connection:
        facts, _ = await _hold(connection, comment_key)
        if refusal := refusals.to_withdrawal(facts):
            raise Refused(refusal)
        decision = _decision("withdraw", facts, account_id)
        await _decide(connection, decision)
        message = ReplyWithdrawn(
            happened_at=datetime.now(UTC),
            network=facts.network,
            thread_key=facts.thread_key,
            comment_key=comment_key,
            revision=facts.revision,
            decision_id=decision.decision_id,
        )
        await promise(connection, SERVICE, [message])


async def mute(pool: Pool, account_id: str, comment_key: str, *, reason: str, days: int) -> None:
    """Mute the comment's thread until `days` from now: nobody drafts or sees it but urgent ones."""
    reason = refusals.clean(reason)
    now = datetime.now(UTC)
    async with transaction(pool) as connection:
        facts, _ = await _hold(connection, comment_key)
        if facts.thread_muted:
            raise Refused("muted")
        if refusal := refusals.to_reason(reason):
            raise Refused(refusal)
        if not 1 <= days <= refusals.MAX_DAYS:
            raise Refused("days")
        mute_id, until = uuid4().hex, now + timedelta(days=days)
        await mutes.add_mute(
            connection, mute_id=mute_id, thread_key=facts.thread_key, account_id=account_id,
            reason=reason, expires_at=until,
        )  # fmt: skip
        await add_decision(
            connection, _thread_decision("mute", facts.thread_key, account_id, reason)
        )
        await _refresh_thread(connection, facts.thread_key)
        named = {"network": facts.network, "thread_key": facts.thread_key, "mute_id": mute_id}
        muted = ThreadMuted(happened_at=now, until=until, **named)
        await promise(connection, SERVICE, [muted])
        over = ThreadUnmuted(happened_at=until, **named)
        await promise(connection, SERVICE, [over], due_at=until)


async def unmute(pool: Pool, account_id: str, mute_id: str, *, reason: str) -> str:
    """Lift a mute before its time and return the thread's key.

    What was open before comes back at once; what came meanwhile, when route has sorted it again.
    """
    async with transaction(pool) as connection:
        found = await mutes.standing_mute(connection, mute_id)
        if found is not None:
            await items.lock_thread(connection, found.thread_key)
            found = await mutes.standing_mute(connection, mute_id)
        if found is None:
            raise Refused("mute_over")
        reason = refusals.clean(reason)[: refusals.MAX_REASON]
        await mutes.add_lift(connection, mute_id=mute_id, account_id=account_id, reason=reason)
        await add_decision(
            connection, _thread_decision("unmute", found.thread_key, account_id, reason)
        )
        await _refresh_thread(connection, found.thread_key)
        lifted = ThreadUnmuted(
            happened_at=datetime.now(UTC),
            network=found.network,
            thread_key=found.thread_key,
            mute_id=mute_id,
        )
        await promise(connection, SERVICE, [lifted])
    return found.thread_key


async def requeue_letter(pool: Pool, account_id: str, dead_id: str) -> None:
    """Send a dead letter's message to where it was read from, for all who listen there."""
    async with transaction(pool) as connection:
        letter = await _waiting_letter(connection, dead_id)
        if letter.stream not in {stream.name for stream in STREAMS}:
            raise Refused("no_stream")
        await dead_letters.settle_letter(
            connection, dead_id, settlement="requeued", account_id=account_id, note=None
        )
        await promise_raw(
            connection, SERVICE, stream=letter.stream, subject=letter.subject,
            msg_id=f"{dead_id}:requeue:{uuid4().hex}", body=letter.body,
        )  # fmt: skip
        await items.tell_desks(connection, None)


async def drop_letter(pool: Pool, account_id: str, dead_id: str, *, note: str) -> None:
    """Give a dead letter up, and say why."""
    note = refusals.clean(note)
    async with transaction(pool) as connection:
        await _waiting_letter(connection, dead_id)
        if refusal := refusals.to_reason(note):
            raise Refused(refusal)
        await dead_letters.settle_letter(
            connection, dead_id, settlement="dropped", account_id=account_id, note=note
        )
        await items.tell_desks(connection, None)


async def _hold(connection: Connection, comment_key: str) -> tuple[items.Facts, items.Item]:
    thread_key = await items.thread_of(connection, comment_key)
    if thread_key is None:
        raise Unknown(comment_key)
    await items.lock_thread(connection, thread_key)
    facts = (await items.read_facts(connection, [comment_key]))[0]
    item = settle(facts)
    if item is None:
        raise Unknown(comment_key)
    return facts, item


async def _decide(connection: Connection, decision: Decision) -> None:
    await add_decision(connection, decision)
    await refresh(connection, [decision.comment_key or ""])
    await items.tell_desks(connection, decision.thread_key)


async def _refresh_thread(connection: Connection, thread_key: str) -> None:
    await refresh(connection, await items.waiting_in_thread(connection, thread_key))
    await items.tell_desks(connection, thread_key)


async def _waiting_letter(connection: Connection, dead_id: str) -> dead_letters.DeadLetter:
    letter = await dead_letters.lock_waiting_letter(connection, dead_id)
    if letter is None:
        raise Refused("settled")
    return letter


def _decision(
    action: Action, facts: items.Facts, account_id: str, *, text: str | None = None,
    reason: str | None = None, draft_id: str | None = None,
) -> Decision:  # fmt: skip
    return Decision(
        decision_id=uuid4().hex,
        action=action,
        thread_key=facts.thread_key,
        account_id=account_id,
        comment_key=facts.comment_key,
        revision=facts.revision,
        draft_id=draft_id,
        text=text,
        reason=reason,
    )


def _thread_decision(action: Action, thread_key: str, account_id: str, reason: str) -> Decision:
    return Decision(
        decision_id=uuid4().hex,
        action=action,
        thread_key=thread_key,
        account_id=account_id,
        reason=reason,
    )
