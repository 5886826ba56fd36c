"""Fetching against a real HTTP server on loopback, which some tests make behave badly."""

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from services.kit.fetch import Fetched, FetchFailed, FetchRefused, NotModified, fetch
from services.kit.public_address import is_public, resolve_host

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Site:
    """A server that answers each path as told and remembers what it was asked."""

    port: int = 0
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def on(self, path: str, status: str = "200 OK", body: bytes = b"", **headers: str) -> None:
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.raw(path, "\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    def raw(self, path: str, sent: bytes) -> None:
        async def answer(writer: asyncio.StreamWriter) -> None:
            writer.write(sent)
            await writer.drain()

        self.answers[path] = answer

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            path = head[0].split(" ")[1]
            pairs = (line.split(": ", 1) for line in head[1:] if line)
            self.asked.append((path, {name.lower(): value for name, value in pairs}))
            await self.answers[path](writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client hung up, which is what some of these tests are about
        finally:
            writer.close()


@asynccontextmanager
async def serving(site: Site, tls: ssl.SSLContext | None = None) -> AsyncIterator[Site]:
    server = await asyncio.start_server(site.serve, "127.0.0.1", 0, ssl=tls)
    site.port = server.sockets[0].getsockname()[1]
    try:
        yield site
    finally:
        server.close()


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with serving(Site()) as running:
        yield running


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as opened:
        yield opened


async def got(client: httpx.AsyncClient, url: str, max_bytes: int = 1_000_000) -> Fetched:
    result = await fetch(url, client=client, max_bytes=max_bytes, allow_private=True)
    assert isinstance(result, Fetched)
    return result


def names(known: dict[str, list[str]]) -> Callable[[str, int], Awaitable[Sequence[str]]]:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return known[host] if host in known else await resolve_host(host, port)

    return resolve


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


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://localhost/",
        "http://2130706433/",
        "http://127.1/",
        "http://0.0.0.0/",
        "http://10.1.2.3/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[fd00::1]/",
        "http://[64:ff9b::7f00:1]/",
    ],
)
async def test_nothing_is_fetched_from_inside(url: str, client: httpx.AsyncClient) -> None:
    """INVARIANT: an address that leads to this host or its network is refused, however written."""
    with pytest.raises(FetchRefused, match="internal network"):
        await fetch(url, client=client, max_bytes=10)


async def test_no_redirect_leads_inside(site: Site, client: httpx.AsyncClient) -> None:
    """INVARIANT: every hop of a redirect is checked like the first address."""
    site.on("/", "302 Found", Location=f"http://inside.example:{site.port}/secret")
    site.on("/secret", body=b"secret")
    looked_up = []

    async def resolve(host: str, port: int) -> Sequence[str]:
        looked_up.append((host, port))
        return ["127.0.0.1"] if host == "inside.example" else ["93.184.215.14"]

    class Rerouted(httpx.AsyncHTTPTransport):
        """Delivers what is meant for the public address to the local site."""

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            assert request.url.host == "93.184.215.14"
            request.url = request.url.copy_with(host="127.0.0.1")
            return await super().handle_async_request(request)

    async with httpx.AsyncClient(transport=Rerouted(), trust_env=False) as rerouted:
        with pytest.raises(FetchRefused, match=r"inside\.example is on an internal network"):
            await fetch(
                f"http://public.example:{site.port}/",
                client=rerouted,
                max_bytes=10,
                resolve=resolve,
            )
    assert looked_up == [("public.example", site.port), ("inside.example", site.port)]
    assert [path for path, _ in site.asked] == ["/"]


async def test_the_checked_address_is_the_one_that_is_reached(
    site: Site, client: httpx.AsyncClient
) -> None:
    """INVARIANT: a name is resolved once a hop: a DNS answer that changes has no effect."""
    site.on("/", body=b"pinned")
    answers = [["127.0.0.1"]]

    async def resolve(host: str, port: int) -> Sequence[str]:
        assert (host, port) == ("house.example", site.port)
        return answers.pop()

    result = await fetch(
        f"http://house.example:{site.port}/",
        client=client,
        max_bytes=10,
        allow_private=True,
        resolve=resolve,
    )
    assert isinstance(result, Fetched)
    assert result.url == f"http://house.example:{site.port}/"
    [(_, asked)] = site.asked
    assert asked["host"] == f"house.example:{site.port}"


async def test_one_private_address_among_public_ones_refuses_the_name(
    client: httpx.AsyncClient,
) -> None:
    with pytest.raises(FetchRefused):
        await fetch(
            "http://mixed.example/",
            client=client,
            max_bytes=10,
            resolve=names({"mixed.example": ["93.184.215.14", "10.0.0.1"]}),
        )


async def test_a_dead_address_gives_way_to_the_next(site: Site, client: httpx.AsyncClient) -> None:
    site.on("/", body=b"second")
    result = await fetch(
        f"http://two.example:{site.port}/",
        client=client,
        max_bytes=10,
        allow_private=True,
        resolve=names({"two.example": ["127.0.0.9", "127.0.0.1"]}),
    )
    assert isinstance(result, Fetched)
    assert result.body == b"second"


@pytest.mark.parametrize(
    "address",
    [
        "192.168.1.1",
        "100.64.0.1",
        "100.100.100.200",
        "168.63.129.16",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
        "::7f00:1",
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2a01:4f8::1", "64:ff9b::5db8:d70e"])
def test_addresses_that_are_public(address: str) -> None:
    assert is_public(address)


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
    async with asyncio.timeout(5):
        await stopped.wait()


async def test_a_compressed_bomb_does_not_unfold(site: Site, client: httpx.AsyncClient) -> None:
    """INVARIANT: the limit counts what a body unfolds to, not what it weighs on the wire."""
    site.on("/", body=gzip.compress(b"0" * 50_000_000), Content_Encoding="gzip")
    with pytest.raises(FetchRefused, match="larger than"):
        await got(client, site.url + "/")


async def test_a_compressed_page_is_unfolded(site: Site, client: httpx.AsyncClient) -> None:
    site.on("/", body=gzip.compress(b"text" * 100), Content_Encoding="gzip")
    assert (await got(client, site.url + "/", max_bytes=400)).body == b"text" * 100


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", b"no gzip"),
        ("gzip", gzip.compress(b"t" * 99)[:-9]),
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


def certified(host: str, folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context with a fresh certificate for `host`, and a client's that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    pem.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    return server, ssl.create_default_context(cafile=str(pem))


@pytest.mark.parametrize(("asked", "trusted"), [("house.example", True), ("evil.example", False)])
async def test_the_certificate_is_checked_against_the_name_not_the_address(
    asked: str, trusted: bool, tmp_path: Path
) -> None:
    """INVARIANT: reaching a pinned address does not weaken TLS."""
    server, trust = certified("house.example", tmp_path)
    async with (
        serving(Site(), tls=server) as site,
        httpx.AsyncClient(verify=trust, trust_env=False) as client,
    ):
        site.on("/", body=b"safe")
        fetching = fetch(
            f"https://{asked}:{site.port}/",
            client=client,
            max_bytes=10,
            allow_private=True,
            resolve=names({asked: ["127.0.0.1"]}),
        )
        if trusted:
            result = await fetching
            assert isinstance(result, Fetched)
            assert result.body == b"safe"
        else:
            with pytest.raises(FetchFailed):
                await fetching
