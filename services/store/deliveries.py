"""What deliver reads and writes: the approved text, and how far its posting got."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from schemas.inbound import Visibility
from services.kit.db import Connection, Pool


@dataclass(frozen=True)
class Approval:
    """A person's decision with the comment as we know it now and the posting so far."""

    decision_id: str
    text: str
    comment_key: str
    network: str
    connection: str
    native_id: str
    visibility: Visibility
    approved_revision: int
    native_revision: str
    """The network's name of the comment's newest revision."""
    revision: int
    deleted: bool
    muted: bool
    state: str | None
    attempts: int
    url: str | None
    code: str | None


async def read_approval(connection: Connection, decision_id: str, now: datetime) -> Approval | None:
    """Return an approval as it stands at this moment."""
    async with connection.cursor(row_factory=class_row(Approval)) as cursor:
        await cursor.execute(
            "select d.decision_id, d.text, c.comment_key, c.network, c.connection, c.native_id,"
            " c.visibility, d.revision as approved_revision, c.native_revision, c.revision,"
            " c.deleted_at is not null as deleted, exists (select from active_mutes m"
            " where m.thread_key = c.thread_key and m.expires_at > %s) as muted,"
            " v.state, coalesce(v.attempts, 0) as attempts, v.url, v.code"
            " from decisions d join comments c using (comment_key)"
            " left join deliveries v using (decision_id)"
            " where d.decision_id = %s and d.action = 'approve'",
            [now, decision_id],
        )
        return await cursor.fetchone()


@asynccontextmanager
async def sole_sender(pool: Pool, decision_id: str) -> AsyncIterator[bool]:
    """Yield whether this process alone may post this decision now.

    The lock lives in a database session: it ends with the process, however that ends.
    """
    async with pool.connection() as connection:
        await connection.set_autocommit(True)
        try:
            row = await (
                await connection.execute(
                    "select pg_try_advisory_lock(hashtextextended(%s, 1))", [decision_id]
                )
            ).fetchone()
            held = bool(row and row[0])
            try:
                yield held
            finally:
                if held:
                    await connection.execute(
                        "select pg_advisory_unlock(hashtextextended(%s, 1))", [decision_id]
                    )
        finally:
            if not connection.closed:
                await connection.set_autocommit(False)


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


async def mark_unknown(connection: Connection, decision_id: str, now: datetime) -> None:
    """Note that the post left us and no answer came."""
    await connection.execute(
        "update deliveries set state = 'unknown', changed_at = %s where decision_id = %s",
        [now, decision_id],
    )


async def mark_sent(
    connection: Connection, approval: Approval, native_id: str, url: str | None, now: datetime
) -> None:
    """Note that the reply stands on the network."""
    await connection.execute(
        "insert into deliveries (decision_id, comment_key, network, state, attempts, native_id,"
        " url, changed_at) values (%s, %s, %s, 'sent', 1, %s, %s, %s)"
        " on conflict (decision_id) do update set state = 'sent', native_id = excluded.native_id,"
        " url = excluded.url, changed_at = excluded.changed_at",
        [approval.decision_id, approval.comment_key, approval.network, native_id, url, now],
    )


async def mark_returned(
    connection: Connection, approval: Approval, code: str, now: datetime
) -> None:
    """Note that the reply was not posted and why."""
    await connection.execute(
        "insert into deliveries (decision_id, comment_key, network, state, attempts, code,"
        " changed_at) values (%s, %s, %s, 'returned', 0, %s, %s)"
        " on conflict (decision_id) do update set state = 'returned', code = excluded.code,"
        " changed_at = excluded.changed_at",
        [approval.decision_id, approval.comment_key, approval.network, code, now],
    )
