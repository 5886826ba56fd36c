"""`dialogwerk index watch`: folders, pages and sitemaps that are read again by themselves."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from services.commands.shell import Say
from services.index.sitemap import NoSitemap, read_sitemap
from services.kit.db import open_pool, transaction
from services.kit.fetch import FetchFailed, FetchRefused, fetch, web_client
from services.kit.pseudonym import short_key
from services.kit.settings import Settings
from services.store import sources as store
from services.store.sources import SourceKind

MAX_BYTES = 50 * 1024 * 1024
SHORTEST = timedelta(minutes=1)
UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


class Unwatchable(Exception):
    """A source that cannot be watched; the message says what to give instead."""


def interval(text: str) -> timedelta:
    """Read `30m`, `24h` or `7d`; raises Unwatchable."""
    unit = UNITS.get(text[-1:])
    if unit is None or not text[:-1].isdecimal() or int(text[:-1]) * unit < SHORTEST:
        raise Unwatchable(f"{text} is no interval: give minutes, hours or days as 30m, 24h or 7d")
    return min(int(text[:-1]) * unit, timedelta(days=365))


async def recognise(source: str) -> tuple[SourceKind, str]:
    """Return what a source is and its full address; raises Unwatchable."""
    if not _on_the_web(source):
        return "folder", _folder(source)
    async with web_client() as client:
        try:
            fetched = await fetch(source, client=client, max_bytes=MAX_BYTES)
        except (FetchRefused, FetchFailed) as error:
            raise Unwatchable(f"{source}: {error}") from error
    if "html" in (fetched.media_type or ""):
        return "page", fetched.url
    try:
        read_sitemap(fetched.body, fetched.url)
    except NoSitemap:
        return "page", fetched.url
    listed = "xml" in (fetched.media_type or "") or fetched.url.endswith((".xml", ".xml.gz"))
    return ("sitemap" if listed else "page"), fetched.url


def _on_the_web(source: str) -> bool:
    return source.startswith(("http://", "https://"))


def _folder(source: str) -> str:
    path = Path(source).resolve()
    if not path.is_dir():
        raise Unwatchable(f"{source} is no folder: give a folder, a page or a sitemap")
    return str(path)


async def watch(settings: Settings, source: str, every: str, say: Say) -> None:
    """Have a source read now and every so often; raises Unwatchable."""
    pause = interval(every)
    kind, address = await recognise(source)
    async with open_pool(settings.database_url) as pool, transaction(pool) as connection:
        source_id = short_key("source", address)
        now = datetime.now(UTC)
        await store.add_source(connection, source_id, kind, address, every=pause, now=now)
    say(f"{kind} {address} is read now and then every {every}, while the index service runs")


async def unwatch(settings: Settings, source: str) -> bool:
    """Forget a source; what was read from it stays. False when it is not watched.

    Raises Unwatchable for a folder that does not exist.
    """
    address = source if _on_the_web(source) else _folder(source)
    async with open_pool(settings.database_url) as pool, transaction(pool) as connection:
        return await store.remove_source(connection, address)


async def list_all(settings: Settings, say: Say) -> None:
    """Print one line per source."""
    async with open_pool(settings.database_url) as pool, pool.connection() as connection:
        for one in await store.list_sources(connection):
            read = f"{one.read_at:%Y-%m-%d %H:%M}" if one.read_at else "never"
            trouble = f"  trouble: {one.trouble}" if one.trouble else ""
            say(
                f"{one.kind:7s}  {one.items:4d} items  read {read}"
                f"  next {one.due_at:%Y-%m-%d %H:%M}  {one.address}{trouble}"
            )
