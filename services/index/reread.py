"""Reads folders, pages and sitemaps again on a schedule.

What changed is taken in, what is gone is withdrawn.
"""

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from services.index.add import remove, submit
from services.index.folder import local_files
from services.index.sitemap import MAX_PAGES, NoSitemap, Sitemap, read_sitemap
from services.kit.db import Pool, transaction
from services.kit.fetch import Client, FetchFailed, FetchRefused, NotModified, fetch
from services.kit.outbox import told_to_end
from services.kit.pseudonym import short_key
from services.store import publications
from services.store import sources as store
from services.store.sources import Source, SourceItem

log = logging.getLogger(__name__)

LEASE = timedelta(hours=2)
"""After this long a reading counts as broken off, and another instance may begin it anew."""
MISSES = 2
"""Readings in a row that must miss an item before it is withdrawn: sites have bad moments."""
LONGEST_PAUSE = timedelta(days=1)
NAP = 5.0
"""Seconds between two looks for what is due."""
MAX_BYTES = 50 * 1024 * 1024
GONE = (404, 410)


@dataclass(frozen=True)
class Rereading:
    """What reading again needs."""

    pool: Pool
    client: Client
    pause: float = 1.0
    """Seconds between two requests to one site."""
    allow_private: bool = False
    """For tests: fetch from loopback too."""


class Unreachable(Exception):
    """A source as a whole cannot be read now; the message says why."""


@dataclass(frozen=True)
class Found:
    """A file or page as it is now; `body` is None when it has not changed since."""

    address: str
    name: str
    body: bytes | None = None
    media_type: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    url: str | None = None
    trouble: str | None = None


async def keep_reading(rereading: Rereading) -> None:
    """Read what is due, for ever."""
    while not told_to_end():
        if not await read_next(rereading):
            await asyncio.sleep(NAP)


async def read_next(rereading: Rereading) -> bool:
    """Read the longest overdue source; False when nothing is due."""
    now = datetime.now(UTC)
    async with transaction(rereading.pool) as connection:
        source = await store.claim_due(connection, now, lease=LEASE)
    if source is None:
        return False
    trouble = None
    try:
        await read_source(rereading, source)
    except Unreachable as error:
        trouble = str(error)
        log.warning("%s cannot be read again: %s", source.address, error)
    now = datetime.now(UTC)
    async with transaction(rereading.pool) as connection:
        due_at = now + pause_after(source, failed=trouble is not None)
        await store.finish_reading(connection, source, trouble=trouble, due_at=due_at, now=now)
    return True


def pause_after(source: Source, *, failed: bool) -> timedelta:
    """Return how long to wait until the next reading: its interval, after failures ever longer."""
    every = timedelta(seconds=source.every_seconds)
    if not failed:
        return every
    return min(every * float(2 ** min(source.failures, 10)), max(every, LONGEST_PAUSE))


async def read_source(rereading: Rereading, source: Source) -> None:
    """Take in what changed in a source and withdraw what it no longer holds.

    Raises Unreachable, and nothing is withdrawn, when the source itself does not answer.
    """
    async with rereading.pool.connection() as connection:
        known = await store.read_items(connection, source.source_id)
    seen: set[str] = set()
    async for found in _finding(rereading, source, known):
        seen.add(found.address)
        await _keep(rereading, source, known.get(found.address), found)
    for address in known.keys() - seen:
        await _miss(rereading, source, known[address])


async def _finding(
    rereading: Rereading, source: Source, known: dict[str, SourceItem]
) -> AsyncIterator[Found]:
    if source.kind == "folder":
        for one in await asyncio.to_thread(_folder, Path(source.address)):
            yield one
        return
    pages = (source.address,) if source.kind == "page" else await _pages(rereading, source.address)
    for number, page in enumerate(pages):
        if number:
            await asyncio.sleep(rereading.pause)
        found = await _page(rereading, page, known.get(page))
        if found is not None:
            yield found


def _folder(path: Path) -> list[Found]:
    if not path.is_dir():
        raise Unreachable(f"{path} is no folder that we can read")
    troubles: list[str] = []
    found = [
        Found(str(path / one.name), one.name, one.body)
        for one in local_files(path, troubles.append)
    ]
    if troubles:
        raise Unreachable("; ".join(troubles[:3]))
    return found


async def _pages(rereading: Rereading, address: str) -> tuple[str, ...]:
    """Return the pages of a sitemap and of the sitemaps it lists, one level deep."""
    top = await _sitemap(rereading, address)
    pages = list(top.pages)
    for one in top.sitemaps:
        await asyncio.sleep(rereading.pause)
        pages += (await _sitemap(rereading, one)).pages
    return tuple(dict.fromkeys(pages))[:MAX_PAGES]


async def _sitemap(rereading: Rereading, address: str) -> Sitemap:
    try:
        fetched = await fetch(
            address,
            client=rereading.client,
            max_bytes=MAX_BYTES,
            allow_private=rereading.allow_private,
        )
        return read_sitemap(fetched.body, fetched.url)
    except (FetchRefused, FetchFailed, NoSitemap) as error:
        raise Unreachable(f"{address}: {error}") from error


async def _page(rereading: Rereading, address: str, known: SourceItem | None) -> Found | None:
    """Return a page as it is now, None when it is gone; a page in trouble stays as it was."""
    try:
        fetched = await fetch(
            address,
            client=rereading.client,
            max_bytes=MAX_BYTES,
            allow_private=rereading.allow_private,
            etag=known.etag if known else None,
            last_modified=known.last_modified if known else None,
        )
    except FetchFailed as error:
        return None if error.status in GONE else Found(address, address, trouble=str(error))
    except FetchRefused as error:
        return Found(address, address, trouble=str(error))
    if isinstance(fetched, NotModified):
        return Found(address, address, etag=fetched.etag, last_modified=fetched.last_modified)
    return Found(
        address, fetched.url, fetched.body, fetched.media_type, fetched.etag,
        fetched.last_modified, fetched.url,
    )  # fmt: skip


async def _keep(
    rereading: Rereading, source: Source, known: SourceItem | None, found: Found
) -> None:
    """Hand a new or changed item in; the publication's key follows from its address or name."""
    item = known or SourceItem(found.address, None, None, "", None, 0)
    item = replace(item, missed=0, trouble=found.trouble)
    if found.body is not None:
        digest = hashlib.sha256(found.body).hexdigest()
        if digest != item.digest:
            await submit(
                rereading.pool, name=found.name, body=found.body, media_type=found.media_type,
                url=found.url,
            )  # fmt: skip
        publication_id = short_key("publication", found.url or found.name)
        item = replace(
            item, digest=digest, etag=found.etag, last_modified=found.last_modified,
            publication_id=publication_id,
        )  # fmt: skip
    async with transaction(rereading.pool) as connection:
        await store.save_item(connection, source.source_id, item, datetime.now(UTC))


async def _miss(rereading: Rereading, source: Source, item: SourceItem) -> None:
    """Count a reading that did not find an item; after `MISSES` of them it is withdrawn."""
    now = datetime.now(UTC)
    if item.missed + 1 < MISSES:
        async with transaction(rereading.pool) as connection:
            missed = replace(item, missed=item.missed + 1)
            await store.save_item(connection, source.source_id, missed, now)
        return
    async with rereading.pool.connection() as connection:
        elsewhere = item.publication_id is None or await store.shown_elsewhere(
            connection, source.source_id, item.publication_id
        )
        found = await publications.find_publication(connection, item.publication_id or "")
    if found is not None and not elsewhere and found.removed_at is None:
        await remove(rereading.pool, found)
        log.info("%s is gone from %s: withdrawn", found.publication_id, source.address)
    async with transaction(rereading.pool) as connection:
        await store.drop_item(connection, source.source_id, item.address)
