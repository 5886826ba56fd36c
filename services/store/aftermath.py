"""What came of speaking up under posts of others: figures, nobody's words or names."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from psycopg.rows import class_row

from services.kit.db import Connection

FOLLOWED_UP = timedelta(days=14)
"""Time for which likes of what we said are asked for."""


async def replies_to_follow(
    connection: Connection, source: str, now: datetime, *, asked_before: datetime, limit: int = 50
) -> dict[str, str]:
    """Return decision and native id of our words under posts of others whose figures are old."""
    rows = await connection.execute(
        "select d.decision_id, d.native_id from opportunity_decisions o join deliveries d"
        " using (decision_id) join comments c on c.comment_key = o.comment_key"
        " left join reply_figures f using (decision_id) where d.state = 'sent'"
        " and d.native_id is not null and c.connection = %(source)s"
        " and o.decided_at > %(since)s and (f.seen_at is null or f.seen_at < %(before)s)"
        " order by f.seen_at nulls first limit %(limit)s",
        {"source": source, "since": now - FOLLOWED_UP, "before": asked_before, "limit": limit},
    )
    return {decision_id: native_id async for decision_id, native_id in rows}


async def keep_likes(
    connection: Connection, likes: Mapping[str, int | None], now: datetime
) -> None:
    """Store the newest figure of each decision's reply; None: the network tells none."""
    for decision_id, count in likes.items():
        await connection.execute(
            "insert into reply_figures (decision_id, likes, seen_at) values (%s, %s, %s)"
            " on conflict (decision_id) do update set seen_at = excluded.seen_at,"
            " likes = coalesce(excluded.likes, reply_figures.likes)",
            [decision_id, count, now],
        )


async def followers_asked(connection: Connection, source: str) -> datetime | None:
    """Return when an account's followers were counted last."""
    row = await (
        await connection.execute(
            "select max(seen_at) from own_followers where connection = %s", [source]
        )
    ).fetchone()
    return row[0] if row else None


async def keep_followers(
    connection: Connection, source: str, followers: int, now: datetime
) -> None:
    """Store how many follow an account of ours; the last figure of a day counts."""
    await connection.execute(
        "insert into own_followers (connection, day, followers, seen_at) values (%s, %s, %s, %s)"
        " on conflict (connection, day) do update set followers = excluded.followers,"
        " seen_at = excluded.seen_at",
        [source, now.astimezone().date(), followers, now],
    )


@dataclass(frozen=True)
class Followers:
    """How many followed an account of ours at the first and the last count of a week."""

    connection: str
    begins: date
    first: int
    last: int


async def read_followers(connection: Connection, *, weeks: int = 8) -> list[Followers]:
    """Return the latest weeks, newest first; what moved a count nobody knows."""
    async with connection.cursor(row_factory=class_row(Followers)) as cursor:
        await cursor.execute(
            "select connection, date_trunc('week', day)::date as begins,"
            " (array_agg(followers order by day))[1] as first,"
            " (array_agg(followers order by day desc))[1] as last from own_followers"
            " where day > current_date - %s group by 1, 2 order by 2 desc, 1 limit 200",
            [7 * weeks],
        )
        return await cursor.fetchall()
