"""Muted threads: who, why, until when; a lift is a second row."""

from collections.abc import Sequence
from datetime import datetime

from psycopg.rows import class_row
from psycopg.types.json import Jsonb
from pydantic import BaseModel, ConfigDict

from schemas.comments import Reason
from services.kit.db import Connection

SYSTEM = "system"
"""The account that mutes where the desk does it by itself."""


class Mute(BaseModel):
    """A mute as it was made."""

    model_config = ConfigDict(frozen=True)

    mute_id: str
    thread_key: str
    network: str
    author_key: str | None
    """The account whose part is muted, None for the whole thread."""
    account_id: str
    reason: str
    evidence: list[Reason]
    muted_at: datetime
    expires_at: datetime

    @property
    def by_system(self) -> bool:
        return self.account_id == SYSTEM


class MuteRow(BaseModel):
    """A mute as the list shows it."""

    model_config = ConfigDict(frozen=True)

    mute_id: str
    thread_key: str
    network: str
    page_name: str
    root_text: str
    root_url: str | None
    muted_account: str | None
    """Name of the account whose part is muted, None for the whole thread."""
    by_system: bool
    after_goodbye: bool
    """Made together with our closing words."""
    reason: str
    evidence: list[Reason]
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
    author_key: str | None = None,
    evidence: Sequence[Reason] = (),
    suggestion_id: str | None = None,
    closing_id: str | None = None,
    idle: Sequence[str] = (),
) -> None:
    """Append a mute that starts now: of one account's part, or of the whole thread.

    `closing_id` is the decision for our closing words, which the mute does not keep back; `idle`
    are the earlier comments that a mute by the system takes off the queue.
    """
    await connection.execute(
        "insert into mutes (mute_id, thread_key, account_id, reason, muted_at, expires_at,"
        " author_key, evidence, suggestion_id, closing_id, idle)"
        " values (%s, %s, %s, %s, clock_timestamp(), %s, %s, %s, %s, %s, %s)",
        [
            mute_id,
            thread_key,
            account_id,
            reason,
            expires_at,
            author_key,
            Jsonb([one.model_dump() for one in evidence]),
            suggestion_id,
            closing_id,
            list(idle),
        ],
    )


async def add_lift(connection: Connection, *, mute_id: str, account_id: str, reason: str) -> None:
    """Append that a mute was lifted before its time."""
    await connection.execute(
        "insert into mute_lifts (mute_id, account_id, reason, lifted_at)"
        " values (%s, %s, %s, clock_timestamp())",
        [mute_id, account_id, reason],
    )


_ACTIVE = (
    "select m.mute_id, m.thread_key, t.network, m.author_key, m.account_id, m.reason, m.evidence,"
    " m.muted_at, m.expires_at from active_mutes m join threads t using (thread_key)"
    " where m.expires_at > clock_timestamp()"
)


async def mute_over(connection: Connection, comment_key: str) -> Mute | None:
    """Return the mute that covers the comment now, the longest if there are several."""
    async with connection.cursor(row_factory=class_row(Mute)) as cursor:
        await cursor.execute(
            _ACTIVE + " and exists (select from comments c where c.comment_key = %s"
            " and c.thread_key = m.thread_key"
            " and (m.author_key is null or m.author_key = c.author_key))"
            " order by m.expires_at desc limit 1",
            [comment_key],
        )
        return await cursor.fetchone()


async def standing_mute(connection: Connection, mute_id: str) -> Mute | None:
    """Return the mute of this id, None when it is unknown, lifted or over."""
    async with connection.cursor(row_factory=class_row(Mute)) as cursor:
        await cursor.execute(_ACTIVE + " and m.mute_id = %s", [mute_id])
        return await cursor.fetchone()


async def author_of(connection: Connection, comment_key: str) -> str | None:
    """Return the key of the comment's account."""
    row = await (
        await connection.execute(
            "select author_key from comments where comment_key = %s", [comment_key]
        )
    ).fetchone()
    return str(row[0]) if row else None


async def has_closed(connection: Connection, thread_key: str) -> bool:
    """Tell whether our closing words stand in the thread, or are on their way there."""
    row = await (
        await connection.execute(
            "select exists (select from mutes m left join deliveries v"
            " on v.decision_id = m.closing_id where m.thread_key = %s"
            " and m.closing_id is not null and v.state is distinct from 'returned'"
            " and not exists (select from decisions u where u.undoes = m.closing_id))",
            [thread_key],
        )
    ).fetchone()
    return bool(row and row[0])


async def standing_closings(connection: Connection, decision_id: str) -> list[str]:
    """Return the mutes that were made together with these closing words and still stand."""
    rows = await connection.execute(
        "select mute_id from active_mutes where closing_id = %s", [decision_id]
    )
    return [mute_id async for (mute_id,) in rows]


async def may_system_mute(connection: Connection, thread_key: str, author_key: str | None) -> bool:
    """Tell whether the desk may mute this by itself.

    Not where the page only wants suggestions; not twice; and never again what a person has lifted.
    """
    row = await (
        await connection.execute(
            "select coalesce(s.mutes_by_system, true) and not exists (select from mutes m"
            " left join mute_lifts l using (mute_id) where m.thread_key = t.thread_key"
            " and (m.author_key is null or m.author_key is not distinct from %s)"
            " and (l.mute_id is not null or m.expires_at > clock_timestamp()))"
            " from threads t left join page_settings s using (page_key) where t.thread_key = %s",
            [author_key, thread_key],
        )
    ).fetchone()
    return bool(row and row[0])


_ROWS = """
select m.mute_id, m.thread_key, t.network, p.name as page_name, t.root_text, t.root_url, m.reason,
    case when m.author_key is not null then coalesce(nullif(u.display_name, ''), u.handle, '?') end
        as muted_account, m.account_id = 'system' as by_system,
    m.closing_id is not null as after_goodbye, m.evidence,
    a.name, m.muted_at, m.expires_at, l.lifted_at, b.name as lifted_by, l.reason as lift_reason,
    (select count(*) from items i join comments c using (comment_key)
        where i.thread_key = m.thread_key and i.status = 'muted'
        and (m.author_key is null or m.author_key = c.author_key)) as held_back
from mutes m
join threads t using (thread_key)
join pages p using (page_key)
left join accounts a on a.account_id = m.account_id
left join authors u on u.author_key = m.author_key
left join mute_lifts l on l.mute_id = m.mute_id
left join accounts b on b.account_id = l.account_id
"""


async def read_mutes(
    connection: Connection, *, after: tuple[datetime, str] | None = None, limit: int = 200
) -> list[MuteRow]:
    """Return one page of the mutes that stand now, the newest first."""
    async with connection.cursor(row_factory=class_row(MuteRow)) as cursor:
        await cursor.execute(
            _ROWS + " where l.mute_id is null and m.expires_at > clock_timestamp()"
            " and (%(at)s::timestamptz is null or (m.muted_at, m.mute_id) < (%(at)s, %(key)s))"
            " order by m.muted_at desc, m.mute_id desc limit %(limit)s",
            {
                "at": after[0] if after else None,
                "key": after[1] if after else "",
                "limit": limit,
            },
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
