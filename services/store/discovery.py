"""What outreach keeps of its searches: pages that were found, and why they are worth a look."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from services.kit.db import Connection
from services.store.watches import Foreign

KEPT = timedelta(days=30)
"""Time after which a page that was not seen again is forgotten, with what was asked about it."""


@dataclass(frozen=True)
class Seeds:
    """Where a search begins: topics, and what is watched of whom."""

    topics: Sequence[str]
    partners: Sequence[tuple[str, str]]
    """Network and address."""


async def read_seeds(connection: Connection) -> Seeds:
    """Return all topics that people entered, and the pages of partners and media."""
    rows = await connection.execute(
        "select topic from discovery_topics union select unnest(topics) from watches"
        " where removed_at is null and not paused order by 1"
    )
    topics = [topic async for (topic,) in rows]
    watched = await connection.execute(
        "select network, address from watches where removed_at is null and not paused"
        " and kind in ('account', 'feed') and relation in ('partner', 'news')"
        " order by relation desc, watch_id"
    )
    return Seeds(topics, [(network, address) async for network, address in watched])


async def known_pages(connection: Connection, network: str) -> frozenset[str]:
    """Return keys of pages that need no finding: our own, watched, dismissed."""
    rows = await connection.execute(
        "select page_key from pages where network = %(network)s and relation = 'own' union"
        " select page_key from watch_readings join watches using (watch_id)"
        " where network = %(network)s and removed_at is null and page_key is not null union"
        " select page_key from discovered_pages d where network = %(network)s and exists"
        "  (select from watches w where w.watch_id = d.watch_id and w.removed_at is null) union"
        " select distinct page_key from discovery_decisions"
        "  where discovery_verdict(page_key) = 'dismiss'",
        {"network": network},
    )
    return frozenset([key async for (key,) in rows])


async def pages_since(connection: Connection, network: str, since: datetime) -> frozenset[str]:
    """Return keys of pages that were found or read anew since then."""
    rows = await connection.execute(
        "select page_key from discovered_pages where network = %s and seen_at > %s",
        [network, since],
    )
    return frozenset([key async for (key,) in rows])


@dataclass(frozen=True)
class PageRow:
    """A page that was found. No count in it is below five; None: fewer."""

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


@dataclass(frozen=True)
class TopicRow:
    """What a page has to do with a topic. No count in it is below five; None: fewer."""

    page_key: str
    topic: str
    posts: int | None
    share: float | None
    answers: int | None
    newest: datetime
    samples: Sequence[Mapping[str, str]]


async def keep_page(
    connection: Connection, page: PageRow, topics: Sequence[TopicRow], now: datetime
) -> None:
    """Store a page with its topics; what it said of them before is replaced."""
    await connection.execute(
        "insert into discovered_pages (page_key, network, watch_id, address, name, about, url,"
        " relation, proof, readers, found_at, seen_at) values (%(page_key)s, %(network)s,"
        " %(watch_id)s, %(address)s, %(name)s, %(about)s, %(url)s, %(relation)s, %(proof)s,"
        " %(readers)s, %(now)s, %(now)s) on conflict (page_key) do update set"
        " watch_id = excluded.watch_id, address = excluded.address, name = excluded.name,"
        " about = excluded.about, url = excluded.url, relation = excluded.relation,"
        " proof = excluded.proof, readers = excluded.readers, seen_at = excluded.seen_at",
        {**vars(page), "now": now},
    )
    await connection.execute("delete from discovered_topics where page_key = %s", [page.page_key])
    for one in topics:
        await connection.execute(
            "insert into discovered_topics (page_key, topic, posts, share, answers, newest,"
            " samples, score, parts, seen_at) values (%(page_key)s, %(topic)s, %(posts)s,"
            " %(share)s, %(answers)s, %(newest)s, %(samples)s, 0, '{}', %(now)s)",
            {**vars(one), "samples": Jsonb(list(one.samples)), "now": now},
        )


async def keep_ties(
    connection: Connection,
    network: str,
    kind: Literal["partners", "links"],
    ties: Mapping[str, int | None],
    *,
    is_complete: bool,
) -> None:
    """Store which of a network's pages partners follow, or link to us; None: fewer than five.

    `is_complete`: pages without a tie have none any more.
    """
    statement = (
        "update discovered_pages set followed = %s, partners = %s where page_key = %s"
        if kind == "partners"
        else "update discovered_pages set linking = %s, links = %s where page_key = %s"
    )
    rows = await connection.execute(
        "select page_key from discovered_pages where network = %s", [network]
    )
    keys = [key for (key,) in await rows.fetchall() if is_complete or key in ties]
    for page_key in keys:
        await connection.execute(statement, [page_key in ties, ties.get(page_key), page_key])


@dataclass(frozen=True)
class Weighed:
    """What a score is made of."""

    page_key: str
    topic: str
    posts: int | None
    share: float | None
    answers: int | None
    newest: datetime
    readers: int | None
    partners: int | None
    is_followed: bool
    links: int | None
    is_linking: bool


async def read_figures(connection: Connection, network: str) -> list[Weighed]:
    """Return the figures of all pages of a network."""
    async with connection.cursor(row_factory=class_row(Weighed)) as cursor:
        await cursor.execute(
            "select page_key, topic, posts, share, answers, newest, readers, partners,"
            " followed as is_followed, links, linking as is_linking"
            " from discovered_topics join discovered_pages using (page_key) where network = %s",
            [network],
        )
        return await cursor.fetchall()


async def keep_score(
    connection: Connection, page_key: str, topic: str, score: float, parts: Mapping[str, float]
) -> None:
    """Store how promising a page is for a topic."""
    await connection.execute(
        "update discovered_topics set score = %s, parts = %s where page_key = %s and topic = %s",
        [score, Jsonb(dict(parts)), page_key, topic],
    )


async def forget_pages(connection: Connection, page_keys: Collection[str]) -> None:
    """Forget pages that ask not to be listed, block us, or are no organisation's after all."""
    await connection.execute(
        "delete from discovered_pages where page_key = any(%s)", [list(page_keys)]
    )


async def forget_old(connection: Connection, topics: Sequence[str], now: datetime) -> None:
    """Forget what was found or asked more than thirty days ago, and other topics than these."""
    values = {"before": now - KEPT, "topics": list(topics)}
    await connection.execute(
        "delete from discovered_topics where seen_at < %(before)s or topic <> all(%(topics)s)",
        values,
    )
    await connection.execute(
        "delete from discovered_pages d where seen_at < %(before)s or not exists"
        " (select from discovered_topics t where t.page_key = d.page_key)",
        values,
    )
    await connection.execute("delete from discovery_requests where asked_at < %(before)s", values)
