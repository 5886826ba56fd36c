"""What outreach writes: how threads of others stand, and which posts the team is shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pgvector import HalfVector
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from services.kit.db import Connection
from services.store.watches import Foreign

PER_PAGE_AND_WEEK = 2
"""Times we speak up on one page within a week, whoever of us."""
WEEK = timedelta(days=7)
REST = timedelta(days=5)
"""Time for which whom we answered is left in peace."""

ClosedWhy = Literal["deleted", "edited", "quarrel", "ours", "old", "unwatched"]


@dataclass(frozen=True)
class Candidate:
    """A post of a watched page that nobody was shown yet."""

    comment_key: str
    thread_key: str
    revision: int
    network: str
    connection: str
    native_id: str
    created_at: datetime
    page_key: str
    author_key: str
    relation: Foreign
    nearness: float
    topics: list[str]
    asks: bool
    off: bool
    publication_id: str | None
    passage_id: int | None
    likes: int | None
    replies: int | None
    shares: int | None
    readers: int | None
    appearances: int
    """How often we spoke up on the page within 30 days."""
    page_is_full: bool
    author_is_resting: bool


_CANDIDATES = """
select c.comment_key, c.thread_key, c.revision, c.network, c.connection, c.native_id, c.created_at,
    t.page_key, c.author_key, w.relation, p.nearness, p.topics, p.asks, p.off, p.publication_id,
    p.passage_id, f.likes, f.replies, f.shares, w.readers,
    (select count(*) from appearances a where a.page_key = t.page_key
        and a.decided_at > %(month)s) as appearances,
    (select count(*) from appearances a where a.page_key = t.page_key
        and a.decided_at > %(week)s) >= %(per_week)s as page_is_full,
    exists (select from appearances a where a.author_key = c.author_key
        and a.decided_at > %(rest)s) as author_is_resting
from post_readings p join comments c using (comment_key, revision) join threads t using (thread_key)
cross join lateral watched_as(t.page_key) w
left join post_figures f using (comment_key)
where c.watch_id is not null and c.deleted_at is null and not c.is_self
and c.created_at > %(since)s and withheld(c) is null and not is_muted(c, %(now)s)
and not exists (select from opportunities o where o.comment_key = c.comment_key)
and not exists (select from comments mine where mine.thread_key = c.thread_key and mine.is_self)
order by p.nearness desc limit %(limit)s
"""


def _limits(now: datetime) -> dict[str, object]:
    return {
        "now": now, "week": now - WEEK, "rest": now - REST, "month": now - timedelta(days=30),
        "per_week": PER_PAGE_AND_WEEK,
    }  # fmt: skip


async def read_candidates(
    connection: Connection, now: datetime, *, since: datetime, limit: int = 1000
) -> list[Candidate]:
    """Return posts that were made since then on watched pages, nearest to our publications first.

    Only what the page itself said: pages are watched, never persons who write there.
    """
    async with connection.cursor(row_factory=class_row(Candidate)) as cursor:
        await cursor.execute(_CANDIDATES, {**_limits(now), "since": since, "limit": limit})
        return await cursor.fetchall()


@dataclass(frozen=True)
class Look:
    """What stood under a post when it was last looked at."""

    remarks: int
    hostile: int
    quarrel: bool
    ours: bool
    said: float | None
    gone: bool = False


async def keep_look(connection: Connection, comment_key: str, look: Look, now: datetime) -> None:
    """Store a look at a post, over the one before."""
    await connection.execute(
        "insert into post_looks (comment_key, remarks, hostile, quarrel, ours, said, gone,"
        " looked_at) values (%(key)s, %(remarks)s, %(hostile)s, %(quarrel)s, %(ours)s, %(said)s,"
        " %(gone)s, %(now)s) on conflict (comment_key) do update set remarks = excluded.remarks,"
        " hostile = excluded.hostile, quarrel = excluded.quarrel, ours = excluded.ours,"
        " said = excluded.said, gone = excluded.gone, looked_at = excluded.looked_at",
        {**vars(look), "key": comment_key, "now": now},
    )


async def passage_vector(
    connection: Connection, passage_id: int, space: str
) -> NDArray[np.float32] | None:
    """Return a live passage's vector, None when there is none in this space."""
    row = await (
        await connection.execute(
            "select embedding from passage_vectors where passage_id = %s and space = %s",
            [passage_id, space],
        )
    ).fetchone()
    if row is None:
        return None
    embedding = row[0]
    values = embedding.to_numpy() if isinstance(embedding, HalfVector) else embedding
    return np.asarray(values, np.float32)


async def shown_on(connection: Connection, day: date) -> tuple[dict[str, int], dict[str, int]]:
    """Return how many posts were shown on a day, by relation and by page."""
    rows = await (
        await connection.execute(
            "select relation, page_key, count(*) from opportunities where day = %s"
            " and not radar group by 1, 2",
            [day],
        )
    ).fetchall()
    relations: dict[str, int] = {}
    for relation, _, count in rows:
        relations[relation] = relations.get(relation, 0) + count
    return relations, {page: count for _, page, count in rows}


async def ever_shown(connection: Connection) -> bool:
    """Tell whether any post was ever shown."""
    found = await connection.execute("select from opportunities where not radar limit 1")
    return await found.fetchone() is not None


async def composing(connection: Connection) -> None:
    """Wait until no other process makes today's list; the lock ends with the transaction."""
    await connection.execute("select pg_advisory_xact_lock(hashtextextended('compose', 3))")


async def add_opportunity(
    connection: Connection,
    candidate: Candidate,
    *,
    score: float,
    parts: Mapping[str, float],
    day: date,
    now: datetime,
) -> bool:
    """Show a post to the team; False when it was shown before or is gone meanwhile."""
    done = await connection.execute(
        "insert into opportunities (comment_key, revision, thread_key, page_key, author_key,"
        " relation, day, score, parts, publication_id, passage_id, found_at)"
        " select comment_key, revision, %(thread_key)s, %(page_key)s, author_key, %(relation)s,"
        " %(day)s, %(score)s, %(parts)s, %(publication_id)s, %(passage_id)s, %(now)s"
        " from comments where comment_key = %(comment_key)s and revision = %(revision)s"
        " and deleted_at is null for share on conflict do nothing",
        {**vars(candidate), "score": score, "parts": Jsonb(parts), "day": day, "now": now},
    )
    return done.rowcount == 1


@dataclass(frozen=True)
class Standing:
    """An open opportunity whose thread is looked at again."""

    comment_key: str
    network: str
    connection: str
    native_id: str
    passage_id: int | None


async def read_open(connection: Connection, looked_before: datetime) -> list[Standing]:
    """Return open opportunities that nobody decided on and that were not looked at since then."""
    async with connection.cursor(row_factory=class_row(Standing)) as cursor:
        await cursor.execute(
            "select o.comment_key, c.network, c.connection, c.native_id, o.passage_id"
            " from opportunities o join comments c using (comment_key)"
            " left join post_looks l using (comment_key)"
            " where o.closed_at is null and (l.looked_at is null or l.looked_at < %s)"
            " and not exists (select from appearances a where a.comment_key = o.comment_key)"
            " order by l.looked_at nulls first limit 30",
            [looked_before],
        )
        return await cursor.fetchall()


async def close_what_is_over(connection: Connection, now: datetime, *, before: datetime) -> int:
    """Close opportunities that are over, with the reason; return how many."""
    done = await connection.execute(
        "update opportunities o set closed_at = %(now)s, closed_why = over.why from ("
        " select o.comment_key, case"
        "  when c.deleted_at is not null or coalesce(l.gone, false) then 'deleted'"
        "  when c.revision <> o.revision then 'edited'"
        "  when l.quarrel then 'quarrel' when l.ours then 'ours'"
        "  when not exists (select from watched_as(o.page_key)) then 'unwatched'"
        "  when coalesce(i.closes_at < %(now)s, c.created_at < %(before)s) then 'old' end as why"
        " from opportunities o join comments c using (comment_key)"
        " left join post_looks l using (comment_key) left join radar_items i using (comment_key)"
        " where o.closed_at is null) over"
        " where over.comment_key = o.comment_key and over.why is not null"
        " and not exists (select from appearances a where a.comment_key = o.comment_key)",
        {"now": now, "before": before},
    )
    return done.rowcount


async def close_deleted(connection: Connection, comment_key: str, now: datetime) -> None:
    """Close the opportunity of a post that is gone."""
    await connection.execute(
        "update opportunities set closed_at = %s, closed_why = 'deleted'"
        " where comment_key = %s and closed_at is null",
        [now, comment_key],
    )


async def read_judgements(
    connection: Connection,
) -> list[tuple[dict[str, float], str, bool]]:
    """Return what the team said of opportunities, each by its last word, oldest first."""
    rows = await connection.execute(
        "select o.parts, o.relation, j.useful from opportunities o join lateral ("
        " select d.number, d.action <> 'not_useful' as useful from opportunity_decisions d"
        " where d.comment_key = o.comment_key order by d.number desc limit 1) j on true"
        " where not o.radar order by j.number"
    )
    return [(parts, relation, useful) async for parts, relation, useful in rows]
