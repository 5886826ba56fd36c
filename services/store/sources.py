"""Places that index reads again on a schedule, and what it found there last time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from psycopg.rows import class_row

from services.kit.db import Connection
from services.store.items import tell_desks

SourceKind = Literal["folder", "page", "sitemap"]


@dataclass(frozen=True)
class Source:
    """A folder, a page or a sitemap."""

    source_id: str
    kind: SourceKind
    address: str
    every_seconds: int
    due_at: datetime
    read_at: datetime | None
    failures: int
    trouble: str | None
    """Why the source as a whole could not be read last time."""
    items: int


@dataclass(frozen=True)
class SourceItem:
    """One file or page of a source, as it was when it was last read."""

    address: str
    etag: str | None
    last_modified: str | None
    digest: str
    publication_id: str | None
    missed: int
    """Readings in a row that did not find it."""
    trouble: str | None = None


_LISTED = (
    "select source_id, kind, address, every_seconds, due_at, read_at, failures, trouble,"
    " (select count(*) from source_items i where i.source_id = s.source_id) as items"
    " from sources s"
)


async def add_source(
    connection: Connection,
    source_id: str,
    kind: SourceKind,
    address: str,
    *,
    every: timedelta,
    now: datetime,
) -> None:
    """Store a source, due at once; adding it again changes its interval."""
    await connection.execute(
        "insert into sources (source_id, kind, address, every_seconds, added_at, due_at)"
        " values (%s, %s, %s, %s, %s, %s) on conflict (address) do update"
        " set every_seconds = excluded.every_seconds, due_at = excluded.due_at, failures = 0",
        [source_id, kind, address, int(every.total_seconds()), now, now],
    )


async def remove_source(connection: Connection, address: str) -> bool:
    """Forget a source; its publications stay. False when there is none."""
    done = await connection.execute("delete from sources where address = %s", [address])
    return done.rowcount > 0


async def drop_source(connection: Connection, source_id: str) -> bool:
    """Forget a source by its id; its publications stay. False when there is none."""
    done = await connection.execute("delete from sources where source_id = %s", [source_id])
    return done.rowcount > 0


async def read_now(connection: Connection, source_id: str, now: datetime) -> bool:
    """Have a source read as soon as index looks; False when there is none."""
    done = await connection.execute(
        "update sources set due_at = least(due_at, %s) where source_id = %s", [now, source_id]
    )
    return done.rowcount > 0


async def list_sources(connection: Connection) -> list[Source]:
    """Return all sources by address."""
    async with connection.cursor(row_factory=class_row(Source)) as cursor:
        await cursor.execute(_LISTED + " order by address limit 1000")
        return await cursor.fetchall()


async def claim_due(connection: Connection, now: datetime, *, lease: timedelta) -> Source | None:
    """Take the longest overdue source for `lease`: no other instance reads it meanwhile."""
    async with connection.cursor(row_factory=class_row(Source)) as cursor:
        await cursor.execute(
            _LISTED + " where due_at <= %s order by due_at limit 1 for update of s skip locked",
            [now],
        )
        source = await cursor.fetchone()
    if source is not None:
        await connection.execute(
            "update sources set due_at = %s where source_id = %s", [now + lease, source.source_id]
        )
    return source


async def finish_reading(
    connection: Connection, source: Source, *, trouble: str | None, due_at: datetime, now: datetime
) -> None:
    """Note how a reading went and when the next one is due."""
    await connection.execute(
        "update sources set due_at = %s, trouble = %s, read_at = coalesce(%s, read_at),"
        " failures = case when %s::text is null then 0 else failures + 1 end where source_id = %s",
        [due_at, trouble, None if trouble else now, trouble, source.source_id],
    )
    await tell_desks(connection, None)


async def read_items(connection: Connection, source_id: str) -> dict[str, SourceItem]:
    """Return what a source held last time, by address."""
    async with connection.cursor(row_factory=class_row(SourceItem)) as cursor:
        await cursor.execute(
            "select address, etag, last_modified, digest, publication_id, missed, trouble"
            " from source_items where source_id = %s",
            [source_id],
        )
        return {item.address: item for item in await cursor.fetchall()}


async def save_item(
    connection: Connection, source_id: str, item: SourceItem, now: datetime
) -> None:
    """Store what was found under one address."""
    await connection.execute(
        "insert into source_items (source_id, address, etag, last_modified, digest,"
        " publication_id, seen_at, missed, trouble) values (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " on conflict (source_id, address) do update set (etag, last_modified, digest,"
        " publication_id, seen_at, missed, trouble) = (excluded.etag, excluded.last_modified,"
        " excluded.digest, excluded.publication_id, excluded.seen_at, excluded.missed,"
        " excluded.trouble)",
        [
            source_id, item.address, item.etag, item.last_modified, item.digest,
            item.publication_id, now, item.missed, item.trouble,
        ],
    )  # fmt: skip


async def drop_item(connection: Connection, source_id: str, address: str) -> None:
    """Forget an address that is gone for good."""
    await connection.execute(
        "delete from source_items where source_id = %s and address = %s", [source_id, address]
    )


async def shown_elsewhere(connection: Connection, source_id: str, publication_id: str) -> bool:
    """Tell whether another source holds the same publication."""
    row = await (
        await connection.execute(
            "select exists (select from source_items where publication_id = %s"
            " and source_id <> %s)",
            [publication_id, source_id],
        )
    ).fetchone()
    return bool(row and row[0])
