"""What deliver reads and writes: the approved text, and how far its posting got.

An approval without a row is waiting; then `sending` -> `sent`, or `unknown`, which is looked up ->
`sent` or `sending` again. `returned` goes back to a person; nothing leaves `sent` or `returned`.
A withdrawal is a decision with a row of its own: `sent` when nothing stands any more.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from psycopg.rows import class_row

from schemas.comments import Withholding
from schemas.replies import ReturnCode
from services.kit.db import Connection, Pool, transaction

State = Literal["sending", "sent", "unknown", "returned"]
WINDOW = timedelta(minutes=10)
"""How far back our replies in a thread are counted."""


@dataclass(frozen=True)
class Approval:
    """A person's decision with the comment as we know it now and the posting so far."""

    decision_id: str
    text: str
    comment_key: str
    thread_key: str
    network: str
    connection: str
    native_id: str
    approved_at: datetime
    approved_revision: int
    native_revision: str
    """The network's name of the comment's newest revision."""
    revision: int
    deleted: bool
    muted: bool
    withheld: Withholding | None
    """What the network told us of the place, apart from what it says when it is read."""
    ahead: int
    """Earlier approvals in the thread that are neither posted nor returned."""
    lately: int
    """Replies of ours that were posted in the thread within WINDOW."""
    lately_to_author: int
    """Those among them that answer the same author."""
    state: State | None
    attempts: int
    """Posts that left us and may have been done."""
    tried_at: datetime | None
    """When the posting last got a step further."""
    reply_id: str | None
    """Our reply's id, once the network has taken it."""
    url: str | None
    code: ReturnCode | None
    planted: bool = False
    """The text holds a sentence that was planted as false."""
    undone: bool = False
    """A person has taken the approval back: it is never sent."""
    restored: bool = False
    """It comes out of a backup, and may have been posted after that was taken."""


_APPROVAL = """
select d.decision_id, d.text, c.comment_key, c.thread_key, c.network, c.connection, c.native_id,
    d.decided_at as approved_at, d.revision as approved_revision, c.native_revision, c.revision,
    c.deleted_at is not null as deleted,
    is_muted(c, %(now)s) and not exists (select from active_mutes m
        where m.thread_key = c.thread_key and m.closing_id = d.decision_id) as muted,
    withheld(c) as withheld, holds_planted(d.text) as planted,
    (select count(*) from decisions e left join deliveries w using (decision_id)
        where e.thread_key = d.thread_key and e.action = 'approve' and e.text <> ''
        and e.number < d.number
        and not exists (select from decisions u where u.undoes = e.decision_id)
        and (w.state is null or w.state in ('sending', 'unknown'))
        and not exists (select from dead_letters l where l.consumer = 'deliver_approved'
            and l.comment_key = e.comment_key and l.failed_at >= e.decided_at
            and l.settlement is distinct from 'requeued')) as ahead,
    p.lately, p.lately_to_author,
    v.state, coalesce(v.attempts, 0) as attempts, v.changed_at as tried_at,
    v.native_id as reply_id, v.url, v.code,
    exists (select from decisions u where u.undoes = d.decision_id) as undone,
    coalesce(v.restored, false) as restored
from decisions d
join comments c using (comment_key)
left join deliveries v using (decision_id)
cross join lateral (select count(*) as lately,
        count(*) filter (where o.author_key = c.author_key) as lately_to_author
    from decisions e
    join deliveries w using (decision_id)
    join comments o on o.comment_key = e.comment_key
    where e.thread_key = d.thread_key and e.action = 'approve'
    and w.state = 'sent' and w.changed_at > %(since)s) p
where d.decision_id = %(decision)s and d.action = 'approve'
    and (d.text <> '' or v.state in ('sent', 'returned'))
"""


async def read_approval(connection: Connection, decision_id: str, now: datetime) -> Approval | None:
    """Return an approval as it stands at this moment; None unless a person approved a text.

    An earlier approval that lies among the dead letters holds nobody up: a person looks after it.
    """
    async with connection.cursor(row_factory=class_row(Approval)) as cursor:
        await cursor.execute(
            _APPROVAL, {"decision": decision_id, "now": now, "since": now - WINDOW}
        )
        return await cursor.fetchone()


async def lock_approval(connection: Connection, decision_id: str) -> None:
    """Hold an approval against being taken back until the transaction ends."""
    await connection.execute(
        "select from decisions where decision_id = %s for key share", [decision_id]
    )


async def read_wait(connection: Connection, name: str, now: datetime) -> datetime | None:
    """Return until when a network connection wants to be left alone, None when it does not."""
    row = await (
        await connection.execute(
            "select until from network_waits where connection = %s and until > %s", [name, now]
        )
    ).fetchone()
    return row[0] if row else None


async def note_wait(connection: Connection, name: str, until: datetime, now: datetime) -> None:
    """Remember that a network connection wants to be left alone; the longest wish counts."""
    await connection.execute(
        "insert into network_waits as w (connection, until, noted_at) values (%s, %s, %s)"
        " on conflict (connection) do update set noted_at = excluded.noted_at,"
        " until = greatest(w.until, excluded.until)",
        [name, until, now],
    )


@asynccontextmanager
async def sole_sender(pool: Pool, decision_id: str) -> AsyncIterator[bool]:
    """Yield whether this block alone may post this decision now.

    The lock lives in an open transaction: it ends with the process, however that ends.
    """
    async with transaction(pool) as connection:
        row = await (
            await connection.execute(
                "select pg_try_advisory_xact_lock(hashtextextended(%s, 1))", [decision_id]
            )
        ).fetchone()
        yield bool(row and row[0])


async def mark_sending(
    connection: Connection, approval: Approval, parent_seen_at: datetime, now: datetime
) -> None:
    """Commit that a post is about to leave; from here on a crash means: look it up first."""
    await connection.execute(
        "insert into deliveries (decision_id, comment_key, network, state, attempts,"
        " parent_seen_at, changed_at) values (%s, %s, %s, 'sending', 1, %s, %s)"
        " on conflict (decision_id) do update set state = 'sending',"
        " attempts = deliveries.attempts + 1, parent_seen_at = excluded.parent_seen_at,"
        " changed_at = excluded.changed_at",
        [approval.decision_id, approval.comment_key, approval.network, parent_seen_at, now],
    )


async def mark_not_sent(connection: Connection, before: Approval) -> None:
    """Take `mark_sending` back: the network certainly did nothing, which is no attempt."""
    if before.state is None:
        await connection.execute(
            "delete from deliveries where decision_id = %s", [before.decision_id]
        )
        return
    await connection.execute(
        "update deliveries set state = %s, attempts = %s, changed_at = %s where decision_id = %s",
        [before.state, before.attempts, before.tried_at, before.decision_id],
    )


async def mark_unknown(connection: Connection, decision_id: str, now: datetime) -> None:
    """Note that the post left us and no answer came."""
    await connection.execute(
        "update deliveries set state = 'unknown', changed_at = %s where decision_id = %s",
        [now, decision_id],
    )


async def mark_taken(
    connection: Connection, decision_id: str, native_id: str, url: str | None, now: datetime
) -> None:
    """Note that the network took the reply, which was not seen there yet."""
    await connection.execute(
        "update deliveries set state = 'unknown', native_id = %s, url = %s, changed_at = %s"
        " where decision_id = %s",
        [native_id, url, now, decision_id],
    )


async def mark_sent(
    connection: Connection, approval: Approval, native_id: str, url: str | None, now: datetime
) -> None:
    """Note that the reply stands on the network."""
    await connection.execute(
        "update deliveries set state = 'sent', native_id = %s, url = %s, changed_at = %s"
        " where decision_id = %s",
        [native_id, url, now, approval.decision_id],
    )


async def mark_returned(
    connection: Connection, approval: Approval, code: ReturnCode, now: datetime
) -> None:
    """Note that the reply was not posted and why."""
    await connection.execute(
        "insert into deliveries (decision_id, comment_key, network, state, attempts, code,"
        " changed_at) values (%s, %s, %s, 'returned', 0, %s, %s)"
        " on conflict (decision_id) do update set state = 'returned', code = excluded.code,"
        " changed_at = excluded.changed_at where deliveries.state <> 'sent'",
        [approval.decision_id, approval.comment_key, approval.network, code, now],
    )


@dataclass(frozen=True)
class Withdrawal:
    """A person's decision to take down what we answered, and how far that got."""

    decision_id: str
    comment_key: str
    thread_key: str
    network: str
    connection: str
    revision: int
    reply_ids: list[str]
    """Our posted answers that were approved before; the oldest first."""
    state: State | None
    code: ReturnCode | None


async def read_withdrawal(connection: Connection, decision_id: str) -> Withdrawal | None:
    """Return a withdrawal as it stands; None unless a person decided it."""
    async with connection.cursor(row_factory=class_row(Withdrawal)) as cursor:
        await cursor.execute(
            "select d.decision_id, c.comment_key, c.thread_key, c.network, c.connection,"
            " d.revision, array(select s.native_id from deliveries s join decisions a"
            " using (decision_id) where s.comment_key = d.comment_key and a.action = 'approve'"
            " and a.number < d.number and s.native_id is not null order by a.number) as reply_ids,"
            " v.state, v.code from decisions d join comments c using (comment_key)"
            " left join deliveries v using (decision_id)"
            " where d.decision_id = %s and d.action = 'withdraw'",
            [decision_id],
        )
        return await cursor.fetchone()


async def close_withdrawal(
    connection: Connection, withdrawal: Withdrawal, code: ReturnCode | None, now: datetime
) -> None:
    """Note that nothing of it stands any more or, with a code, why it could not be taken down."""
    await connection.execute(
        "insert into deliveries (decision_id, comment_key, network, state, attempts, code,"
        " changed_at) values (%s, %s, %s, %s, 1, %s, %s) on conflict (decision_id) do nothing",
        [
            withdrawal.decision_id,
            withdrawal.comment_key,
            withdrawal.network,
            "returned" if code else "sent",
            code,
            now,
        ],
    )
