"""What review reads and writes of opportunities: the day's list, and what people make of it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from psycopg.rows import class_row

from schemas.comments import Withholding
from schemas.drafts import Sentence, Source
from services.kit.db import Connection
from services.store.opportunities import (
    PER_PAGE_AND_WEEK,
    REST,
    WEEK,
    ClosedWhy,
)
from services.store.watches import Foreign

GoingAction = Literal["approve", "done", "useful", "not_useful"]
LOOK_LASTS = timedelta(hours=3)
"""Age at which a look at a thread is too old to speak up in it."""
MOST_TO_ONE = 2
"""Replies of ours to one account in a thread of others; more is a debate with it."""


@dataclass(frozen=True)
class Opportunity:
    """A post that was offered to the team, with all the desk shows of it."""

    comment_key: str
    thread_key: str
    revision: int
    network: str
    connection: str
    page: str
    relation: Foreign
    url: str | None
    text: str | None
    """None when it was deleted."""
    created_at: datetime
    day: date
    score: float
    parts: dict[str, float]
    title: str | None
    """Of the publication that fits."""
    publication_url: str | None
    readers: int | None
    likes: int | None
    replies: int | None
    shares: int | None
    topics: list[str] | None
    remarks: int | None
    looked_at: datetime | None
    closed_why: ClosedWhy | None
    appearances: int
    """Times we spoke up on this page within a week."""
    last: GoingAction | None
    """What was decided last but a judgement."""
    useful: bool | None
    by: str | None
    delivery: str | None
    code: str | None
    reply_url: str | None
    answers: int
    """Replies to ours."""
    hostile_answers: int
    unsorted_answers: int
    likes_of_ours: int | None
    draft_id: str | None
    draft_outcome: str | None
    draft_text: str | None
    draft_kind: str | None
    sentences: list[Sentence]
    sources: list[Source]

    @property
    def is_open(self) -> bool:
        """True while somebody may still speak up under it."""
        spoken = self.last is not None and self.delivery != "returned"
        return self.closed_why is None and not spoken and self.useful is not False


_LISTED = """
select o.comment_key, o.thread_key, c.revision, c.network, c.connection, g.name as page, o.relation,
    c.url, r.text, c.created_at, o.day, o.score, o.parts, b.title, b.url as publication_url,
    (select max(s.readers) from watch_readings s where s.page_key = o.page_key) as readers,
    f.likes, f.replies, f.shares, e.topics, l.remarks, l.looked_at, o.closed_why,
    (select count(*) from appearances a where a.page_key = o.page_key
        and a.decided_at > %(week)s) as appearances,
    d.action as last, j.useful, n.name as by, v.state as delivery, v.code, v.url as reply_url,
    coalesce(h.answers, 0) as answers, coalesce(h.hostile, 0) as hostile_answers,
    coalesce(h.unsorted, 0) as unsorted_answers, z.likes as likes_of_ours,
    w.draft_id, w.outcome as draft_outcome, w.text as draft_text, w.kind as draft_kind,
    coalesce(w.sentences, '[]') as sentences, coalesce(w.sources, '[]') as sources
from opportunities o join comments c using (comment_key) join pages g using (page_key)
left join comment_revisions r on r.comment_key = c.comment_key and r.revision = c.revision
left join post_figures f on f.comment_key = c.comment_key
left join post_readings e on e.comment_key = c.comment_key
left join post_looks l on l.comment_key = c.comment_key
left join publications b on b.publication_id = o.publication_id and b.removed_at is null
left join lateral (select action, decision_id, account_id from opportunity_decisions x
    where x.comment_key = o.comment_key and x.action in ('approve', 'done')
    order by number desc limit 1) d on true
left join lateral (select x.action = 'useful' as useful from opportunity_decisions x
    where x.comment_key = o.comment_key and x.action in ('useful', 'not_useful')
    order by number desc limit 1) j on true
left join accounts n on n.account_id = d.account_id
left join deliveries v on v.decision_id = d.decision_id
left join reply_figures z on z.decision_id = d.decision_id
left join lateral answers_to_us(o.thread_key) h on d.action is not null
left join lateral (select * from drafts m where m.comment_key = o.comment_key
    and m.revision = c.revision and m.stance = 'join'
    order by (m.outcome = 'proposed') desc, m.created_at desc limit 1) w on true
"""


async def list_day(connection: Connection, day: date, now: datetime) -> list[Opportunity]:
    """Return a day's list, best first."""
    return await _list(connection, "where o.day = %(day)s and not o.radar", {"day": day}, now)


async def list_radar_posts(
    connection: Connection, since: datetime, now: datetime, *, limit: int = 300
) -> list[Opportunity]:
    """Return the latest posts offered since then because something happened to their page."""
    latest = (
        "where o.comment_key in (select comment_key from opportunities where radar"
        " and found_at > %(since)s order by found_at desc, comment_key limit %(limit)s)"
    )
    return await _list(connection, latest, {"since": since, "limit": limit}, now)


async def read_opportunity(
    connection: Connection, comment_key: str, now: datetime
) -> Opportunity | None:
    """Return one opportunity; None when the post was never offered."""
    found = await _list(connection, "where o.comment_key = %(key)s", {"key": comment_key}, now)
    return found[0] if found else None


async def _list(
    connection: Connection, where: str, values: dict[str, object], now: datetime
) -> list[Opportunity]:
    async with connection.cursor(row_factory=class_row(Opportunity)) as cursor:
        await cursor.execute(
            f"{_LISTED} {where} order by o.score desc, o.comment_key".encode(),
            {**values, "week": now - WEEK},
        )
        return await cursor.fetchall()


@dataclass(frozen=True)
class Obstacles:
    """What may forbid to speak up under a post, at the moment of deciding."""

    thread_key: str
    network: str
    revision: int
    deleted: bool
    muted: bool
    withheld: Withholding | None
    closed_why: ClosedWhy | None
    spoken: bool
    """Somebody of us did already."""
    page_is_full: bool
    author_is_resting: bool
    is_the_page: bool
    """The post is by a page that is watched now, not by somebody who writes there."""
    quarrel: bool
    ours: bool
    looked_at: datetime | None


async def hold_going_out(connection: Connection) -> None:
    """Wait until nobody else decides to speak up: caps are counted by one person at a time."""
    await connection.execute("select pg_advisory_xact_lock(hashtextextended('going out', 2))")


async def read_obstacles(
    connection: Connection, comment_key: str, now: datetime
) -> Obstacles | None:
    """Return what stands in the way; None when the post was never offered.

    Call `hold_going_out` before, else two people may both take the last place.
    """
    async with connection.cursor(row_factory=class_row(Obstacles)) as cursor:
        await cursor.execute(
            "select o.thread_key, c.network, c.revision, c.deleted_at is not null as deleted,"
            " is_muted(c, %(now)s) as muted, withheld(c) as withheld, o.closed_why,"
            " exists (select from appearances a where a.thread_key = o.thread_key"
            "  or a.comment_key in (select e.comment_key from radar_items i"
            "   join radar_items e using (event_id) where i.comment_key = o.comment_key))"
            "  as spoken,"
            " (select count(*) from appearances a where a.page_key = o.page_key"
            "  and a.decided_at > %(week)s) >= %(per_week)s as page_is_full,"
            " exists (select from appearances a where a.author_key = o.author_key"
            "  and a.decided_at > %(rest)s) as author_is_resting,"
            " exists (select from watched_as(o.page_key)) and c.watch_id is not null"
            " as is_the_page,"
            " coalesce(l.quarrel, false) as quarrel, coalesce(l.ours, false) as ours, l.looked_at"
            " from opportunities o join comments c using (comment_key)"
            " left join post_looks l using (comment_key) where o.comment_key = %(key)s",
            {
                "key": comment_key, "now": now, "week": now - WEEK, "rest": now - REST,
                "per_week": PER_PAGE_AND_WEEK,
            },
        )  # fmt: skip
        return await cursor.fetchone()


async def add_going_decision(
    connection: Connection,
    comment_key: str,
    action: GoingAction,
    account_id: str,
    decision_id: str | None = None,
) -> None:
    """Append what a person decided or judged."""
    await connection.execute(
        "insert into opportunity_decisions (comment_key, action, decision_id, account_id)"
        " values (%s, %s, %s, %s)",
        [comment_key, action, decision_id, account_id],
    )


async def replies_to_one(connection: Connection, comment_key: str) -> int:
    """Return how often we answered a comment's author in its thread on a page of others."""
    row = await (
        await connection.execute(
            "select count(distinct d.comment_key) from comments c join threads t using (thread_key)"
            " join pages p using (page_key) join comments o on o.thread_key = c.thread_key"
            " and o.author_key = c.author_key join decisions d on d.comment_key = o.comment_key"
            " and d.action = 'approve' and d.text <> ''"
            " where c.comment_key = %s and p.relation <> 'own' and not exists (select from"
            " deliveries v where v.decision_id = d.decision_id and v.state = 'returned')",
            [comment_key],
        )
    ).fetchone()
    return int(row[0]) if row else 0


@dataclass(frozen=True)
class Week:
    """What the team made of a week's opportunities."""

    begins: date
    offered: int
    judged: int
    useful: int
    spoken: int
    answers: int
    """Replies to what we said, and how many of them are hostile."""
    hostile: int
    likes: int | None
    """None where no network told any."""


async def read_weeks(connection: Connection, *, limit: int = 8) -> list[Week]:
    """Return the latest weeks with opportunities, newest first; the last word counts."""
    async with connection.cursor(row_factory=class_row(Week)) as cursor:
        await cursor.execute(
            "select date_trunc('week', o.day)::date as begins, count(*) as offered,"
            " count(j.useful) as judged, count(*) filter (where j.useful) as useful,"
            " count(*) filter (where exists (select from appearances a"
            "  where a.comment_key = o.comment_key)) as spoken,"
            " coalesce(sum(h.answers), 0)::int as answers,"
            " coalesce(sum(h.hostile), 0)::int as hostile, sum(z.likes)::int as likes"
            " from opportunities o left join lateral (select d.action <> 'not_useful' as useful"
            "  from opportunity_decisions d where d.comment_key = o.comment_key"
            "  order by d.number desc limit 1) j on true"
            " left join appearances s using (comment_key)"
            " left join reply_figures z on z.decision_id = s.decision_id"
            " left join lateral answers_to_us(o.thread_key) h on s.comment_key is not null"
            " where not o.radar and o.day > current_date - 7 * %s"
            " group by 1 order by 1 desc limit %s",
            [limit + 1, limit],
        )
        return await cursor.fetchall()
