"""Messages that no try could save, and what people did about them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
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
    """When it failed for the last time and was buried."""
    first_failed_at: datetime | None = None
    """As the instance that buried it saw it; None where that was not noted."""


@dataclass(frozen=True, kw_only=True)
class SettledLetter(DeadLetter):
    """A dead letter somebody dealt with."""

    settled_at: datetime
    settlement: Settlement
    name: str | None
    note: str | None


async def add_dead_letter(connection: Connection, letter: DeadLetter) -> bool:
    """Store a letter; False when it was there already.

    One that was sent again and failed again waits once more, with the attempts added up. A bus
    that was made anew gives names a second time: the letter of another message takes the place of
    a settled one, and another name where that one waits. What was erased stays erased.
    """
    named = vars(letter)
    done = await connection.execute(_ADD, named)
    if not done.rowcount:
        done = await connection.execute(_ADD_BESIDE, named)
    return done.rowcount == 1


_INSERT = (
    "insert into dead_letters as l (dead_id, consumer, subject, stream, comment_key, reason,"
    " attempts, body, failed_at, first_failed_at)"
)
_VALUES = (
    " %(consumer)s, %(subject)s, %(stream)s, %(comment_key)s, %(reason)s, %(attempts)s, %(body)s,"
    " %(failed_at)s, %(first_failed_at)s"
)
_ADD = (
    f"{_INSERT} values (%(dead_id)s, {_VALUES}) on conflict (dead_id) do update set"
    " attempts = excluded.attempts + case when l.body = excluded.body then l.attempts else 0 end,"
    " first_failed_at = case when l.body = excluded.body"
    " then coalesce(l.first_failed_at, l.failed_at) else excluded.first_failed_at end,"
    " subject = excluded.subject, comment_key = excluded.comment_key, body = excluded.body,"
    " reason = excluded.reason, failed_at = excluded.failed_at,"
    " settled_at = null, settlement = null, settled_by = null, note = null"
    " where l.settled_at is not null and l.stream <> '' and l.failed_at < excluded.failed_at"
    " and (l.settlement = 'requeued' or l.body <> excluded.body)"
)
_ADD_BESIDE = (
    f"{_INSERT} select %(dead_id)s || '@' || %(failed_at)s::timestamptz, {_VALUES}"  # noqa: S608 - constants
    " where exists (select from dead_letters where dead_id = %(dead_id)s and stream <> ''"
    " and settled_at is null and failed_at < %(failed_at)s and body <> %(body)s)"
    " on conflict do nothing"
)


_COLUMNS = (
    "l.dead_id, l.consumer, l.subject, l.stream, l.comment_key, l.reason, l.attempts, l.failed_at,"
    " l.first_failed_at"
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


@dataclass(frozen=True)
class Waiting:
    """Unsettled letters of one consumer and one stream."""

    consumer: str
    stream: str
    count: int
    oldest: datetime


async def count_waiting(connection: Connection) -> list[Waiting]:
    """Return how many letters wait for a person, by consumer and stream."""
    async with connection.cursor(row_factory=class_row(Waiting)) as cursor:
        await cursor.execute(
            "select consumer, stream, count(*) as count, min(failed_at) as oldest"
            " from dead_letters where settled_at is null group by consumer, stream"
            " order by count(*) desc, consumer, stream"
        )
        return await cursor.fetchall()


@dataclass(frozen=True)
class Which:
    """Letters that agree with everything named here."""

    consumer: str | None = None
    reason: str | None = None
    """Words that stand in the reason, in capitals or not."""
    since: datetime | None = None
    """When they failed for the last time, or later."""

    @property
    def all(self) -> bool:
        return self == Which()


@dataclass(frozen=True)
class Choice:
    """Which unsettled letters a person means: these, or all of a kind up to a moment."""

    dead_ids: Sequence[str] = ()
    which: Which = field(default_factory=Which)
    until: datetime | None = None
    """With it `dead_ids` is not looked at: what failed later has not been seen by anybody."""


_AGREES = (
    " (%(consumer)s::text is null or consumer = %(consumer)s)"
    " and (%(reason)s::text is null or strpos(lower(reason), lower(%(reason)s)) > 0)"
    " and (%(since)s::timestamptz is null or failed_at >= %(since)s)"
)
_CHOSEN = (
    " from dead_letters where settled_at is null and case when %(until)s::timestamptz is null"
    f" then dead_id = any(%(ids)s) else failed_at <= %(until)s::timestamptz and {_AGREES} end"
)


def _values(choice: Choice) -> dict[str, object]:
    return {"ids": list(choice.dead_ids), "until": choice.until, **vars(choice.which)}


async def count_chosen(connection: Connection, choice: Choice) -> list[Waiting]:
    """Return how many letters a choice means now, by consumer and stream."""
    async with connection.cursor(row_factory=class_row(Waiting)) as cursor:
        await cursor.execute(
            "select consumer, stream, count(*) as count, min(failed_at) as oldest"
            f"{_CHOSEN} group by consumer, stream order by count(*) desc, consumer, stream",
            _values(choice),
        )
        return await cursor.fetchall()


async def lock_chosen(
    connection: Connection, choice: Choice, streams: Sequence[str] | None, *, limit: int
) -> list[DeadLetter]:
    """Return the first letters of a choice, of these streams only, held for the transaction.

    A letter that somebody else is settling right now is passed over.
    """
    async with connection.cursor(row_factory=class_row(DeadLetter)) as cursor:
        await cursor.execute(
            "select dead_id, consumer, subject, stream, comment_key, reason, attempts,"
            f" failed_at, first_failed_at, body {_CHOSEN}"
            " and (%(streams)s::text[] is null or stream = any(%(streams)s))"
            " order by failed_at, dead_id limit %(limit)s for update skip locked",
            {
                **_values(choice),
                "streams": None if streams is None else list(streams),
                "limit": limit,
            },
        )
        return await cursor.fetchall()


async def comments_among_letters(connection: Connection, comment_keys: Sequence[str]) -> list[str]:
    """Return which of these comments a message is dead about and waits for a person."""
    rows = await connection.execute(
        "select distinct comment_key from dead_letters where settled_at is null"
        " and comment_key = any(%s)",
        [list(comment_keys)],
    )
    return [key async for (key,) in rows]


async def settle_letter(
    connection: Connection,
    dead_id: str,
    *,
    settlement: Settlement,
    account_id: str | None,
    note: str | None,
) -> None:
    """Note what was decided about a letter; without an account it was decided at a shell."""
    await connection.execute(
        "update dead_letters set settled_at = clock_timestamp(), settlement = %s,"
        " settled_by = %s, note = %s where dead_id = %s and settled_at is null",
        [settlement, account_id, note, dead_id],
    )


async def read_waiting_letters(
    connection: Connection,
    *,
    limit: int,
    before: tuple[datetime, str] | None = None,
    which: Which | None = None,
) -> list[DeadLetter]:
    """Return unsettled letters, the newest first, `before` a time and id for the next page."""
    async with connection.cursor(row_factory=class_row(DeadLetter)) as cursor:
        await cursor.execute(
            f"select {_COLUMNS}, {_HEAD_OF_BODY}"  # noqa: S608 - constants
            f" from dead_letters l where settled_at is null and {_AGREES}"
            " and (%(at)s::timestamptz is null"
            " or (l.failed_at, l.dead_id) < (%(at)s::timestamptz, %(id)s))"
            " order by l.failed_at desc, l.dead_id desc limit %(limit)s",
            {
                "at": before[0] if before else None,
                "id": before[1] if before else "",
                "limit": limit,
                **vars(which or Which()),
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


async def letters_about(
    connection: Connection, comment_keys: Sequence[str], needles: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Return which letters are messages about these comments, and which hold one of the needles.

    The former carry keys only; the latter are events as they came, with somebody's words.
    """
    rows = await connection.execute(
        "select dead_id, comment_key is null from dead_letters l where reason <> ''"
        " and (comment_key = any(%(keys)s) or exists (select from unnest(%(needles)s::text[]) one"
        " where strpos(l.reason, one) > 0 or (l.comment_key is null"
        " and position(convert_to(one, 'UTF8') in l.body) > 0)))",
        {"keys": list(comment_keys), "needles": list(needles)},
    )
    found = await rows.fetchall()
    return [one for one, raw in found if not raw], [one for one, raw in found if raw]


async def blank_letters(
    connection: Connection, messages: Sequence[str], raw: Sequence[str]
) -> None:
    """Erase the reasons of letters, and of raw ones all that they hold; these are given up."""
    await connection.execute(
        "update dead_letters set reason = '', note = null, body = case when dead_id = any(%(raw)s)"
        " then '' else body end, settled_at = case when dead_id = any(%(raw)s)"
        " then coalesce(settled_at, clock_timestamp()) else settled_at end,"
        " settlement = case when dead_id = any(%(raw)s) then coalesce(settlement, 'dropped')"
        " else settlement end where dead_id = any(%(raw)s) or dead_id = any(%(messages)s)",
        {"raw": list(raw), "messages": list(messages)},
    )
