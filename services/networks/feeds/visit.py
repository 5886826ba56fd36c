"""Gets one feed, if it changed, and remembers what its server said on the way."""

import asyncio
import ssl
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from services.kit.fetch import FetchFailed, FetchRefused, InternalAddress, NotModified, fetch
from services.networks.feeds.memory import FeedMemory
from services.networks.feeds.reading import Feed, NotAFeed, read_feed

MAX_BYTES = 3_000_000
_SECONDS = 30.0
INSIDE = (
    "it is on an internal network, from which nothing is fetched; if that is meant, set"
    " WATCH_PRIVATE_ADDRESSES=true"
)
_FAILURES_AFTER_A_MOVE = 2
_FOR_GOOD = frozenset({301, 308})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ACCEPTED = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9,"
    " */*;q=0.5"
)


@dataclass(frozen=True)
class Visited:
    """What a visit brought: the feed, or None when it is as it was, and the new memory."""

    feed: Feed | None
    memory: FeedMemory
    wish: float | None
    """Seconds after which the server wants to be asked again, if it says so."""


class Unvisited(Exception):
    """Nothing came; the message says why, `memory` is what remains, `wish` when to come back.

    `refused`: what came is no feed, or nothing may be fetched there.
    """

    def __init__(
        self, message: str, *, refused: bool, memory: FeedMemory, wish: float | None = None
    ) -> None:
        super().__init__(message)
        self.refused = refused
        self.memory = memory
        self.wish = wish


@dataclass
class _Hops:
    """Statuses on the way to the feed, and the last wish about the next visit."""

    statuses: list[int] = field(default_factory=list)
    wish: float | None = None

    async def note(self, response: httpx.Response) -> None:
        self.statuses.append(response.status_code)
        self.wish = _retry_after(response.headers)

    @property
    def moved_for_good(self) -> bool:
        redirects = [status for status in self.statuses if status in _REDIRECTS]
        return bool(redirects) and _FOR_GOOD.issuperset(redirects)


class Visitor:
    """Visits feeds; `contact` is told to their servers."""

    def __init__(self, *, contact: str, allow_private: bool) -> None:
        named = f"Dialogwerk feed reader ({contact})" if contact else "Dialogwerk feed reader"
        self._headers = {"User-Agent": named, "Accept": _ACCEPTED}
        self._allow_private = allow_private
        self._tls = ssl.create_default_context()

    async def visit(self, address: str, memory: FeedMemory) -> Visited:
        """Ask for the feed where it lives now; raises Unvisited."""
        hops = _Hops()
        url = memory.address or address
        async with httpx.AsyncClient(
            headers=self._headers,
            trust_env=False,
            verify=self._tls,
            event_hooks={"response": [hops.note]},
        ) as client:
            try:
                got = await fetch(
                    url,
                    client=client,
                    max_bytes=MAX_BYTES,
                    seconds=_SECONDS,
                    allow_private=self._allow_private,
                    etag=memory.etag,
                    last_modified=memory.last_modified,
                )
            except FetchRefused as error:
                inside = isinstance(error, InternalAddress)
                raise Unvisited(
                    INSIDE if inside else error.english,
                    refused=True,
                    memory=_after_failure(memory, None),
                ) from error
            except FetchFailed as error:
                raise Unvisited(
                    error.english,
                    refused=False,
                    memory=_after_failure(memory, error.status),
                    wish=hops.wish,
                ) from error
        moved = replace(memory, failures=0)
        if hops.moved_for_good:
            moved = replace(moved, address=got.url)
        if isinstance(got, NotModified):
            return Visited(None, moved, hops.wish)
        try:
            read = await asyncio.to_thread(read_feed, got.body, got.media_type, got.url)
        except NotAFeed as error:
            raise Unvisited(
                str(error), refused=True, memory=_after_failure(memory, None)
            ) from error
        fresh = replace(moved, etag=got.etag, last_modified=got.last_modified)
        return Visited(read, fresh, hops.wish)


def _after_failure(memory: FeedMemory, status: int | None) -> FeedMemory:
    """What its new address does not give is looked for at the old one again; 410 ends the visits.

    A move for good may lead to nowhere later: a domain is sold, a redirect was a mistake.
    """
    memory = replace(memory, failures=memory.failures + 1)
    given_up = status in {404, 410} or memory.failures > _FAILURES_AFTER_A_MOVE
    if memory.address is not None and given_up:
        return replace(memory, address=None, etag=None, last_modified=None)
    return replace(memory, stopped=status == 410)


def _retry_after(headers: httpx.Headers) -> float | None:
    """Seconds, which a server may also say as a date."""
    said = headers.get("Retry-After", "")
    if said.isascii() and said.isdecimal():
        return float(said)
    try:
        return max(0.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
