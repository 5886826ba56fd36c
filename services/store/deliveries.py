"""What deliver reads and writes: the approved text, and how far its posting got."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from psycopg.rows import class_row

from schemas.replies import ReturnCode
from services.kit.db import Connection, Pool, transaction

State = Literal["sending", "sent", "unknown", "returned"]


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
    state: State | None
    attempts: int
    """Posts that left us and may have been done."""
    tried_at: datetime | None
    """When the posting last got a step further."""
    reply_id: str | None
    """Our reply's id, once the network has taken it."""
    url: str | None
    code: ReturnCode | None


async def read_approval(connection: Connection, decision_id: str, now: datetime) -> Approval | None:
    """Return an approval as it stands at this moment; None unless a person approved a text."""
    async with connection.cursor(row_factory=class_row(Approval)) as cursor:
        await cursor.execute(
            "select d.decision_id, d.text, c.comment_key, c.thread_key, c.network, c.connection,"
            " c.native_id, d.decided_at as approved_at, d.revision as approved_revision,"
            " c.native_revision, c.revision,"
            " c.deleted_at is not null as deleted, exists (select from active_mutes m"
            " where m.thread_key = c.thread_key and m.expires_at > %s) as muted,"
            " v.state, coalesce(v.attempts, 0) as attempts, v.changed_at as tried_at,"
            " v.native_id as reply_id, v.url, v.code"
            " from decisions d join comments c using (comment_key)"
            " left join deliveries v using (decision_id)"
            " where d.decision_id = %s and d.action = 'approve' and d.text <> ''",
            [now, decision_id],
        )
        return await cursor.fetchone()


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
