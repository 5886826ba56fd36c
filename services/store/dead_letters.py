"""Messages that no try could save, and what people did about them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from psycopg.rows import class_row

from services.kit.db import Connection

Settlement = Literal["requeued", "dropped"]


@dataclass(frozen=True)
class DeadLetter:
    """A message as it failed; `subject` and `stream` are where it was read from."""

    dead_id: str
    consumer: str
    subject: str
    stream: str
    comment_key: str | None
    reason: str
    attempts: int
    body: bytes
    failed_at: datetime


@dataclass(frozen=True)
class SettledLetter(DeadLetter):
    """A dead letter somebody dealt with."""

    settled_at: datetime
    settlement: Settlement
    name: str | None
    note: str | None


async def add_dead_letter(connection: Connection, letter: DeadLetter) -> bool:
    """Store a letter; False when it was there already."""
    done = await connection.execute(
        "insert into dead_letters (dead_id, consumer, subject, stream, comment_key, reason,"
        " attempts, body, failed_at) values (%(dead_id)s, %(consumer)s, %(subject)s, %(stream)s,"
        " %(comment_key)s, %(reason)s, %(attempts)s, %(body)s, %(failed_at)s)"
        " on conflict do nothing",
        vars(letter),
    )
    return done.rowcount == 1


_COLUMNS = (
    "l.dead_id, l.consumer, l.subject, l.stream, l.comment_key, l.reason, l.attempts, l.failed_at"
)
_HEAD_OF_BODY = "substring(l.body for 16384) as body"
"""What a page shows of a message; a whole one may have megabytes."""


async def lock_waiting_letter(connection: Connection, dead_id: str) -> DeadLetter | None:
    """Return an unsettled letter, held until the transaction ends; None when it is settled."""
    async with connection.cursor(row_factory=class_row(DeadLetter)) as cursor:
        await cursor.execute(
            f"select {_COLUMNS}, l.body from dead_letters l"  # noqa: S608 - a constant
            " where dead_id = %s and settled_at is null for update",
            [dead_id],
        )
        return await cursor.fetchone()


async def settle_letter(
    connection: Connection,
    dead_id: str,
    *,
    settlement: Settlement,
    account_id: str,
    note: str | None,
) -> None:
    await connection.execute(
        "update dead_letters set settled_at = clock_timestamp(), settlement = %s,"
        " settled_by = %s, note = %s where dead_id = %s and settled_at is null",
        [settlement, account_id, note, dead_id],
    )


async def read_waiting_letters(
    connection: Connection, *, limit: int, before: tuple[datetime, str] | None = None
) -> list[DeadLetter]:
    """Return unsettled letters, the newest first, `before` a time and id for the next page."""
    async with connection.cursor(row_factory=class_row(DeadLetter)) as cursor:
        await cursor.execute(
            f"select {_COLUMNS}, {_HEAD_OF_BODY}"  # noqa: S608 - constants
            " from dead_letters l where settled_at is null"
            " and (%(at)s::timestamptz is null"
            " or (l.failed_at, l.dead_id) < (%(at)s::timestamptz, %(id)s))"
            " order by l.failed_at desc, l.dead_id desc limit %(limit)s",
            {
                "at": before[0] if before else None,
                "id": before[1] if before else "",
                "limit": limit,
            },
        )
        return await cursor.fetchall()


async def read_settled_letters(connection: Connection, *, limit: int = 50) -> list[SettledLetter]:
    """Return what was requeued or dropped, the latest first."""
    async with connection.cursor(row_factory=class_row(SettledLetter)) as cursor:
        await cursor.execute(
            f"select {_COLUMNS}, {_HEAD_OF_BODY},"  # noqa: S608 - constants
            " l.settled_at, l.settlement, a.name, l.note"
            " from dead_letters l left join accounts a on a.account_id = l.settled_by"
            " where settled_at is not null order by l.settled_at desc, l.dead_id limit %s",
            [limit],
        )
        return await cursor.fetchall()
