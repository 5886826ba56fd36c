"""What a person does: each decision is one transaction of decision row, item and promise.

The thread's lock puts two people, or one person's double click, in turn; the second finds the item
decided and is refused.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from schemas.drafts import DraftApproved, MadeStance, Stance
from schemas.replies import ReplyWithdrawn
from schemas.threads import ThreadUnmuted
from services.kit.db import Connection, Pool, transaction
from services.kit.outbox import promise
from services.review import refusals
from services.review.deciding import decide, hold
from services.review.going_out import refuse_debate
from services.review.muting import NewMute, put_mute, refresh_thread, thread_decision
from services.review.refresh import refresh
from services.review.refusals import Refused
from services.review.wanted import SERVICE, draft_requested, promise_once_more
from services.store import approvals, conversations, item_claims, items, mutes, requests
from services.store.decisions import (
    Action,
    Decision,
    add_decision,
    last_joined,
    read_shown_draft,
)
from services.store.planted import holds_planted


async def approve(
    pool: Pool, account_id: str, comment_key: str, *, text: str, revision: int,
    draft_id: str | None, joined: Sequence[str] | None = None, stance: Stance | None = None,
    wording: str | None = None, undo: timedelta = timedelta(), may_second: bool = True,
    decision_id: str | None = None,
) -> None:  # fmt: skip
    """Approve a text as the answer to the revision the person saw; it may be posted once.

    `joined` are the earlier comments of the burst as the person saw them, None when not told.
    Nothing is sent for so long as `undo`. Where two people have to approve, the first approval of
    a text waits for somebody else's, who `may_second`.
    Raises Refused when item or text do not allow it any more, Unknown without such an item.
    """
    async with transaction(pool) as connection:
        await approve_within(
            connection, account_id, comment_key, text=text, revision=revision, draft_id=draft_id,
            joined=joined, stance=stance, wording=wording, undo=undo, may_second=may_second,
            decision_id=decision_id,
        )  # fmt: skip


async def approve_within(
    connection: Connection, account_id: str, comment_key: str, *, text: str, revision: int,
    draft_id: str | None, joined: Sequence[str] | None, stance: Stance | None,
    wording: str | None, undo: timedelta, may_second: bool = True, decision_id: str | None = None,
) -> tuple[items.Facts, Decision]:  # fmt: skip
    """Approve within a transaction; return what was known before, and the decision.

    It is `endorse` where a second person is needed; who is the second approves the first's text,
    made of the first's draft.
    """
    text = refusals.clean(text)
    facts, item = await hold(connection, comment_key)
    refusal = refusals.to_approval(facts, item, revision, text, joined)
    if refusal or await holds_planted(connection, text):
        raise Refused(refusal or "planted")
    await refuse_debate(connection, comment_key)
    first = await approvals.standing_endorsement(connection, comment_key)
    two = await approvals.needs_two(connection, comment_key)
    agreed = first if two and first and (first.text, first.revision) == (text, revision) else None
    if refusal := refusals.to_seconding(agreed, account_id, may_second=may_second):
        raise Refused(refusal)
    if agreed:
        draft_id, stance, wording = agreed.draft_id, agreed.stance, agreed.wording
    shown = None
    if draft_id:
        shown = await read_shown_draft(connection, draft_id, comment_key, revision)
        if refusal := refusals.to_shown_draft(facts, shown):
            raise Refused(refusal)
    decision = _decision(
        "endorse" if two and not agreed else "approve", facts, account_id,
        text=text, draft_id=draft_id or None,
        stance=stance or (shown.stance if shown else None), wording=wording,
        seconds=agreed.decision_id if agreed else None, decision_id=decision_id,
    )  # fmt: skip
    await decide(connection, decision)
    if decision.action == "endorse":
        await item_claims.drop_claim(connection, comment_key)
        return facts, decision
    message = DraftApproved(
        happened_at=datetime.now(UTC), network=facts.network, thread_key=facts.thread_key,
        comment_key=comment_key, revision=revision, decision_id=decision.decision_id,
    )  # fmt: skip
    await promise(connection, SERVICE, [message], due_at=message.happened_at + undo)
    return facts, decision


async def request_draft(
    pool: Pool, account_id: str, comment_key: str, *, stance: MadeStance, revision: int
) -> None:
    """Ask for a draft, again if the model failed; twice, or for what is there, changes nothing."""
    now = datetime.now(UTC)
    async with transaction(pool) as connection:
        facts, item = await hold(connection, comment_key)
        if refusal := refusals.to_request(facts, item, revision):
            raise Refused(refusal)
        if await promise_once_more(connection, facts, stance, now):
            return
        is_new = await requests.add_request(
            connection, comment_key=comment_key, revision=revision, stance=stance,
            account_id=account_id, now=now,
        )  # fmt: skip
        if is_new:
            await promise(connection, SERVICE, [draft_requested(facts, stance, now)])
            await refresh(connection, [comment_key])
            await items.tell_desks(connection, facts.thread_key)


async def reject(
    pool: Pool, account_id: str, comment_key: str, *, reason: str, revision: int,
    joined: Sequence[str] | None = None, decision_id: str | None = None,
) -> None:  # fmt: skip
    """Decide that this draft is not sent and nothing else either, and say why."""
    reason = refusals.clean(reason)
    async with transaction(pool) as connection:
        facts, item = await hold(connection, comment_key)
        refusal = refusals.to_decision(facts, item, revision, joined)
        if refusal := refusal or refusals.to_reason(reason):
            raise Refused(refusal)
        draft_id = item.draft_id if item.draft_state in ("proposed", "declined") else None
        decision = _decision(
            "reject", facts, account_id, reason=reason, draft_id=draft_id, decision_id=decision_id
        )
        await decide(connection, decision)


async def close(
    pool: Pool, account_id: str, comment_key: str, *, revision: int,
    joined: Sequence[str] | None = None, decision_id: str | None = None,
) -> None:  # fmt: skip
    """Decide that there is nothing to do."""
    async with transaction(pool) as connection:
        facts, item = await hold(connection, comment_key)
        if refusal := refusals.to_decision(facts, item, revision, joined):
            raise Refused(refusal)
        await decide(connection, _decision("close", facts, account_id, decision_id=decision_id))


async def reopen(
    pool: Pool, account_id: str, comment_key: str, *, decision_id: str | None = None
) -> None:
    """Put a decided item that got no reply back into the queue, with all it was decided with."""
    async with transaction(pool) as connection:
        facts, item = await hold(connection, comment_key)
        if refusal := refusals.to_reopening(facts, item):
            raise Refused(refusal)
        joined = await last_joined(connection, comment_key)
        decision = _decision("reopen", facts, account_id, joined=joined, decision_id=decision_id)
        await decide(connection, decision)


async def withdraw(
    pool: Pool, account_id: str, comment_key: str, *, decision_id: str | None = None
) -> None:
    """Take our answers to a comment down again, as far as the network lets us."""
    async with transaction(pool) as connection:
        facts, _ = await hold(connection, comment_key)
        if refusal := refusals.to_withdrawal(facts):
            raise Refused(refusal)
        joined = await last_joined(connection, comment_key)
        decision = _decision("withdraw", facts, account_id, joined=joined, decision_id=decision_id)
        await decide(connection, decision)
        message = ReplyWithdrawn(
            happened_at=datetime.now(UTC), network=facts.network, thread_key=facts.thread_key,
            comment_key=comment_key, revision=facts.revision, decision_id=decision.decision_id,
        )  # fmt: skip
        await promise(connection, SERVICE, [message])


async def mute(
    pool: Pool, account_id: str, comment_key: str, *, reason: str, days: int, whole: bool = True,
    suggestion_id: str = "", decision_id: str | None = None,
) -> None:  # fmt: skip
    """Mute the comment's thread for `days`, or only its account's part of the thread.

    A suggestion that is followed brings its evidence and says what is muted; a reason may then be
    left out.
    """
    reason = refusals.clean(reason)
    async with transaction(pool) as connection:
        facts, _ = await hold(connection, comment_key)
        if facts.thread_muted:
            raise Refused("muted")
        found = await conversations.read_suggestion(connection, suggestion_id)
        suggestion = found if found and found.thread_key == facts.thread_key else None
        refusal = refusals.to_reason(reason)
        if refusal and not (suggestion and refusal == "no_reason"):
            raise Refused(refusal)
        if not 1 <= days <= refusals.MAX_DAYS:
            raise Refused("days")
        author_key = None if whole else await mutes.author_of(connection, comment_key)
        made = NewMute(
            facts.thread_key, facts.network, account_id, days, reason,
            author_key=suggestion.author_key if suggestion else author_key,
            evidence=suggestion.evidence if suggestion else (),
            suggestion_id=suggestion.suggestion_id if suggestion else None,
            decision_id=decision_id,
        )  # fmt: skip
        await put_mute(connection, made, datetime.now(UTC))


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
            connection, thread_decision("unmute", found.thread_key, account_id, reason)
        )
        await refresh_thread(connection, found.thread_key)
        lifted = ThreadUnmuted(
            happened_at=datetime.now(UTC),
            network=found.network,
            thread_key=found.thread_key,
            mute_id=mute_id,
        )
        await promise(connection, SERVICE, [lifted])
    return found.thread_key


def _decision(
    action: Action, facts: items.Facts, account_id: str, *, text: str | None = None,
    reason: str | None = None, draft_id: str | None = None, stance: Stance | None = None,
    wording: str | None = None, joined: Sequence[str] | None = None, seconds: str | None = None,
    decision_id: str | None = None,
) -> Decision:  # fmt: skip
    return Decision(
        decision_id=decision_id or uuid4().hex,
        action=action,
        thread_key=facts.thread_key,
        account_id=account_id,
        comment_key=facts.comment_key,
        revision=facts.revision,
        draft_id=draft_id,
        text=text,
        reason=reason,
        stance=stance,
        wording=wording,
        joined=facts.joined if joined is None else joined,
        seconds=seconds,
    )
