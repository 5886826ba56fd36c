"""Watches RSS and Atom feeds; nothing can be said there."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from typing import NoReturn

from schemas.inbound import Inbound
from services.networks.feeds.mapping import NETWORK, event_from
from services.networks.feeds.memory import FeedMemory, Memory, recall, remember
from services.networks.feeds.settings import FeedsSettings, WatchedFeed
from services.networks.feeds.visit import Unvisited, Visitor
from services.networks.keeper import Keeper
from services.networks.network import (
    Batch,
    Capabilities,
    Diagnosis,
    Fault,
    Outgoing,
    Posted,
    Refused,
    Standing,
)

_log = logging.getLogger(__name__)

_LONGEST_SLEEP = 3600.0


class FeedsNetwork:
    """Visits each feed at a pace of its own; one feed's trouble does not silence the others.

    `interval` is how often a feed is visited, in seconds; None takes the settings' minutes. There
    is no account: the keeper is not used.
    """

    name: str = NETWORK
    connection: str
    capabilities = Capabilities(
        receive="poll",
        reply_on_own_pages=False,
        reply_on_watched_pages=False,
        hide=False,
        delete_own_reply=False,
        sees_edits=True,
        sees_deletes=False,
        keyed_posting=False,
        max_length=0,
        length_unit="character",
        reply_depth=0,
    )

    def __init__(
        self,
        settings: FeedsSettings,
        keeper: Keeper,  # noqa: ARG002 - every connector is made alike; a feed needs no session
        *,
        connection: str,
        interval: float | None = None,
    ) -> None:
        self.connection = connection
        self._settings = settings
        self._base = timedelta(seconds=interval or settings.minutes * 60)
        self._visitor = Visitor(contact=settings.contact, allow_private=settings.allow_private)

    async def listen(self, cursor: str | None) -> AsyncGenerator[Batch]:
        """Yield each visit's news and the memory after it, for ever."""
        memory = dict(self._memory(cursor))
        while True:
            for feed in self._settings.feeds:
                known = memory.get(feed.address, FeedMemory())
                now = datetime.now(UTC)
                if known.stopped or known.next_at > now.timestamp():
                    continue
                memory[feed.address], events = await self._visit(feed, known, now)
                yield Batch(events, remember(memory))
            await asyncio.sleep(self._until_the_next(memory, datetime.now(UTC)))

    async def read(self, native_id: str) -> Standing | None:
        """Refuse: an article is read in its feed or not at all."""
        return _watched_only(native_id)

    async def reply(self, outgoing: Outgoing) -> Posted:
        """Refuse: nothing can be said in a feed."""
        return _watched_only(outgoing.parent_id)

    async def find_reply(self, outgoing: Outgoing) -> Posted | None:  # noqa: ARG002 - the protocol's
        """Find nothing: nothing of ours can stand in a feed."""
        return None

    async def delete(self, native_id: str) -> bool:
        """Refuse: nothing of ours stands in a feed."""
        return _watched_only(native_id)

    async def hide(self, native_id: str, *, hidden: bool) -> bool:  # noqa: ARG002 - the protocol's
        """Refuse: other people's articles are not ours to hide."""
        return _watched_only(native_id)

    async def check(self) -> Diagnosis:
        """Visit every feed once; each that brings nothing is a fault with its name."""
        found = await asyncio.gather(*(self._fault(feed) for feed in self._settings.feeds))
        return Diagnosis(None, self.capabilities, faults=[fault for fault in found if fault])

    async def close(self) -> None:
        """Nothing is kept open between two visits."""

    def _memory(self, cursor: str | None) -> Memory:
        """Return what is remembered of the feeds that are still watched."""
        try:
            memory = recall(cursor) if cursor is not None else {}
        except ValueError as error:
            _log.warning("%s: %s, beginning as at a first start", self.connection, error)
            return {}
        watched = {feed.address for feed in self._settings.feeds}
        return {address: known for address, known in memory.items() if address in watched}

    async def _visit(
        self, feed: WatchedFeed, known: FeedMemory, now: datetime
    ) -> tuple[FeedMemory, list[Inbound]]:
        try:
            visited = await self._visitor.visit(feed, known)
        except Unvisited as error:
            _log.warning("%s: %s: %s", self.connection, feed.address, error)
            return error.memory.failed(feed.address, now, self._base, wish=error.wish), []
        after, events = visited.memory, list[Inbound]()
        if visited.feed is not None:
            look_back = timedelta(hours=self._settings.look_back_hours)
            after, news = after.after_news(visited.feed.articles, now=now, look_back=look_back)
            events += [
                event_from(one, feed, visited.feed.site, source=self.connection, now=now)
                for one in news
            ]
        told = bool(events)
        return after.scheduled(feed.address, now, self._base, told=told, wish=visited.wish), events

    async def _fault(self, feed: WatchedFeed) -> Fault | None:
        try:
            await self._visitor.visit(feed, FeedMemory())
        except Unvisited as error:
            return Fault(error.code, f"{feed.name}: {error}")
        return None

    def _until_the_next(self, memory: Memory, now: datetime) -> float:
        waits = [
            memory[feed.address].next_at - now.timestamp()
            for feed in self._settings.feeds
            if not memory[feed.address].stopped
        ]
        return min(max(min(waits, default=_LONGEST_SLEEP), 0.0), _LONGEST_SLEEP)


def _watched_only(native_id: str) -> NoReturn:
    raise Refused(f"{native_id} stands in a feed, which can only be watched", code="scope")
