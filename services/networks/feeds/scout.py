"""Finds web sites with feeds: those that articles of watched feeds link to."""

import asyncio
import ssl
from collections.abc import Collection, Sequence
from urllib.parse import urlsplit

import httpx

from services.kit.fetch import FetchFailed, FetchRefused, fetch
from services.networks.feeds.reading import Feed, NotAFeed, read_feed
from services.networks.feeds.site import (
    AGENT,
    linked_sites,
    may_visit,
    origin_of,
    read_site,
    refuses,
)
from services.networks.scout import Follows, Offer, Profile, Sighting

MAX_BYTES = 3_000_000
ROBOTS_BYTES = 500_000
_SECONDS = 20.0


class FeedScout:
    """Needs no account; `contact` is told to the servers. What does not answer is left out."""

    network = "feeds"
    offers: frozenset[Offer] = frozenset({"cites"})
    at_once = 1

    def __init__(self, *, contact: str = "", allow_private: bool = False) -> None:
        named = f"{AGENT} page finder ({contact})" if contact else f"{AGENT} page finder"
        self._headers = {"User-Agent": named}
        self._allow_private = allow_private
        self._tls = ssl.create_default_context()

    def host(self, page_id: str, /) -> str:
        return (urlsplit(page_id).hostname or self.network).lower()

    async def follows(self, page_id: str) -> Follows:
        """Return the sites that a feed's articles link to."""
        body, _ = await self._read(page_id, MAX_BYTES)
        feed = await asyncio.to_thread(_read_feed, body, page_id)
        if feed is None or body is None:
            return Follows(())
        return Follows(await asyncio.to_thread(linked_sites, body, page_id))

    async def profiles(self, page_ids: Sequence[str]) -> Sequence[Profile]:
        """Return the site at an origin, when its robots.txt lets us read its home page."""
        found = []
        for origin in page_ids[: self.at_once]:
            home = f"{origin}/"
            robots, status = await self._read(f"{origin}/robots.txt", ROBOTS_BYTES)
            known = robots if robots is not None else b"" if status in {404, 410} else None
            if known is None or not may_visit(known.decode("utf-8", "replace"), home):
                continue
            body, _ = await self._read(home, MAX_BYTES)
            site = await asyncio.to_thread(read_site, body, home) if body else None
            if site is not None:
                found.append(
                    Profile(
                        page_id=site.feed, address=site.feed, name=site.name, about=site.about,
                        url=home, home=self.host(origin), is_declared=site.is_declared,
                        wants_no_listing=site.wants_no_listing, is_parted=False, found_as=origin,
                        channels=site.channels,
                    )
                )  # fmt: skip
        return found

    async def own_posts(self, page_id: str) -> Sequence[Sighting]:
        body, _ = await self._read(page_id, MAX_BYTES)
        feed = await asyncio.to_thread(_read_feed, body, page_id)
        return [
            Sighting(page_id, one.names[0], one.text, one.published_at, one.url)
            for one in (feed.articles if feed else ())
            if one.published_at is not None
        ]

    async def search(self, _words: str, /) -> Sequence[Sighting]:
        return ()

    async def tagged(self, _tag: str, /) -> Sequence[Sighting]:
        return ()

    async def linking(self, _domain: str, /) -> Sequence[Sighting]:
        return ()

    async def directory(self) -> Sequence[Profile]:
        return ()

    async def find(self, address: str) -> Profile | None:
        found = await self.profiles([origin_of(address)])
        return next(iter(found), None)

    async def parted(self, _page_ids: Sequence[str], /) -> Collection[str]:
        return frozenset()

    async def answering(self, _post_id: str, /) -> Collection[str]:
        return frozenset()

    async def _read(self, url: str, most: int) -> tuple[bytes | None, int | None]:
        """Return a body, or None and the status; a page that asks not to be indexed has none."""
        said: list[httpx.Response] = []

        async def note(response: httpx.Response) -> None:
            said.append(response)

        async with httpx.AsyncClient(
            headers=self._headers, trust_env=False, verify=self._tls,
            event_hooks={"response": [note]},
        ) as client:  # fmt: skip
            try:
                got = await fetch(
                    url, client=client, max_bytes=most, seconds=_SECONDS,
                    allow_private=self._allow_private,
                )  # fmt: skip
            except FetchRefused:
                return None, None
            except FetchFailed as error:
                return None, error.status
        if said and refuses(said[-1].headers.get("X-Robots-Tag", "")):
            return None, None
        return got.body, None


def _read_feed(body: bytes | None, url: str) -> Feed | None:
    """Return a feed; None for what is none."""
    try:
        return read_feed(body, None, url) if body else None
    except NotAFeed:
        return None
