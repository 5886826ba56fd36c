"""Decide about many items at once: each by itself, as if one person had gone through them.

A set is what its preview showed, `comment_key:revision` each; what has changed since is left out.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from schemas.comments import Kind
from services.kit.db import Connection, Pool, transaction
from services.review import refusals
from services.review.actions import reopen, unmute
from services.review.deciding import decide, hold
from services.review.muting import NewMute, put_mute
from services.review.refusals import Refusal, Refused, Unknown
from services.store import items
from services.store.decisions import Decision, last_decision

MOST = 200
"""Items that are decided at once."""


@dataclass(frozen=True)
class Seen:
    """An item as the preview showed it."""

    comment_key: str
    revision: int


@dataclass(frozen=True)
class LeftOut:
    """An item that was not decided, and why."""

    comment_key: str
    refusal: Refusal


@dataclass(frozen=True)
class Outcome:
    """What was decided, and what was not."""

    done: Sequence[str]
    """`comment_key:decision_id`, or of a mute `comment_key:mute_id`."""
    left_out: Sequence[LeftOut]


One = Callable[[Connection, items.Facts, items.Item, Seen], Awaitable[str]]
"""Decides about one item whose thread is held; returns an id by which it can be undone."""


async def each(pool: Pool, seen: Sequence[Seen], one: One) -> Outcome:
    """Decide about every item in a transaction of its own; a refusal concerns that item alone."""
    done: list[str] = []
    left_out: list[LeftOut] = []
    for wanted in seen[:MOST]:
        try:
            async with transaction(pool) as connection:
                facts, item = await hold(connection, wanted.comment_key)
                made = await one(connection, facts, item, wanted)
        except Refused as error:
            left_out.append(LeftOut(wanted.comment_key, error.refusal))
        except Unknown:
            left_out.append(LeftOut(wanted.comment_key, "deleted"))
        else:
            done.append(f"{wanted.comment_key}:{made}")
    return Outcome(done, left_out)


def rejecting(account_id: str, reason: str) -> One:
    """Reject with a reason; raises Refused when the reason does not do."""
    reason = _reason(reason)

    async def one(connection: Connection, facts: items.Facts, item: items.Item, seen: Seen) -> str:
        _check(refusals.to_decision(facts, item, seen.revision))
        draft_id = item.draft_id if item.draft_state in ("proposed", "declined") else None
        return await _decide(connection, Decision(
            uuid4().hex, "reject", facts.thread_key, account_id, facts.comment_key,
            facts.revision, draft_id, reason=reason, joined=facts.joined,
        ))  # fmt: skip

    return one


def sorting(account_id: str, kind: Kind, *, close: bool = False) -> One:
    """Say what kind of comment they are; with `close` there is nothing to do about them either."""

    async def one(connection: Connection, facts: items.Facts, item: items.Item, seen: Seen) -> str:
        _check(refusals.to_relaning(facts, item, seen.revision))
        made = await _decide(connection, Decision(
            uuid4().hex, "relane", facts.thread_key, account_id, facts.comment_key,
            facts.revision, kind=kind, joined=facts.joined,
        ))  # fmt: skip
        if not close:
            return made
        return await _decide(connection, Decision(
            uuid4().hex, "close", facts.thread_key, account_id, facts.comment_key,
            facts.revision, joined=facts.joined,
        ))  # fmt: skip

    return one


def muting(account_id: str, reason: str, days: int) -> One:
    """Mute their threads; the second item of a thread finds it muted."""
    reason = _reason(reason)
    if not 1 <= days <= refusals.MAX_DAYS:
        raise Refused("days")

    async def one(connection: Connection, facts: items.Facts, item: items.Item, seen: Seen) -> str:
        _check(refusals.to_decision(facts, item, seen.revision))
        made = NewMute(facts.thread_key, facts.network, account_id, days, reason)
        return await put_mute(connection, made, datetime.now(UTC))

    return one


async def undo(pool: Pool, account_id: str, done: Sequence[str], *, reason: str = "") -> Outcome:
    """Take back what was decided at once, where nothing has been decided since."""
    undone: list[str] = []
    left_out: list[LeftOut] = []
    for one in done[:MOST]:
        comment_key, _, made = one.partition(":")
        try:
            if not await _take_back(pool, account_id, comment_key, made, reason):
                left_out.append(LeftOut(comment_key, "decided"))
                continue
        except Refused as error:
            left_out.append(LeftOut(comment_key, error.refusal))
        except Unknown:
            left_out.append(LeftOut(comment_key, "deleted"))
        else:
            undone.append(one)
    return Outcome(undone, left_out)


async def _take_back(pool: Pool, account_id: str, comment_key: str, made: str, reason: str) -> bool:
    async with pool.connection() as connection:
        last = await last_decision(connection, comment_key)
        about_thread = await items.thread_of(connection, comment_key)
    if last == made:
        await reopen(pool, account_id, comment_key)
        return True
    if about_thread is None:
        raise Unknown(comment_key)
    try:
        await unmute(pool, account_id, made, reason=reason)
    except Refused:
        return False
    return True


async def _decide(connection: Connection, decision: Decision) -> str:
    await decide(connection, decision)
    return decision.decision_id


def _reason(text: str) -> str:
    reason = refusals.clean(text)
    _check(refusals.to_reason(reason))
    return reason


def _check(refusal: Refusal | None) -> None:
    if refusal:
        raise Refused(refusal)
