"""Alarms: what is wrong since when, and who was told of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from psycopg.rows import class_row

from services.kit.db import Connection

Event = Literal["raised", "cleared"]
Way = Literal["webhook", "email"]
FORGOTTEN = timedelta(days=365)
BLIND = timedelta(minutes=2)
"""Time without a look after which nobody can say that a condition has held."""


@dataclass(frozen=True)
class Condition:
    """Something that is wrong now; it becomes an alarm when it has held for `hold`."""

    rule: str
    subject: str
    """Queue, stream, consumer or connection; never anybody's name or words."""
    detail: str = ""
    """The figure or code that the rule saw."""
    hold: timedelta = timedelta()


@dataclass(frozen=True)
class Alarm:
    """An alarm as it stands or stood."""

    alarm_id: int
    rule: str
    subject: str
    detail: str
    raised_at: datetime
    cleared_at: datetime | None


@dataclass(frozen=True)
class Notice:
    """What is to be told about an alarm by one way."""

    notice_id: int
    event: Event
    way: Way
    attempts: int
    alarm_id: int
    rule: str
    subject: str
    detail: str
    raised_at: datetime
    cleared_at: datetime | None


@dataclass(frozen=True)
class Undelivered:
    """Notices of one way that could not be delivered so far."""

    way: Way
    count: int
    trouble: str
    """What went wrong last."""
    due_at: datetime


async def settle_alarms(
    connection: Connection,
    conditions: Sequence[Condition],
    *,
    now: datetime,
    calm: timedelta,
    ways: Sequence[Way],
    unknown: Sequence[str] = (),
) -> None:
    """Begin, raise and clear alarms so that they fit what is wrong now.

    A pending alarm is dropped as soon as its condition ends, a raised one is cleared when the
    condition has been away for `calm`; those of `unknown` rules stay as they are. Each raising and
    clearing is noted once for each way.
    """
    async with connection.cursor() as cursor:
        await cursor.execute(
            "update alarms set seen_at = %s where cleared_at is null and rule = any(%s)",
            [now, list(unknown)],
        )
        await cursor.executemany(
            "insert into alarms as a (rule, subject, detail, began_at, seen_at)"
            " values (%(rule)s, %(subject)s, %(detail)s, %(now)s, %(now)s)"
            " on conflict (rule, subject) where cleared_at is null"
            " do update set seen_at = excluded.seen_at, detail = excluded.detail, began_at = case"
            # nobody looked for a while: what is pending begins anew
            " when a.raised_at is null and a.seen_at < excluded.seen_at - %(blind)s"
            " then excluded.seen_at else a.began_at end",
            [
                {
                    "rule": one.rule,
                    "subject": one.subject,
                    "detail": one.detail,
                    "now": now,
                    "blind": BLIND,
                }
                for one in conditions
            ],
        )
        await cursor.execute("delete from alarms where raised_at is null and seen_at < %s", [now])
        await cursor.execute(
            "with wanted as (select * from unnest(%s::text[], %s::text[], %s::interval[])"
            " as w (rule, subject, hold)), raised as ("
            " update alarms a set raised_at = %s from wanted w"
            " where a.rule = w.rule and a.subject = w.subject and a.cleared_at is null"
            " and a.raised_at is null and a.began_at + w.hold <= %s returning a.alarm_id),"
            " cleared as (update alarms set cleared_at = %s where raised_at is not null"
            " and cleared_at is null and seen_at < %s and seen_at + %s <= %s returning alarm_id),"
            " told as (select alarm_id, 'raised' as event from raised"
            " union all select alarm_id, 'cleared' from cleared)"
            " insert into alarm_notices (alarm_id, event, way, due_at)"
            " select alarm_id, event, way, %s from told cross join unnest(%s::text[]) as way"
            " order by alarm_id",
            [
                [one.rule for one in conditions],
                [one.subject for one in conditions],
                [one.hold for one in conditions],
                now, now, now, now, calm, now, now, list(ways),
            ],
        )  # fmt: skip


async def read_standing(connection: Connection) -> list[Alarm]:
    """Return the alarms that are raised and not cleared, the newest first."""
    async with connection.cursor(row_factory=class_row(Alarm)) as cursor:
        await cursor.execute(
            "select alarm_id, rule, subject, detail, raised_at, cleared_at from alarms"
            " where raised_at is not null and cleared_at is null"
            " order by raised_at desc, alarm_id desc"
        )
        return await cursor.fetchall()


async def read_cleared(connection: Connection, *, limit: int = 30) -> list[Alarm]:
    """Return alarms that are over, the latest first."""
    async with connection.cursor(row_factory=class_row(Alarm)) as cursor:
        await cursor.execute(
            "select alarm_id, rule, subject, detail, raised_at, cleared_at from alarms"
            " where cleared_at is not null order by raised_at desc, alarm_id desc limit %s",
            [limit],
        )
        return await cursor.fetchall()


async def read_undelivered(connection: Connection) -> list[Undelivered]:
    """Return by which ways notices fail now."""
    async with connection.cursor(row_factory=class_row(Undelivered)) as cursor:
        await cursor.execute(
            "select way, count(*) as count, min(due_at) as due_at,"
            " (array_agg(trouble order by due_at desc))[1] as trouble from alarm_notices"
            " where sent_at is null and trouble is not null group by way order by way"
        )
        return await cursor.fetchall()


async def take_notice(connection: Connection, ways: Sequence[Way], now: datetime) -> Notice | None:
    """Return the next notice that is due by one of the ways, held until the transaction ends.

    That something is over is told after it was told to have begun.
    """
    async with connection.cursor(row_factory=class_row(Notice)) as cursor:
        await cursor.execute(
            "select n.notice_id, n.event, n.way, n.attempts, a.alarm_id, a.rule, a.subject,"
            " a.detail, a.raised_at, a.cleared_at"
            " from alarm_notices n join alarms a using (alarm_id)"
            " where n.sent_at is null and n.way = any(%s) and n.due_at <= %s"
            " and (n.event = 'raised' or not exists (select from alarm_notices r"
            " where r.alarm_id = n.alarm_id and r.way = n.way and r.event = 'raised'"
            " and r.sent_at is null))"
            " order by n.due_at, n.notice_id limit 1 for update of n skip locked",
            [list(ways), now],
        )
        return await cursor.fetchone()


async def mark_sent(connection: Connection, notice_id: int, now: datetime) -> None:
    """Note that a notice was delivered."""
    await connection.execute(
        "update alarm_notices set sent_at = %s, attempts = attempts + 1, trouble = null"
        " where notice_id = %s",
        [now, notice_id],
    )


async def mark_failed(
    connection: Connection, notice_id: int, trouble: str, due_at: datetime
) -> None:
    """Note why a notice was not delivered, and when it is tried again."""
    await connection.execute(
        "update alarm_notices set trouble = %s, due_at = %s, attempts = attempts + 1"
        " where notice_id = %s",
        [trouble, due_at, notice_id],
    )


async def forget_alarms(connection: Connection, now: datetime) -> None:
    """Delete what was cleared a year ago."""
    await connection.execute("delete from alarms where cleared_at < %s", [now - FORGOTTEN])
