"""Gets one web resource so that neither its address nor its server can do harm."""

import asyncio
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

import httpx

from services.kit.public_address import Resolve, is_public, resolve_host

Client = httpx.AsyncClient
MAX_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Fetched:
    """A resource as it was delivered.

    `url` is the address after all redirects, `media_type` the Content-Type in small letters with
    its parameters, `body` the content without transfer compression.
    """

    url: str
    media_type: str | None
    body: bytes
    etag: str | None
    last_modified: str | None


@dataclass(frozen=True, slots=True)
class NotModified:
    """The server's word that what these validators were given for is still current."""

    url: str
    etag: str | None
    last_modified: str | None


def web_client() -> Client:
    """Return a client for `fetch` that takes nothing from the environment; close it after use."""
    return Client(trust_env=False)


class FetchRefused(Exception):
    """We do not fetch this: `german` and `english` say in one sentence what to do instead."""

    def __init__(self, *, german: str, english: str) -> None:
        super().__init__(english)
        self.german = german
        self.english = english


class InternalAddress(FetchRefused):
    """The server is on an internal network, and fetching from there was not allowed."""


class FetchFailed(Exception):
    """The server did not deliver: `german` and `english` say in one sentence what to do.

    `temporary` tells whether a later try may succeed, `status` is the HTTP status if there is one.
    """

    def __init__(
        self, *, german: str, english: str, temporary: bool, status: int | None = None
    ) -> None:
        super().__init__(english)
        self.german = german
        self.english = english
        self.temporary = temporary
        self.status = status


@overload
async def fetch(
    url: str,
    *,
    client: httpx.AsyncClient,
    max_bytes: int,
    seconds: float = ...,
    allow_private: bool = ...,
    resolve: Resolve = ...,
) -> Fetched: ...


@overload
async def fetch(
    url: str,
    *,
    client: httpx.AsyncClient,
    max_bytes: int,
    seconds: float = ...,
    allow_private: bool = ...,
    etag: str | None,
    last_modified: str | None,
    resolve: Resolve = ...,
) -> Fetched | NotModified: ...


async def fetch(
    url: str,
    *,
    client: httpx.AsyncClient,
    max_bytes: int,
    seconds: float = 30.0,
    allow_private: bool = False,
    etag: str | None = None,
    last_modified: str | None = None,
    resolve: Resolve = resolve_host,
) -> Fetched | NotModified:
    """GET `url` over http or https; with `etag` or `last_modified` only if it changed.

    Each hop's host is resolved once, checked, and reached at exactly the checked address, so that
    neither a redirect nor a changing DNS answer leads inside; `allow_private` lifts the check.
    `seconds` bounds the whole fetch, `max_bytes` the body after decompression. Raises FetchRefused
    or FetchFailed.
    """
    validators = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    conditions = {name: value for name, value in validators.items() if value}
    try:
        async with asyncio.timeout(seconds):
            at = _parsed(url)
            for _ in range(MAX_REDIRECTS + 1):
                addresses = await _checked(at, resolve, allow_private=allow_private)
                response = await _send(client, at, addresses, conditions)
                try:
                    if response.status_code in _REDIRECTS and "location" in response.headers:
                        at = _parsed(response.headers["location"], at)
                        continue
                    return await _result(response, at, max_bytes, conditional=bool(conditions))
                finally:
                    await response.aclose()
    except (TimeoutError, httpx.TimeoutException) as error:
        raise FetchFailed(
            german="Der Server antwortet zu langsam: bitte später noch einmal versuchen "
            "oder die Datei selbst hochladen.",
            english="The server answers too slowly: try again later or upload the file yourself.",
            temporary=True,
        ) from error
    except httpx.TransportError as error:
        raise FetchFailed(
            german="Die Verbindung zum Server kam nicht zustande oder brach ab: bitte die Adresse "
            "prüfen und später noch einmal versuchen.",
            english="The connection to the server failed or broke: check the address and try again "
            "later.",
            temporary=True,
        ) from error
    raise FetchRefused(
        german=f"Die Adresse leitet mehr als {MAX_REDIRECTS}-mal weiter: bitte die Adresse "
        "angeben, bei der die Weiterleitung endet.",
        english=f"The address redirects more than {MAX_REDIRECTS} times: give the address at "
        "which the redirects end.",
    )


def _parsed(url: str, base: httpx.URL | None = None) -> httpx.URL:
    try:
        parsed = base.join(url) if base else httpx.URL(url.strip())
    except (httpx.InvalidURL, UnicodeError) as error:
        raise _no_web_address() from error
    if parsed.scheme not in {"http", "https"} or not parsed.host or (parsed.port or 1) > 65535:
        raise _no_web_address()
    if parsed.userinfo:
        raise FetchRefused(
            german="Die Adresse enthält Zugangsdaten: bitte eine Adresse ohne Namen und Passwort "
            "angeben oder die Datei selbst hochladen.",
            english="The address contains credentials: give an address without name and password "
            "or upload the file yourself.",
        )
    return parsed.copy_with(fragment=None)


def _no_web_address() -> FetchRefused:
    return FetchRefused(
        german="Das ist keine Webadresse: bitte eine Adresse angeben, die mit https:// oder "
        "http:// beginnt.",
        english="This is no web address: give one that begins with https:// or http://.",
    )


async def _checked(at: httpx.URL, resolve: Resolve, *, allow_private: bool) -> Sequence[str]:
    host = at.raw_host.decode("ascii").strip("[]")
    try:
        addresses = await resolve(host, at.port or {"http": 80, "https": 443}[at.scheme])
    except OSError as error:
        raise FetchFailed(
            german=f"Der Server {host} ist nicht zu finden: bitte die Adresse prüfen.",
            english=f"The server {host} cannot be found: check the address.",
            temporary=True,
        ) from error
    if not allow_private and not all(is_public(address) for address in addresses):
        raise InternalAddress(
            german=f"Der Server {host} liegt in einem internen Netz, aus dem nichts geholt wird: "
            "bitte die Datei selbst hochladen.",
            english=f"The server {host} is on an internal network, from which nothing is fetched: "
            "upload the file yourself.",
        )
    return addresses


async def _send(
    client: httpx.AsyncClient, at: httpx.URL, addresses: Sequence[str], conditions: dict[str, str]
) -> httpx.Response:
    """Ask the first address that accepts a connection, and no other than these."""
    failure: httpx.TransportError = httpx.ConnectError("no address")
    for address in addresses:
        request = client.build_request(
            "GET",
            at.copy_with(host=address),
            # A kept connection could be reused for another host at the same address.
            headers=conditions
            | {
                "Host": at.netloc.decode("ascii"),
                "Accept-Encoding": "gzip",
                "Connection": "close",
            },
            extensions={"sni_hostname": at.raw_host.decode("ascii").strip("[]")},
        )
        request.headers.pop("Cookie", None)
        try:
            return await client.send(request, auth=None, stream=True, follow_redirects=False)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            failure = error
    raise failure


async def _result(
    response: httpx.Response, at: httpx.URL, max_bytes: int, *, conditional: bool
) -> Fetched | NotModified:
    url, headers = str(at), response.headers
    etag, last_modified = headers.get("etag"), headers.get("last-modified")
    if response.status_code == 304 and conditional:
        return NotModified(url, etag, last_modified)
    if not response.is_success:
        raise _status_failure(response.status_code)
    media_type = headers.get("content-type", "").strip().lower() or None
    return Fetched(url, media_type, await _body(response, max_bytes), etag, last_modified)


def _status_failure(status: int) -> FetchFailed:
    if status in {404, 410}:
        german = "Unter dieser Adresse gibt es nichts mehr: bitte die neue Adresse angeben"
        english = "There is nothing at this address any more: give the new address"
    elif status in {401, 403, 407, 451}:
        german = "Der Server gibt den Inhalt nicht frei: bitte die Datei selbst hochladen"
        english = "The server does not release the content: upload the file yourself"
    else:
        german = "Der Server meldet einen Fehler: bitte später noch einmal versuchen"
        english = "The server reports an error: try again later"
    return FetchFailed(
        german=f"{german} (HTTP {status}).",
        english=f"{english} (HTTP {status}).",
        temporary=status in {408, 425, 429} or status >= 500,
        status=status,
    )


async def _body(response: httpx.Response, max_bytes: int) -> bytes:
    """The body with gzip undone here, because a compressed bomb must not unfold past the limit."""
    declared = response.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > max_bytes:
        raise _too_large(max_bytes)
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"identity", "gzip", "x-gzip"}:
        raise _garbled()
    inflate = None if encoding == "identity" else zlib.decompressobj(wbits=31)
    body = bytearray()
    async for piece in response.aiter_raw():
        try:
            body += inflate.decompress(piece, max_bytes + 1 - len(body)) if inflate else piece
        except zlib.error as error:
            raise _garbled() from error
        if len(body) > max_bytes:
            raise _too_large(max_bytes)
    if inflate and body and not inflate.eof:
        raise _garbled()
    return bytes(body)


def _too_large(max_bytes: int) -> FetchRefused:
    size = max(1, round(max_bytes / 1_000_000))
    return FetchRefused(
        german=f"Der Inhalt ist größer als {size} MB: bitte einen kürzeren Text oder einen Teil "
        "davon hochladen.",
        english=f"The content is larger than {size} MB: upload a shorter text or a part of it.",
    )


def _garbled() -> FetchFailed:
    return FetchFailed(
        german="Der Server liefert den Inhalt verstümmelt: bitte die Datei selbst hochladen.",
        english="The server delivers the content garbled: upload the file yourself.",
        temporary=False,
    )
