"""What networks say of comments, threads and accounts beside their words; ingest writes it.

A circumstance is a register: of all that was said about it the latest word counts, so that words
may come twice, in any order, and before the comment they concern.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from psycopg.rows import class_row

from services.kit.db import Connection

Kind = Literal["hidden", "locked", "blocked", "thread_gone", "author_gone"]
CHUNK = 200
"""Comments that one transaction tells of a circumstance: others wait at the door meanwhile."""

_CONCERNED: dict[Kind, str] = {
    "locked": "c.thread_key = %(subject)s and not c.is_self",
    "blocked": "c.author_key = %(subject)s and c.connection = %(connection)s and not c.is_self",
    "thread_gone": "c.thread_key = %(subject)s and c.revised_at <= %(said_at)s",
    "author_gone": "c.author_key = %(subject)s and c.revised_at <= %(said_at)s",
}


@dataclass(frozen=True)
class Circumstance:
    """One word of a network, ready to store."""

    kind: Kind
    subject: str
    """Key of the comment, thread or author."""
    connection: str
    """Whose block it is; empty for what is so for everybody."""
    network: str
    holds: bool
    said_at: datetime


@dataclass(frozen=True)
class Unspread(Circumstance):
    """A circumstance of which not every comment was told, and the last one that was."""

    spread_to: str


@dataclass(frozen=True)
class Concerned:
    """A comment to which a circumstance applies."""

    comment_key: str
    network: str
    thread_key: str
    revision: int
    is_self: bool
    watch_id: str | None


async def keep_circumstance(connection: Connection, said: Circumstance) -> bool:
    """Store the word unless a later one is known; of two at one moment the closing one counts.

    A comment's own circumstance needs no spreading; that of a thread or account is left to it.
    """
    done = await connection.execute(
        "insert into circumstances (kind, subject, connection, network, holds, said_at, spread_to)"
        " values (%(kind)s, %(subject)s, %(connection)s, %(network)s, %(holds)s, %(said_at)s,"
        " %(spread_to)s) on conflict (kind, subject, connection) do update set"
        " (holds, said_at, spread_to) = (excluded.holds, excluded.said_at, excluded.spread_to)"
        " where (excluded.said_at, excluded.holds) > (circumstances.said_at, circumstances.holds)",
        {**vars(said), "spread_to": None if said.kind == "hidden" else ""},
    )
    return done.rowcount == 1


async def gone_at(connection: Connection, thread_key: str, author_key: str) -> datetime | None:
    """Return when the network last said that the thread or the account is gone."""
    row = await (
        await connection.execute(
            "select max(said_at) from circumstances where holds and connection = ''"
            " and (kind, subject) in (('thread_gone', %s), ('author_gone', %s))",
            [thread_key, author_key],
        )
    ).fetchone()
    return row[0] if row else None


async def next_unspread(connection: Connection) -> Unspread | None:
    """Return a circumstance of which not every comment was told yet."""
    async with connection.cursor(row_factory=class_row(Unspread)) as cursor:
        await cursor.execute(
            "select kind, subject, connection, network, holds, said_at, spread_to"
            " from circumstances where spread_to is not null order by said_at limit 1"
        )
        return await cursor.fetchone()


async def next_concerned(connection: Connection, told: Unspread) -> list[Concerned]:
    """Return the next comments to which it applies, at most CHUNK."""
    async with connection.cursor(row_factory=class_row(Concerned)) as cursor:
        await cursor.execute(
            "select c.comment_key, c.network, c.thread_key, c.revision, c.is_self,"  # noqa: S608 - constants
            " c.watch_id from comments c"
            f" where {_CONCERNED[told.kind]} and c.deleted_at is null"
            " and c.comment_key > %(spread_to)s order by c.comment_key limit %(limit)s",
            {**vars(told), "limit": CHUNK},
        )
        return await cursor.fetchall()


async def note_spread(
    connection: Connection, told: Unspread, concerned: Sequence[Concerned]
) -> None:
    """Remember how far it was told; a chunk that was not full was the last one."""
    reached = concerned[-1].comment_key if len(concerned) == CHUNK else None
    await connection.execute(
        "update circumstances set spread_to = %s"
        " where kind = %s and subject = %s and connection = %s",
        [reached, told.kind, told.subject, told.connection],
    )
    if reached is None and told.kind == "thread_gone":
        await connection.execute(
            "update threads set root_text = '' where thread_key = %s and root_text <> ''",
            [told.subject],
        )
