"""Nothing inside is reached by fetching, and what is reached is what was asked for."""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from services.kit.fetch import Fetched, FetchFailed, FetchRefused, fetch
from services.kit.public_address import is_public
from tests.kit.web_site import Site, serving


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with serving(Site()) as running:
        yield running


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False, timeout=30) as opened:
        yield opened


def names(known: dict[str, list[str]]) -> Callable[[str, int], Awaitable[Sequence[str]]]:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return known[host]

    return resolve


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
        httpx.AsyncClient(verify=trust, trust_env=False, timeout=30) as client,
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
