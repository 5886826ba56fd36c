"""`dialogwerk index`: publications from files, folders and addresses."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from services.commands.shell import Say
from services.index.add import Added, Indexing, add, remove, submit
from services.index.folder import Handed, local_files
from services.kit.db import open_pool
from services.kit.embed.shared import SharedEmbedder
from services.kit.fetch import FetchFailed, FetchRefused, fetch, web_client
from services.kit.settings import Settings
from services.store import passages
from services.store import publications as store

MAX_BYTES = 50 * 1024 * 1024


async def gather(sources: Sequence[str], complain: Say) -> AsyncIterator[Handed]:
    """Yield every file and page; what cannot be had is told and left out."""
    async with web_client() as client:
        for source in sources:
            if source.startswith(("http://", "https://")):
                try:
                    page = await fetch(source, client=client, max_bytes=MAX_BYTES)
                except (FetchRefused, FetchFailed) as error:
                    complain(f"{source}: {error}")
                    continue
                yield Handed(page.url, page.body, page.media_type, page.url)
                continue
            for one in local_files(Path(source), complain):
                yield one


async def add_all(settings: Settings, sources: Sequence[str], say: Say, complain: Say) -> int:
    """Add everything; return 1 when something was refused."""
    refused = 0
    embedder = SharedEmbedder(settings, on_progress=say)
    async with open_pool(settings.database_url) as pool, embedder.in_use():
        indexing = Indexing(pool, embedder)

        def count(text: str) -> None:
            nonlocal refused
            refused += 1
            complain(text)

        async for one in gather(sources, count):
            submission = await submit(
                pool, name=one.name, body=one.body, media_type=one.media_type, url=one.url
            )
            added = await add(indexing, submission)
            if added is None or added.outcome == "refused":
                count(f"{one.name}: refused: {added.refusal if added else 'not stored'}")
            else:
                say(_line(one.name, added))
    return 1 if refused else 0


async def replace(
    settings: Settings, sources: Sequence[str], replaced: str, say: Say, complain: Say
) -> int:
    """Add one publication and take out the one whose place it takes; return 1 when refused.

    Both are searchable for a moment: a question asked then is drafted again when the old one goes.
    """
    async with open_pool(settings.database_url) as pool, pool.connection() as connection:
        found = await store.find_publication(connection, replaced)
    if found is None:
        complain(f"No publication fits {replaced}; see `dialogwerk index list`")
        return 1
    if len(sources) != 1:
        complain("Give exactly one file or address that takes the place of the other")
        return 1
    if await add_all(settings, sources, say, complain):
        return 1
    async with open_pool(settings.database_url) as pool:
        async with pool.connection() as connection:
            now = await store.find_publication(connection, found.publication_id)
        if now is not None and now.edition != found.edition:
            return 0
        say(f"removed {found.title}: {await remove(pool, found)} passages retired")
    return 0


async def list_all(settings: Settings, say: Say) -> None:
    """Print one line per publication."""
    async with open_pool(settings.database_url) as pool, pool.connection() as connection:
        for one in await store.list_publications(connection):
            dated = str(one.published_on or "undated")
            say(
                f"{one.publication_id[:8]}  {dated:10s}  ed. {one.edition}"
                f"  {one.passages:4d} passages  {one.title}  ({one.name})"
            )


async def show(settings: Settings, wanted: str, say: Say) -> bool:
    """Print a publication and its passages; False when none fits."""
    async with open_pool(settings.database_url) as pool, pool.connection() as connection:
        found = await store.find_publication(connection, wanted)
        if found is None:
            return False
        for name, value in (
            ("id", found.publication_id), ("title", found.title), ("date", found.published_on),
            ("author", found.author), ("address", found.url), ("edition", found.edition),
            ("language", found.language),
            ("warnings", "; ".join(one["en"] for one in found.warnings)),
        ):  # fmt: skip
            if value:
                say(f"{name:9s} {value}")
        shown = await passages.read_live_passages(connection, found.publication_id)
        for passage in shown:
            pages = f" p. {passage.page_from}" if passage.page_from else ""
            say(f"\n[{passage.passage_id}]{pages} {passage.heading or ''}")
            say(passage.text)
    return True


async def remove_one(settings: Settings, wanted: str, say: Say) -> bool:
    """Remove a publication; False when none fits."""
    async with open_pool(settings.database_url) as pool:
        async with pool.connection() as connection:
            found = await store.find_publication(connection, wanted)
        if found is None:
            return False
        retired = await remove(pool, found)
        say(f"removed {found.title}: {retired} passages retired")
    return True


def _line(name: str, added: Added) -> str:
    if added.outcome == "unchanged":
        return f"{name}: unchanged"
    warned = f" ({'; '.join(added.warnings)})" if added.warnings else ""
    return f"{name}: {added.title}, {added.passages} passages, {added.fresh} new{warned}"
