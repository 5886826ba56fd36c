"""Pages that were found, as the desk shows them, and what people made of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from psycopg.rows import class_row

from services.kit.db import Connection
from services.store.discovery_rounds import Trouble
from services.store.watches import Foreign

Verdict = Literal["adopt", "dismiss"]


@dataclass(frozen=True)
class Find:
    """A page that was found for a topic. No count in it is below five; None: fewer."""

    page_key: str
    network: str
    watch_id: str
    address: str
    name: str
    about: str
    url: str | None
    relation: Foreign
    proof: str
    readers: int | None
    followed: bool
    partners: int | None
    linking: bool
    links: int | None
    topic: str
    topics: list[str]
    """All of its topics, the most promising first."""
    posts: int | None
    share: float | None
    answers: int | None
    newest: datetime
    samples: Sequence[Mapping[str, str]]
    score: float
    parts: Mapping[str, float]
    seen_at: datetime
    verdict: Verdict | None

    @property
    def sample_links(self) -> list[tuple[str, datetime]]:
        """Where up to three of its posts stand, and when they were made."""
        return [(one["url"], datetime.fromisoformat(one["made_at"])) for one in self.samples]


_FIND = (
    "select d.page_key, d.network, d.watch_id, d.address, d.name, d.about, d.url, d.relation,"
    " d.proof, d.readers, d.followed, d.partners, d.linking, d.links, t.topic, t.posts, t.share,"
    " t.answers, t.newest, t.samples, t.score, t.parts, t.seen_at,"
    " (select array_agg(o.topic order by o.score desc, o.topic) from discovered_topics o"
    "  where o.page_key = d.page_key) as topics, discovery_verdict(d.page_key) as verdict"
    " from discovered_pages d join discovered_topics t using (page_key)"
)


async def list_finds(connection: Connection, topic: str, *, limit: int = 50) -> list[Find]:
    """Return the most promising pages of a topic that nobody watches or has dismissed."""
    async with connection.cursor(row_factory=class_row(Find)) as cursor:
        await cursor.execute(
            f"{_FIND} where t.topic = %s and discovery_waits(d.page_key, d.watch_id)"
            " order by t.score desc, t.newest desc, d.page_key limit %s",
            [topic, limit],
        )
        return await cursor.fetchall()


@dataclass(frozen=True)
class TopicCount:
    """A topic and how many pages wait under it."""

    topic: str
    pages: int
    is_own: bool
    """Entered here; otherwise it comes with a watch."""


async def list_topics(connection: Connection) -> list[TopicCount]:
    """Return all topics that are searched for."""
    async with connection.cursor(row_factory=class_row(TopicCount)) as cursor:
        await cursor.execute(
            "with wanted as (select topic, true as is_own from discovery_topics union all"
            "  select unnest(topics), false from watches where removed_at is null and not paused),"
            " listed as (select t.topic from discovered_pages d join discovered_topics t"
            "  using (page_key) where discovery_waits(d.page_key, d.watch_id))"
            " select topic, (select count(*) from listed l where l.topic = w.topic)::int as pages,"
            " bool_or(is_own) as is_own from wanted w group by topic order by lower(topic)"
        )
        return await cursor.fetchall()


async def set_topics(
    connection: Connection, topics: Sequence[str], *, by: str, now: datetime
) -> None:
    """Search for these topics beside those of the watches."""
    await connection.execute(
        "delete from discovery_topics where not (topic = any(%s))", [list(topics)]
    )
    for topic in topics:
        await connection.execute(
            "insert into discovery_topics (topic, added_by, added_at) values (%s, %s, %s)"
            " on conflict do nothing",
            [topic, by, now],
        )


async def lock_find(connection: Connection, page_key: str) -> Find | None:
    """Return a page as it was found, for a decision; one person at a time decides on it."""
    await connection.execute(
        "select pg_advisory_xact_lock(hashtextextended('discovery ' || %s, 0))", [page_key]
    )
    async with connection.cursor(row_factory=class_row(Find)) as cursor:
        await cursor.execute(
            f"{_FIND} where d.page_key = %s order by t.score desc limit 1", [page_key]
        )
        return await cursor.fetchone()


@dataclass(frozen=True)
class LastDecision:
    """What was last decided about a page."""

    action: Literal["adopt", "dismiss", "undo"]
    watch_id: str | None


async def last_decision(connection: Connection, page_key: str) -> LastDecision | None:
    """Return what was last decided about a page, None when nothing was."""
    async with connection.cursor(row_factory=class_row(LastDecision)) as cursor:
        await cursor.execute(
            "select action, watch_id from discovery_decisions where page_key = %s"
            " order by number desc limit 1",
            [page_key],
        )
        return await cursor.fetchone()


async def add_decision(
    connection: Connection,
    page_key: str,
    action: Literal["adopt", "dismiss", "undo"],
    *,
    by: str,
    watch_id: str | None = None,
) -> None:
    """Append what a person decided about a page."""
    await connection.execute(
        "insert into discovery_decisions (page_key, action, watch_id, account_id)"
        " values (%s, %s, %s, %s)",
        [page_key, action, watch_id, by],
    )


@dataclass(frozen=True)
class ShownRound:
    """A search, what came of it, and how often the network was asked for it within 30 days."""

    network: str
    kind: str
    topic: str
    due_at: datetime
    began_at: datetime | None
    done_at: datetime | None
    trouble: Trouble | None
    requests: int


async def list_rounds(connection: Connection) -> list[ShownRound]:
    """Return all searches that are wanted, by network and kind."""
    async with connection.cursor(row_factory=class_row(ShownRound)) as cursor:
        await cursor.execute(
            "select network, kind, topic, due_at, began_at, done_at, trouble,"
            " (select count(*) from discovery_requests q where q.round_id = r.round_id)::int"
            " as requests from discovery_rounds r where wanted"
            " order by network, kind desc, lower(topic)"
        )
        return await cursor.fetchall()


@dataclass(frozen=True)
class ShownRequest:
    """One thing that was asked of one server."""

    network: str
    host: str
    method: str
    about: str
    kind: str
    topic: str
    asked_at: datetime


async def list_requests(connection: Connection, *, limit: int = 100) -> list[ShownRequest]:
    """Return the latest requests and what for."""
    async with connection.cursor(row_factory=class_row(ShownRequest)) as cursor:
        await cursor.execute(
            "select q.network, host, method, about, kind, topic, asked_at from discovery_requests q"
            " join discovery_rounds using (round_id) order by number desc limit %s",
            [limit],
        )
        return await cursor.fetchall()


async def list_decided(connection: Connection, *, limit: int = 30) -> list[dict[str, Any]]:
    """Return what was decided last and may be undone: page, name where known, verdict, when."""
    rows = await connection.execute(
        "select c.page_key, coalesce(d.name, s.name, w.name), c.action, c.decided_at, a.name"
        " from discovery_decisions c left join discovered_pages d using (page_key)"
        " left join discovered_channels y on y.page_key = c.page_key"
        " left join discovered_pages s on s.page_key = y.site_key"
        " left join watches w on w.watch_id = c.watch_id"
        " left join accounts a on a.account_id = c.account_id"
        " where c.action <> 'undo' and not exists (select from discovery_decisions l"
        "  where l.page_key = c.page_key and l.number > c.number)"
        " order by c.number desc limit %s",
        [limit],
    )
    names = ("page_key", "name", "action", "decided_at", "by")
    return [dict(zip(names, row, strict=True)) async for row in rows]
