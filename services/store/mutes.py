"""Muted threads: who, why, until when; a lift is a second row."""

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from services.kit.db import Connection


@dataclass(frozen=True)
class Mute:
    """A mute as it was made."""

    mute_id: str
    thread_key: str
    network: str
    reason: str
    muted_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class MuteRow:
    """A mute as the list shows it."""

    mute_id: str
    thread_key: str
    network: str
    page_name: str
    root_text: str
    root_url: str | None
    reason: str
    name: str | None
    muted_at: datetime
    expires_at: datetime
    lifted_at: datetime | None
    lifted_by: str | None
    lift_reason: str | None
    held_back: int
    """Items that wait behind this mute now."""


async def add_mute(
    connection: Connection,
    *,
    mute_id: str,
    thread_key: str,
    account_id: str,
    reason: str,
    expires_at: datetime,
) -> None:
    """Append a mute that starts now."""
    await connection.execute(
        "insert into mutes (mute_id, thread_key, account_id, reason, muted_at, expires_at)"
        " values (%s, %s, %s, %s, clock_timestamp(), %s)",
        [mute_id, thread_key, account_id, reason, expires_at],
    )


async def add_lift(connection: Connection, *, mute_id: str, account_id: str, reason: str) -> None:
    """Append that a mute was lifted before its time."""
    await connection.execute(
        "insert into mute_lifts (mute_id, account_id, reason, lifted_at)"
        " values (%s, %s, %s, clock_timestamp())",
        [mute_id, account_id, reason],
    )


_ACTIVE = (
    "select m.mute_id, m.thread_key, t.network, m.reason, m.muted_at, m.expires_at"
    " from active_mutes m join threads t using (thread_key)"
    " where m.expires_at > clock_timestamp()"
)


async def active_mute(connection: Connection, thread_key: str) -> Mute | None:
    """Return the mute under which the thread stands now, the longest if there are several."""
    async with connection.cursor(row_factory=class_row(Mute)) as cursor:
        await cursor.execute(
            _ACTIVE + " and m.thread_key = %s order by m.expires_at desc limit 1", [thread_key]
        )
        return await cursor.fetchone()


async def standing_mute(connection: Connection, mute_id: str) -> Mute | None:
    """Return the mute of this id, None when it is unknown, lifted or over."""
    async with connection.cursor(row_factory=class_row(Mute)) as cursor:
        await cursor.execute(_ACTIVE + " and m.mute_id = %s", [mute_id])
        return await cursor.fetchone()


_ROWS = """
select m.mute_id, m.thread_key, t.network, p.name as page_name, t.root_text, t.root_url, m.reason,
    a.name, m.muted_at, m.expires_at, l.lifted_at, b.name as lifted_by, l.reason as lift_reason,
    (select count(*) from items i where i.thread_key = m.thread_key and i.status = 'muted')
        as held_back
from mutes m
join threads t using (thread_key)
join pages p using (page_key)
left join accounts a on a.account_id = m.account_id
left join mute_lifts l on l.mute_id = m.mute_id
left join accounts b on b.account_id = l.account_id
"""


async def read_mutes(connection: Connection, *, limit: int = 200) -> list[MuteRow]:
    """Return the mutes that stand now, the newest first."""
    async with connection.cursor(row_factory=class_row(MuteRow)) as cursor:
        await cursor.execute(
            _ROWS + " where l.mute_id is null and m.expires_at > clock_timestamp()"
            " order by m.muted_at desc, m.mute_id limit %s",
            [limit],
        )
        return await cursor.fetchall()


async def read_past_mutes(connection: Connection, *, limit: int = 50) -> list[MuteRow]:
    """Return mutes that were lifted or ran out, the latest first."""
    async with connection.cursor(row_factory=class_row(MuteRow)) as cursor:
        await cursor.execute(
            _ROWS + " where l.mute_id is not null or m.expires_at <= clock_timestamp()"
            " order by coalesce(l.lifted_at, m.expires_at) desc, m.mute_id limit %s",
            [limit],
        )
        return await cursor.fetchall()
