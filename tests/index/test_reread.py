"""Folders, pages and sitemaps that are read again: real files, real HTTP, a real database."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.index.add import Indexing, add
from services.index.reread import Rereading, pause_after, read_next
from services.kit.db import Pool, transaction
from services.kit.fetch import web_client
from services.kit.pseudonym import short_key
from services.store import sources
from services.store.sources import Source, SourceKind
from tests.index.test_add import FIRST, SECOND, WordVectors
from tests.kit.web_site import Site, serving

PAGE = b"<html><head><title>%s</title></head><body><main><h1>%s</h1><p>%s</p></main></body></html>"


def page(title: str, text: str) -> bytes:
    return PAGE % (title.encode(), title.encode(), text.encode() * 3)


def sitemap(site: Site, *paths: str) -> bytes:
    entries = "".join(f"<url><loc>{site.url}{path}</loc></url>" for path in paths)
    return f'<urlset xmlns="x">{entries}</urlset>'.encode()


@pytest.fixture
async def rereading(pool: Pool) -> AsyncIterator[Rereading]:
    async with web_client() as client:
        yield Rereading(pool, client, pause=0, allow_private=True)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with serving(Site()) as running:
        yield running


async def watch(rereading: Rereading, kind: SourceKind, address: str) -> None:
    async with transaction(rereading.pool) as connection:
        await sources.add_source(
            connection, short_key("source", address), kind, address,
            every=timedelta(hours=1), now=datetime.now(UTC),
        )  # fmt: skip


async def read(rereading: Rereading) -> list[str]:
    """Read the source as if it were due and index what was handed in; return what stands."""
    async with transaction(rereading.pool) as connection:
        await connection.execute("update sources set due_at = now() - interval '1 second'")
    assert await read_next(rereading)
    indexing = Indexing(rereading.pool, WordVectors())
    async with rereading.pool.connection() as connection:
        rows = await connection.execute(
            "select submission_id from submissions where outcome is null order by submitted_at"
        )
        waiting = [submission async for (submission,) in rows]
    for submission in waiting:
        await add(indexing, submission)
    async with rereading.pool.connection() as connection:
        rows = await connection.execute(
            "select distinct p.text from passages p where p.retired_at is null order by 1"
        )
        return [text async for (text,) in rows]


async def listed(rereading: Rereading) -> Source:
    async with rereading.pool.connection() as connection:
        (source,) = await sources.list_sources(connection)
        return source


async def test_a_folder_is_followed(rereading: Rereading, tmp_path: Path) -> None:
    """INVARIANT: a changed file replaces its edition, a removed one is withdrawn."""
    (tmp_path / "leitfaden.md").write_text(FIRST)
    (tmp_path / "other.md").write_text("# Satzung\n\nDer Vorstand tagt zweimal im Jahr, immer.")
    (tmp_path / "notes.tmp").write_text("not ours")
    await watch(rereading, "folder", str(tmp_path))
    assert any("hundert Liter" in text for text in await read(rereading))
    (tmp_path / "leitfaden.md").write_text(SECOND)
    texts = await read(rereading)
    assert any("achtzig Liter" in text for text in texts)
    assert not any("hundert Liter" in text for text in texts)
    (tmp_path / "other.md").unlink()
    assert any("Vorstand" in text for text in await read(rereading))
    assert not any("Vorstand" in text for text in await read(rereading))


async def test_an_unmounted_folder_withdraws_nothing(rereading: Rereading, tmp_path: Path) -> None:
    """INVARIANT: a place that cannot be read is not an empty place."""
    folder = tmp_path / "publications"
    folder.mkdir()
    (folder / "leitfaden.md").write_text(FIRST)
    await watch(rereading, "folder", str(folder))
    stood = await read(rereading)
    folder.rename(tmp_path / "away")
    for _ in range(3):
        assert await read(rereading) == stood
    source = await listed(rereading)
    assert source.failures == 3
    assert source.trouble is not None
    assert "no folder" in source.trouble


async def test_a_page_is_asked_whether_it_changed(rereading: Rereading, site: Site) -> None:
    site.on("/a", body=page("Antrag", "Der Antrag ist kostenlos. "), Content_Type="text/html",
        ETag='"1"')  # fmt: skip
    await watch(rereading, "page", f"{site.url}/a")
    stood = await read(rereading)
    assert any("kostenlos" in text for text in stood)
    site.on("/a", status="304 Not Modified", ETag='"1"')
    assert await read(rereading) == stood
    assert site.asked[-1][1]["if-none-match"] == '"1"'


async def test_a_sitemap_is_followed(rereading: Rereading, site: Site) -> None:
    """INVARIANT: what left the site leaves the search; a bad moment withdraws nothing."""
    site.on("/sitemap.xml", body=sitemap(site, "/a", "/b"), Content_Type="text/xml")
    site.on("/a", body=page("Antrag", "Der Antrag ist kostenlos. "), Content_Type="text/html")
    site.on("/b", body=page("Frist", "Die Frist endet im März. "), Content_Type="text/html")
    await watch(rereading, "sitemap", f"{site.url}/sitemap.xml")
    both = await read(rereading)
    assert any("kostenlos" in text for text in both)
    assert any("März" in text for text in both)
    site.on("/b", status="503 Service Unavailable")
    for _ in range(3):
        assert await read(rereading) == both
    site.on("/b", status="410 Gone")
    assert await read(rereading) == both
    assert not any("März" in text for text in await read(rereading))
    site.on("/sitemap.xml", status="500 Internal Server Error")
    for _ in range(3):
        assert any("kostenlos" in text for text in await read(rereading))


async def test_a_page_that_comes_back_is_taken_in_again(rereading: Rereading, site: Site) -> None:
    site.on("/sitemap.xml", body=sitemap(site, "/a"), Content_Type="text/xml")
    await watch(rereading, "sitemap", f"{site.url}/sitemap.xml")
    content = page("Antrag", "Der Antrag ist kostenlos. ")
    for answer in (content, None, None, content):
        if answer is None:
            site.on("/a", status="404 Not Found")
        else:
            site.on("/a", body=answer, Content_Type="text/html")
        texts = await read(rereading)
    assert any("kostenlos" in text for text in texts)


async def test_two_instances_do_not_read_one_source_at_once(
    rereading: Rereading, tmp_path: Path
) -> None:
    await watch(rereading, "folder", str(tmp_path))
    now = datetime.now(UTC)
    async with transaction(rereading.pool) as connection:
        first = await sources.claim_due(connection, now, lease=timedelta(hours=1))
    async with transaction(rereading.pool) as connection:
        second = await sources.claim_due(connection, now, lease=timedelta(hours=1))
    assert first is not None
    assert second is None


def failing() -> Iterator[Source]:
    for failures in range(12):
        yield Source("s", "page", "a", 3600, datetime.now(UTC), None, failures, "x", 0)


def test_a_failing_source_is_left_alone_for_longer_and_longer() -> None:
    pauses = [pause_after(source, failed=True) for source in failing()]
    assert pauses == sorted(pauses)
    assert pauses[0] == timedelta(hours=1)
    assert pauses[-1] == timedelta(days=1)
