"""Put mutes, by a person or by the desk itself; each in one transaction with what it promises."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from schemas.comments import Reason
from schemas.threads import MuteSuggested, ThreadMuted, ThreadUnmuted
from services.kit.db import Connection, Pool, transaction
from services.kit.faults import Hopeless
from services.kit.outbox import promise
from services.review.refresh import refresh
from services.review.wanted import SERVICE
from services.store import conversations, items, mute_figures, mutes
from services.store.decisions import Action, Decision, add_decision


@dataclass(frozen=True)
class NewMute:
    """A mute to be put over a thread, or over one account's part of it."""

    thread_key: str
    network: str
    account_id: str
    days: int
    reason: str = ""
    author_key: str | None = None
    """The account whose part is muted, None for the whole thread."""
    evidence: Sequence[Reason] = ()
    suggestion_id: str | None = None
    closing_id: str | None = None
    """The decision for our closing words, which are posted all the same."""
    decision_id: str | None = None
    idle: Sequence[str] = ()
    """Earlier comments that a mute by the system takes off the queue; it leaves all others."""


async def put_mute(connection: Connection, made: NewMute, now: datetime) -> str:
    """Store a mute with its decision, promise its beginning and end; the thread is locked.

    Returns the mute's id.
    """
    mute_id, until = uuid4().hex, now + timedelta(days=made.days)
    await mutes.add_mute(
        connection, mute_id=mute_id, thread_key=made.thread_key, account_id=made.account_id,
        reason=made.reason, expires_at=until, author_key=made.author_key, evidence=made.evidence,
        suggestion_id=made.suggestion_id, closing_id=made.closing_id, idle=made.idle,
    )  # fmt: skip
    decision = thread_decision(
        "mute", made.thread_key, made.account_id, made.reason, made.decision_id
    )
    await add_decision(connection, decision)
    await refresh_thread(connection, made.thread_key)
    muted = ThreadMuted(
        happened_at=now, network=made.network, thread_key=made.thread_key, mute_id=mute_id,
        until=until, partly=made.author_key is not None,
    )  # fmt: skip
    over = ThreadUnmuted(
        happened_at=until, network=made.network, thread_key=made.thread_key, mute_id=mute_id
    )
    await promise(connection, SERVICE, [muted])
    await promise(connection, SERVICE, [over], due_at=until)
    return mute_id


async def mute_by_system(pool: Pool, event: MuteSuggested, days: int) -> None:
    """Follow a strict suggestion where the page allows it; show any other at the desk.

    What a person has lifted is only suggested from then on.
    """
    async with transaction(pool) as connection:
        await items.lock_thread(connection, event.thread_key)
        suggestion = await conversations.read_suggestion(connection, event.suggestion_id)
        if suggestion is None:
            raise Hopeless(f"suggestion {event.suggestion_id} is not in the database")
        if event.strict and await mutes.may_system_mute(
            connection, event.thread_key, suggestion.author_key
        ):
            made = NewMute(
                event.thread_key, event.network, mutes.SYSTEM, days,
                author_key=suggestion.author_key, evidence=suggestion.evidence,
                suggestion_id=suggestion.suggestion_id, idle=suggestion.idle,
            )  # fmt: skip
            await put_mute(connection, made, datetime.now(UTC))
        else:
            await items.tell_desks(connection, event.thread_key)


async def switch_muting(pool: Pool, account_id: str, page_key: str, *, allowed: bool) -> None:
    """Have the desk mute by itself on a page, or only suggest."""
    async with transaction(pool) as connection:
        await mute_figures.set_mutes_by_system(
            connection, page_key, allowed=allowed, account_id=account_id
        )


async def refresh_thread(connection: Connection, thread_key: str) -> None:
    """Bring everything that waits in the thread up to date."""
    await refresh(connection, await items.waiting_in_thread(connection, thread_key))
    await items.tell_desks(connection, thread_key)


def thread_decision(
    action: Action, thread_key: str, account_id: str, reason: str, decision_id: str | None = None
) -> Decision:
    """Return a decision about a whole thread."""
    return Decision(
        decision_id=decision_id or uuid4().hex,
        action=action,
        thread_key=thread_key,
        account_id=account_id,
        reason=reason,
    )
