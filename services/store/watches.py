"""Pages of others that are watched: what people entered, and how reading them goes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from psycopg.rows import class_row

from services.kit.db import Connection

WatchKind = Literal["account", "hashtag", "search", "feed"]
Foreign = Literal["partner", "news", "decision_maker"]
Trouble = Literal["not_connected", "unreachable", "refused", "gone", "ours"]
"""Why a page could not be read; `ours` is a fault of this installation."""


@dataclass(frozen=True)
class NewWatch:
    """A page, hashtag, search or feed as a person entered it."""

    watch_id: str
    network: str
    kind: WatchKind
    address: str
    name: str
    relation: Foreign
    topics: tuple[str, ...]
    host: str
    """Whose patience a visit costs."""


@dataclass(frozen=True)
class Added:
    """What became of the entries of a list."""

    added: int
    changed: int
    unchanged: int


async def add_watches(
    connection: Connection, entries: Sequence[NewWatch], *, by: str, now: datetime
) -> Added:
    """Store entries, due at once; the same address again takes over name, relation and topics.

    What was removed comes back. `by` is the account, or `command`.
    """
    outcomes = [await _add(connection, entry, by=by, now=now) for entry in entries]
    return Added(*(outcomes.count(kind) for kind in ("added", "changed", "unchanged")))


async def _add(connection: Connection, entry: NewWatch, *, by: str, now: datetime) -> str:
    values = {**vars(entry), "topics": list(entry.topics), "by": by, "now": now}
    row = await (
        await connection.execute(
            "insert into watches as w (watch_id, network, kind, address, name, relation, topics,"
            " added_by, added_at, changed_at) values (%(watch_id)s, %(network)s, %(kind)s,"
            " %(address)s, %(name)s, %(relation)s, %(topics)s, %(by)s, %(now)s, %(now)s)"
            " on conflict (watch_id) do update set name = excluded.name,"
            " relation = excluded.relation, topics = excluded.topics, changed_at = %(now)s,"
            " paused = w.paused and w.removed_at is null, removed_at = null"
            " where w.removed_at is not null or (w.name, w.relation, w.topics)"
            " is distinct from (excluded.name, excluded.relation, excluded.topics)"
            " returning xmax = 0",
            values,
        )
    ).fetchone()
    if row is None:
        return "unchanged"
    await connection.execute(
        "insert into watch_readings as r (watch_id, host, due_at)"
        " values (%(watch_id)s, %(host)s, %(now)s)"
        " on conflict (watch_id) do update set due_at = %(now)s",
        values,
    )
    return "added" if row[0] else "changed"


async def edit_watch(
    connection: Connection,
    watch_id: str,
    *,
    name: str,
    relation: Foreign,
    topics: Sequence[str],
    now: datetime,
) -> bool:
    """Change what a person says of a page; False when it is not watched."""
    done = await connection.execute(
        "update watches set name = %s, relation = %s, topics = %s, changed_at = %s"
        " where watch_id = %s and removed_at is null",
        [name, relation, list(topics), now, watch_id],
    )
    return done.rowcount == 1


async def pause_watch(
    connection: Connection, watch_id: str, *, paused: bool, now: datetime
) -> bool:
    """Stop visiting or begin again, due at once; False when it is not watched."""
    done = await connection.execute(
        "update watches set paused = %s, changed_at = %s where watch_id = %s"
        " and removed_at is null",
        [paused, now, watch_id],
    )
    if done.rowcount and not paused:
        await connection.execute(
            "update watch_readings set due_at = %s, failures = 0 where watch_id = %s",
            [now, watch_id],
        )
    return done.rowcount == 1


async def remove_watch(connection: Connection, watch_id: str, *, now: datetime) -> bool:
    """Watch no longer; what was read stays until it is erased. False when it is not watched."""
    done = await connection.execute(
        "update watches set removed_at = %s, changed_at = %s where watch_id = %s"
        " and removed_at is null",
        [now, now, watch_id],
    )
    return done.rowcount == 1


@dataclass(frozen=True)
class ShownWatch:
    """A watch with how reading it goes, as the desk and the command show it."""

    watch_id: str
    network: str
    kind: WatchKind
    address: str
    name: str
    relation: Foreign
    topics: list[str]
    paused: bool
    added_by: str | None
    """The person's name; None for a command or an account that is gone."""
    added_at: datetime
    due_at: datetime
    read_at: datetime | None
    news_at: datetime | None
    quiet: int
    """Visits in a row without news."""
    failures: int
    trouble: Trouble | None
    detail: str | None
    """What the network said."""
    trouble_at: datetime | None
    readers: int | None
    posts: int
    strangers: int
    url: str | None
    """Where the page stands on the web, once it was read."""
    last_url: str | None
    """Its newest post that was taken in."""


_SHOWN = (
    "select w.watch_id, w.network, w.kind, w.address, w.name, w.relation, w.topics, w.paused,"
    " a.name as added_by, w.added_at, r.due_at, r.read_at, r.news_at, r.quiet, r.failures,"
    " r.trouble, r.detail, r.trouble_at, r.readers, r.posts, r.strangers, p.url,"
    " (select c.url from comments c where c.watch_id = w.watch_id and c.deleted_at is null"
    "  order by c.created_at desc limit 1) as last_url"
    " from watches w join watch_readings r using (watch_id)"
    " left join accounts a on a.account_id = w.added_by left join pages p using (page_key)"
    " where w.removed_at is null"
)


async def list_watches(
    connection: Connection, *, limit: int = 10_000, offset: int = 0
) -> list[ShownWatch]:
    """Return what is watched: those in trouble first, then by relation and name."""
    async with connection.cursor(row_factory=class_row(ShownWatch)) as cursor:
        await cursor.execute(
            f"{_SHOWN} order by (r.trouble is null or w.paused), w.relation, lower(w.name),"
            " w.watch_id limit %s offset %s",
            [limit, offset],
        )
        return await cursor.fetchall()


async def read_watch(connection: Connection, watch_id: str) -> ShownWatch | None:
    """Return one watch; None when it is not watched."""
    async with connection.cursor(row_factory=class_row(ShownWatch)) as cursor:
        await cursor.execute(f"{_SHOWN} and w.watch_id = %s", [watch_id])
        return await cursor.fetchone()
