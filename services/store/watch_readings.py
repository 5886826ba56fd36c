"""What ingest keeps of its visits to watched pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg.rows import class_row

from services.kit.db import Connection
from services.store.watches import Foreign, Trouble, WatchKind


@dataclass(frozen=True)
class DueWatch:
    """A watch whose turn it is."""

    watch_id: str
    network: str
    kind: WatchKind
    address: str
    name: str
    relation: Foreign
    quiet: int
    failures: int
    memory: str | None


async def claim_due(
    connection: Connection, now: datetime, *, lease: timedelta, gap: timedelta
) -> DueWatch | None:
    """Return the watch that waits longest, and no other process gets it during the lease.

    A host that was visited or searched within `gap` is left in peace. One claim at a time: the
    table is small.
    """
    await connection.execute("lock table watch_readings in share row exclusive mode")
    async with connection.cursor(row_factory=class_row(DueWatch)) as cursor:
        await cursor.execute(
            "update watch_readings r set began_at = %(now)s, due_at = %(until)s"
            " from watches w where w.watch_id = r.watch_id and r.watch_id = ("
            "  select d.watch_id from watch_readings d join watches using (watch_id)"
            "  where d.due_at <= %(now)s and removed_at is null and not paused"
            "  and not exists (select from watch_readings o where o.host = d.host"
            "   and o.began_at > %(since)s)"
            "  and not exists (select from host_visits v where v.host = d.host"
            "   and v.began_at > %(since)s) order by d.due_at, d.watch_id limit 1)"
            " returning w.watch_id, w.network, w.kind, w.address, w.name, w.relation, r.quiet,"
            " r.failures, r.memory",
            {"now": now, "until": now + lease, "since": now - gap},
        )
        return await cursor.fetchone()


@dataclass(frozen=True)
class Visited:
    """What a visit left behind."""

    due_at: datetime
    memory: str | None
    page_key: str | None
    readers: int | None
    news: int
    strangers: int


async def note_visit(
    connection: Connection, watch_id: str, visited: Visited, now: datetime
) -> None:
    """Remember a visit that worked; its posts stand in the same transaction."""
    await connection.execute(
        "update watch_readings set due_at = %(due_at)s, memory = %(memory)s, read_at = %(now)s,"
        " page_key = coalesce(%(page_key)s, page_key), readers = coalesce(%(readers)s, readers),"
        " posts = posts + %(news)s, strangers = strangers + %(strangers)s, failures = 0,"
        " trouble = null, detail = null, trouble_at = null,"
        " quiet = case when %(news)s > 0 then 0 else quiet + 1 end,"
        " news_at = case when %(news)s > 0 then %(now)s else news_at end"
        " where watch_id = %(watch)s",
        {**vars(visited), "watch": watch_id, "now": now},
    )


async def note_trouble(
    connection: Connection,
    watch_id: str,
    trouble: Trouble,
    detail: str,
    *,
    due_at: datetime,
    now: datetime,
    memory: str | None = None,
) -> None:
    """Remember a visit that failed, why, what it taught, and when the next one is."""
    await connection.execute(
        "update watch_readings set due_at = %s, failures = failures + 1, trouble = %s,"
        " detail = %s, trouble_at = %s, memory = coalesce(%s, memory) where watch_id = %s",
        [due_at, trouble, detail, now, memory, watch_id],
    )


async def watched_pages(connection: Connection, network: str) -> frozenset[str]:
    """Return the keys of the pages that somebody entered, whoever else speaks there."""
    rows = await connection.execute(
        "select page_key from watch_readings join watches using (watch_id)"
        " where network = %s and kind = 'account' and removed_at is null"
        " and page_key is not null",
        [network],
    )
    return frozenset([key async for (key,) in rows])


async def posts_since(
    connection: Connection, watch_id: str, since: datetime
) -> Mapping[str, datetime]:
    """Return native ids of a watch's standing posts that were made since then, with their time."""
    rows = await connection.execute(
        "select native_id, created_at from comments where watch_id = %s and created_at >= %s"
        " and deleted_at is null",
        [watch_id, since],
    )
    return {native_id: created_at async for native_id, created_at in rows}


@dataclass(frozen=True)
class FiguresRow:
    """What a network tells of a post; None where it does not."""

    comment_key: str
    likes: int | None
    replies: int | None
    shares: int | None


async def keep_figures(
    connection: Connection, figures: Sequence[FiguresRow], now: datetime
) -> None:
    """Store the newest figures of posts that were taken in; of others nothing is kept."""
    for one in figures:
        await connection.execute(
            "insert into post_figures as f (comment_key, likes, replies, shares, seen_at)"
            " select comment_key, %(likes)s, %(replies)s, %(shares)s, %(now)s from comments"
            " where comment_key = %(comment_key)s and watch_id is not null"
            " and deleted_at is null on conflict (comment_key) do update"
            " set likes = excluded.likes, replies = excluded.replies, shares = excluded.shares,"
            " seen_at = excluded.seen_at",
            {**vars(one), "now": now},
        )


YOUTUBE_KEEPS = timedelta(days=30)
"""https://developers.google.com/youtube/terms/developer-policies, III.E.4: refresh or delete."""


async def old_posts(
    connection: Connection, *, before: datetime, strictly_before: datetime, limit: int
) -> list[str]:
    """Return the keys of standing watched posts made before that, without an appearance.

    Those of YouTube from before `strictly_before` are returned in any case.
    """
    rows = await connection.execute(
        "select comment_key from comments c where watch_id is not null and deleted_at is null"
        " and ((created_at < %(before)s and not exists (select from appearances a"
        "  where a.comment_key = c.comment_key))"
        " or (network = 'youtube' and created_at < %(strictly)s))"
        " order by created_at limit %(limit)s",
        {"before": before, "strictly": strictly_before, "limit": limit},
    )
    return [key async for (key,) in rows]
