"""What is to be erased, how far that got, and what it would cost."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from psycopg.rows import class_row

from services.kit.db import Connection

Scope = Literal["comment", "account", "thread", "deleted"]


@dataclass(frozen=True)
class Erasure:
    """An order to erase something."""

    erasure_id: str
    scope: Scope
    subject: str
    """A comment_key, author_key or thread_key; empty once an account is erased."""
    ordered_by: str
    """An account, `command:<user of the machine>`, `retention`, `network` or `restore`."""
    ordered_at: datetime
    packages: bool = False
    """Packages for a trusted flagger go too."""
    comments: int = 0
    """Comments erased so far."""
    pending: tuple[str, ...] | list[str] = ()
    """Approvals that were on their way; their texts go at the end."""
    erased_at: datetime | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True)
class Doomed:
    """A comment that is about to be erased."""

    comment_key: str
    network: str
    thread_key: str
    revision: int
    is_self: bool
    watch_id: str | None
    deleted: bool
    settled: bool
    """Its item waits for nobody: what was decided stays decided."""


async def add_order(
    connection: Connection, order: Erasure, *, due_at: datetime, letters: Collection[str] = ()
) -> None:
    """Store an order; whoever is quickest of those that erase takes it up when it is due."""
    await connection.execute(
        "insert into erasures (erasure_id, scope, subject, ordered_by, ordered_at, packages,"
        " comments, pending, erased_at, due_at, letters) values (%(erasure_id)s, %(scope)s,"
        " %(subject)s, %(ordered_by)s, %(ordered_at)s, %(packages)s, %(comments)s, %(pending)s,"
        " %(erased_at)s, %(due_at)s, %(letters)s)",
        {**vars(order), "pending": list(order.pending), "due_at": due_at,
         "letters": list(letters)},
    )  # fmt: skip


async def lock_due(
    connection: Connection, now: datetime, erasure_id: str | None = None
) -> Erasure | None:
    """Return the oldest order that is due, or this one, held; another instance's is passed over."""
    async with connection.cursor(row_factory=class_row(Erasure)) as cursor:
        await cursor.execute(
            "select erasure_id, scope, subject, ordered_by, ordered_at, packages, comments,"
            " pending, erased_at, finished_at from erasures where finished_at is null"
            " and due_at <= %(now)s and (%(id)s::text is null or erasure_id = %(id)s)"
            " order by due_at limit 1 for update skip locked",
            {"now": now, "id": erasure_id},
        )
        return await cursor.fetchone()


_SUBJECT: dict[Scope, str] = {
    "comment": "c.comment_key = %(subject)s",
    "account": "c.author_key = %(subject)s and not c.is_self and c.created_at <= %(at)s",
    "thread": "c.thread_key = %(subject)s and not c.is_self and c.first_seen <= %(at)s",
    "deleted": "c.comment_key = %(subject)s",
}
_DOOMED = """
select c.comment_key, c.network, c.thread_key, c.revision, c.is_self, c.watch_id,
    c.deleted_at is not null as deleted,
    coalesce(i.status in ('decided', 'muted', 'cancelled'), false) as settled
from comments c left join items i using (comment_key)
"""


async def next_doomed(connection: Connection, order: Erasure, limit: int) -> list[Doomed]:
    """Return the next comments of an order that still stand or still have a name."""
    async with connection.cursor(row_factory=class_row(Doomed)) as cursor:
        await cursor.execute(
            f"{_DOOMED} where {_SUBJECT[order.scope]} and c.erasure_id is null"
            " order by c.comment_key limit %(limit)s",
            {"subject": order.subject, "at": order.ordered_at, "limit": limit},
        )
        return await cursor.fetchall()


async def read_doomed(connection: Connection, comment_keys: Collection[str]) -> list[Doomed]:
    """Return what stands of these comments."""
    async with connection.cursor(row_factory=class_row(Doomed)) as cursor:
        await cursor.execute(
            f"{_DOOMED} where c.comment_key = any(%s)",
            [list(comment_keys)],
        )
        return await cursor.fetchall()


async def erased_by(connection: Connection, order: Erasure) -> list[str]:
    """Return the comments that an order has erased."""
    if order.scope == "deleted":
        return [order.subject]
    rows = await connection.execute(
        "select comment_key from comments where erasure_id = %s", [order.erasure_id]
    )
    return [key async for (key,) in rows]


async def note_progress(
    connection: Connection,
    order: Erasure,
    *,
    comments: int,
    pending: Collection[str],
    letters: Collection[str],
) -> None:
    """Remember what a chunk did."""
    await connection.execute(
        "update erasures set comments = comments + %s, pending = pending || %s::text[],"
        " letters = letters || %s::text[] where erasure_id = %s",
        [comments, list(pending), list(letters), order.erasure_id],
    )


async def note_erased(
    connection: Connection, order: Erasure, now: datetime, due_at: datetime
) -> None:
    """Remember that nothing is left, and when to look again."""
    await connection.execute(
        "update erasures set erased_at = %s, due_at = %s where erasure_id = %s",
        [now, due_at, order.erasure_id],
    )


async def put_off(
    connection: Connection, order: Erasure, pending: Collection[str], due_at: datetime
) -> None:
    """Look again later: these approvals are still on their way."""
    await connection.execute(
        "update erasures set pending = %s, due_at = %s where erasure_id = %s",
        [list(pending), due_at, order.erasure_id],
    )


async def note_finished(connection: Connection, order: Erasure, now: datetime) -> None:
    """Close an order; whose account it was is forgotten."""
    await connection.execute(
        "update erasures set finished_at = %s, pending = '{}', subject = case scope"
        " when 'account' then '' else subject end where erasure_id = %s",
        [now, order.erasure_id],
    )


async def drop_finished(connection: Connection, now: datetime) -> None:
    """Forget orders about deletions on networks that are done: there is one for each."""
    await connection.execute(
        "delete from erasures where scope = 'deleted' and finished_at < %s and letters = '{}'",
        [now],
    )


async def read_order(connection: Connection, erasure_id: str) -> Erasure | None:
    """Return an order as it stands, held against those that work on it."""
    async with connection.cursor(row_factory=class_row(Erasure)) as cursor:
        await cursor.execute(
            "select erasure_id, scope, subject, ordered_by, ordered_at, packages, comments,"
            " pending, erased_at, finished_at from erasures where erasure_id = %s for share",
            [erasure_id],
        )
        return await cursor.fetchone()


async def lock_letters(connection: Connection) -> tuple[str, list[str]] | None:
    """Return an order and the dead letters it still has on the bus, held; None without one."""
    row = await (
        await connection.execute(
            "select erasure_id, letters from erasures where letters <> '{}'"
            " order by ordered_at limit 1 for update skip locked"
        )
    ).fetchone()
    return (row[0], list(row[1])) if row else None


async def letters_gone(connection: Connection, erasure_id: str) -> None:
    """Remember that the bus holds none of an order's letters any more."""
    await connection.execute(
        "update erasures set letters = '{}' where erasure_id = %s", [erasure_id]
    )


async def read_erasures(connection: Connection, limit: int = 50) -> list[Erasure]:
    """Return what people and the rule of retention had erased, the latest first."""
    async with connection.cursor(row_factory=class_row(Erasure)) as cursor:
        await cursor.execute(
            "select erasure_id, scope, subject, ordered_by, ordered_at, packages, comments,"
            " pending, erased_at, finished_at from erasures where scope <> 'deleted'"
            " order by ordered_at desc, erasure_id limit %s",
            [limit],
        )
        return await cursor.fetchall()
