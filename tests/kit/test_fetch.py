"""Fetching from a real HTTP server that some tests make behave badly."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Sequence

import httpx
import pytest

from services.kit.fetch import Fetched, FetchFailed, FetchRefused, NotModified, fetch
from tests.kit.web_site import Site, serving


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with serving(Site()) as running:
        yield running


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False, timeout=30) as opened:
        yield opened


async def got(client: httpx.AsyncClient, url: str, max_bytes: int = 1_000_000) -> Fetched:
    result = await fetch(url, client=client, max_bytes=max_bytes, allow_private=True)
    assert isinstance(result, Fetched)
    return result


async def test_a_page_comes_with_what_is_needed_to_read_and_to_ask_again(
    site: Site, client: httpx.AsyncClient
) -> None:
    site.on("/a?b=1", body="Grüße".encode(), Content_Type="Text/HTML; charset=UTF-8", ETag='"1"')
    assert await got(client, f"{site.url}/a?b=1#part") == Fetched(
        f"{site.url}/a?b=1", "text/html; charset=utf-8", "Grüße".encode(), '"1"', None
    )


async def test_an_unchanged_page_is_not_delivered_again(
    site: Site, client: httpx.AsyncClient
) -> None:
    site.on("/", "304 Not Modified", ETag='"1"')
    result = await fetch(
        site.url + "/",
        client=client,
        max_bytes=10,
        allow_private=True,
        etag='"1"',
        last_modified="Tue, 05 May 2026 10:00:00 GMT",
    )
    assert result == NotModified(site.url + "/", '"1"', None)
    [(_, asked)] = site.asked
    assert asked["if-none-match"] == '"1"'
    assert asked["if-modified-since"] == "Tue, 05 May 2026 10:00:00 GMT"


async def test_redirects_are_followed_to_where_they_end(
    site: Site, client: httpx.AsyncClient
) -> None:
    site.on("/old", "301 Moved Permanently", Location="/new")
    site.on("/new", body=b"here")
    assert (await got(client, site.url + "/old")).url == site.url + "/new"


async def test_redirects_in_a_circle_end(site: Site, client: httpx.AsyncClient) -> None:
    site.on("/", "302 Found", Location="/")
    with pytest.raises(FetchRefused, match="redirects more than 5 times"):
        await got(client, site.url + "/")
    assert len(site.asked) == 6


async def test_a_dead_address_gives_way_to_the_next(site: Site, client: httpx.AsyncClient) -> None:
    site.on("/", body=b"second")

    async def resolve(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.9", "127.0.0.1"]

    result = await fetch(
        f"http://two.example:{site.port}/",
        client=client,
        max_bytes=10,
        allow_private=True,
        resolve=resolve,
    )
    assert result.body == b"second"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://a.example/",
        "file:///etc/passwd",
        "a.example",
        "http://",
        "http://\x00",
        "http://a.example:99999/",
        "http:\ud800",
    ],
)
async def test_what_is_no_web_address_is_refused(url: str, client: httpx.AsyncClient) -> None:
    with pytest.raises(FetchRefused, match="no web address") as refused:
        await fetch(url, client=client, max_bytes=10)
    assert "https://" in refused.value.german


async def test_a_redirect_to_a_file_is_refused(site: Site, client: httpx.AsyncClient) -> None:
    site.on("/", "302 Found", Location="file:///etc/passwd")
    with pytest.raises(FetchRefused, match="no web address"):
        await got(client, site.url + "/")


async def test_credentials_in_the_address_are_refused(client: httpx.AsyncClient) -> None:
    with pytest.raises(FetchRefused, match="credentials"):
        await fetch("https://me:secret@a.example/", client=client, max_bytes=10)


@pytest.mark.parametrize(
    ("status", "temporary"),
    [("404 Gone", False), ("403 No", False), ("503 Busy", True), ("429 Slow", True)],
)
async def test_a_failure_says_whether_to_try_again(
    status: str, temporary: bool, site: Site, client: httpx.AsyncClient
) -> None:
    site.on("/", status)
    with pytest.raises(FetchFailed) as failed:
        await got(client, site.url + "/")
    assert failed.value.temporary is temporary
    assert f"HTTP {failed.value.status}" in failed.value.german


async def test_nobody_answers(client: httpx.AsyncClient) -> None:
    with pytest.raises(FetchFailed) as failed:
        await got(client, "http://127.0.0.1:1/")
    assert failed.value.temporary


@pytest.mark.parametrize("host", ["nowhere.invalid", "a" * 70 + ".invalid", "a..b"])
async def test_an_unknown_host(host: str, client: httpx.AsyncClient) -> None:
    with pytest.raises(FetchFailed, match="cannot be found"):
        await got(client, f"http://{host}/")


async def test_a_large_body_is_refused_before_it_is_read(
    site: Site, client: httpx.AsyncClient
) -> None:
    site.raw("/declared", b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n")
    with pytest.raises(FetchRefused, match="larger than 1 MB"):
        await got(client, site.url + "/declared")


async def test_an_endless_body_is_cut_off(site: Site, client: httpx.AsyncClient) -> None:
    """INVARIANT: no server can make us hold more than the limit."""
    stopped = asyncio.Event()

    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while True:
                writer.write(b"x" * 65536)
                await writer.drain()
        except ConnectionError:
            stopped.set()

    site.answers["/"] = endless
    with pytest.raises(FetchRefused, match="larger than"):
        await got(client, site.url + "/")
    async with asyncio.timeout(30):
        await stopped.wait()


async def test_a_compressed_bomb_does_not_unfold(site: Site, client: httpx.AsyncClient) -> None:
    """INVARIANT: the limit counts what a body unfolds to, not what it weighs on the wire."""
    site.on("/", body=gzip.compress(b"0" * 50_000_000, mtime=0), Content_Encoding="gzip")
    with pytest.raises(FetchRefused, match="larger than"):
        await got(client, site.url + "/")


async def test_a_compressed_page_is_unfolded(site: Site, client: httpx.AsyncClient) -> None:
    site.on("/", body=gzip.compress(b"text" * 100, mtime=0), Content_Encoding="gzip")
    assert (await got(client, site.url + "/", max_bytes=400)).body == b"text" * 100


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", b"no gzip"),
        ("gzip", gzip.compress(b"t" * 99, mtime=0)[:-9]),
        ("gzip, gzip", b""),
        ("br", b""),
    ],
)
async def test_a_garbled_body(
    encoding: str, body: bytes, site: Site, client: httpx.AsyncClient
) -> None:
    site.on("/", body=body, Content_Encoding=encoding)
    with pytest.raises(FetchFailed, match="garbled"):
        await got(client, site.url + "/")


async def test_a_body_that_breaks_off_is_no_body(site: Site, client: httpx.AsyncClient) -> None:
    site.raw("/", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
    with pytest.raises(FetchFailed, match="failed or broke"):
        await got(client, site.url + "/")


async def test_a_dripping_server_is_left(site: Site, client: httpx.AsyncClient) -> None:
    hung_up = asyncio.Event()

    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx")
        await writer.drain()
        await hung_up.wait()

    site.answers["/"] = drip
    with pytest.raises(FetchFailed, match="too slowly") as failed:
        await fetch(site.url + "/", client=client, max_bytes=1000, allow_private=True, seconds=0.2)
    assert failed.value.temporary
    hung_up.set()


async def test_no_cookie_travels_to_another_site(site: Site, client: httpx.AsyncClient) -> None:
    site.on("/", Set_Cookie="who=me; Path=/")
    for _ in range(2):
        await got(client, site.url + "/")
    assert all("cookie" not in asked for _, asked in site.asked)
