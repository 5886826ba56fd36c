"""The event feed of a token, and the bell that wakes whoever waits for it."""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TypeVar

from services.networks.sandbox.ledger import Ledger
from services.networks.sandbox.world import FeedItem, Principal, Refusal, in_audience, may_see

_CHUNK = 200

Found = TypeVar("Found")


class Bell:
    """Wakes everybody who waits, as often as something is written."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()
        self._closed = False

    def ring(self) -> None:
        """Wake everybody who waits now."""
        self._rung.set()
        self._rung = asyncio.Event()

    def close(self) -> None:
        """End every wait, those that are still to come too."""
        self._closed = True
        self.ring()

    async def until(self, found: Callable[[], Found | None], seconds: float) -> Found | None:
        """Return what `found` finds, asked again at each ring; None after so many seconds."""
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            rung = self._rung
            result = found()
            if result is not None or self._closed:
                return result
            try:
                async with asyncio.timeout_at(deadline):
                    await rung.wait()
            except TimeoutError:
                return None


@dataclass(frozen=True)
class Stretch:
    """A stretch of the feed: what concerns the reader, and where to go on."""

    items: tuple[FeedItem, ...]
    cursor: int


class Feed:
    """What happened on the pages somebody owns or watches, in the order it happened."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def after(self, reader: Principal, cursor: int, limit: int) -> Stretch:
        """Return up to `limit` events after the cursor; refuse a cursor from another life."""
        if cursor > self._ledger.last_seq():
            raise Refusal(410, "unknown_cursor", "This cursor is ahead of the feed; begin at 0.")
        relations = self._ledger.relations(reader.actors)
        items: list[FeedItem] = []
        while True:
            chunk = self._ledger.events_after(cursor, _CHUNK)
            for item in chunk:
                cursor = item.seq
                if _concerns(reader, item, relations):
                    items.append(item)
                    if len(items) == limit:
                        return Stretch(tuple(items), cursor)
            if len(chunk) < _CHUNK:
                return Stretch(tuple(items), cursor)


def _concerns(reader: Principal, item: FeedItem, relations: Collection[str]) -> bool:
    if item.only_to is not None:
        return item.only_to in reader.actors
    if item.note.page_id not in relations:
        return False
    if item.type.endswith(".deleted"):
        return in_audience(reader.actors, item.note)
    return may_see(reader.actors, item.note)
