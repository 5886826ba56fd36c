"""Where the desk mutes by itself, and how muting has gone."""

from dataclasses import dataclass

from psycopg.rows import class_row

from services.kit.db import Connection
from services.store.mutes import SYSTEM


async def set_mutes_by_system(
    connection: Connection, page_key: str, *, allowed: bool, account_id: str
) -> None:
    """Have the desk mute by itself on a page, or only suggest."""
    await connection.execute(
        "insert into page_settings (page_key, mutes_by_system, account_id, changed_at)"
        " select page_key, %s, %s, clock_timestamp() from pages where page_key = %s"
        " on conflict (page_key) do update set mutes_by_system = excluded.mutes_by_system,"
        " account_id = excluded.account_id, changed_at = excluded.changed_at",
        [allowed, account_id, page_key],
    )


@dataclass(frozen=True)
class PageMuting:
    """A page of ours, and whether the desk mutes there by itself."""

    page_key: str
    name: str
    network: str
    by_system: bool


async def read_page_muting(connection: Connection) -> list[PageMuting]:
    """Return our own pages on which something was said, by name."""
    async with connection.cursor(row_factory=class_row(PageMuting)) as cursor:
        await cursor.execute(
            "select p.page_key, p.name, p.network, coalesce(s.mutes_by_system, true) as by_system"
            " from pages p left join page_settings s using (page_key) where p.relation = 'own'"
            " order by p.name, p.network, p.page_key"
        )
        return await cursor.fetchall()


@dataclass(frozen=True)
class MuteFigures:
    """How muting has gone so far."""

    by_system: int
    undone: int
    """Of those, lifted by a person: the measure of wrongly muted criticism in use."""
    by_person: int
    suggested: int
    """Threads or parts of threads that were suggested."""
    held_back: int
    """Comments that wait behind mutes now."""
    seconds: float
    """Median time from one decision of a person to the next; FALLBACK when too few are known."""


FALLBACK = 90.0
"""Seconds a decision takes where fewer than FEWEST_DECISIONS were made at a stretch."""
FEWEST_DECISIONS = 20
LOOKED_AT = 2000
"""Latest decisions that the time is measured on."""


async def read_figures(connection: Connection) -> MuteFigures:
    """Count mutes, and how long people take to decide.

    The time is the median gap between two of the latest decisions of one person less than ten
    minutes apart: longer ones are breaks.
    """
    async with connection.cursor(row_factory=class_row(MuteFigures)) as cursor:
        await cursor.execute(
            "with gaps as (select extract(epoch from decided_at - lag(decided_at)"
            " over (partition by account_id order by number)) as gap from (select * from decisions"
            " where comment_key is not null and action <> 'relane'"
            " order by decided_at desc limit %(latest)s) latest)"
            " select count(*) filter (where m.account_id = %(system)s) as by_system,"
            " count(*) filter (where m.account_id = %(system)s and l.mute_id is not null)"
            " as undone,"
            " count(*) filter (where m.account_id <> %(system)s) as by_person,"
            " (select count(distinct (thread_key, coalesce(author_key, '')))"
            " from mute_suggestions) as suggested,"
            " (select count(*) from items where status = 'muted') as held_back,"
            " (select case when count(*) < %(fewest)s then %(fallback)s"
            " else percentile_cont(0.5) within group (order by gap) end from gaps"
            " where gap < 600)::float8 as seconds"
            " from mutes m left join mute_lifts l using (mute_id)",
            {
                "system": SYSTEM,
                "fewest": FEWEST_DECISIONS,
                "fallback": FALLBACK,
                "latest": LOOKED_AT,
            },
        )
        return await cursor.fetchone() or MuteFigures(0, 0, 0, 0, 0, FALLBACK)
