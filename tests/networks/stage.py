"""A platform at which a test can make things happen: people comment, answers get lost."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Protocol

from schemas.inbound import InboundEvent, Visibility
from services.networks.network import Batch, Network, Outgoing

PATIENCE = 20.0
"""Seconds after which an event that did not come counts as missing."""


class Stage(Protocol):
    """A platform on which a post of our own page is open for comments."""

    network: Network

    def another_network(self) -> Network:
        """Return a second instance of the same connection, as after a restart."""
        ...

    def network_with_wrong_token(self) -> Network: ...

    def unreachable_network(self) -> Network: ...

    async def someone_comments(self, text: str) -> str:
        """Let a person comment on our post; returns the comment's native id."""
        ...

    async def author_edits(self, native_id: str, text: str) -> None: ...

    async def author_deletes(self, native_id: str) -> None: ...

    async def someone_writes_privately(self, text: str) -> str: ...

    async def next_write_loses_its_answer(self) -> None:
        """Let the platform do the next write and close the connection without an answer."""
        ...

    async def next_write_gets_lost(self) -> None:
        """Let the connection close before the platform does anything with the next write."""
        ...

    async def next_write_is_too_early(self, seconds: int) -> None:
        """Let the platform answer the next write with 429 and `Retry-After`."""
        ...

    async def texts_under(self, native_id: str) -> list[str]:
        """Return the texts of all replies to a comment, as an outsider sees them."""
        ...


def outgoing(
    *,
    parent_id: str,
    text: str,
    key: str,
    visibility: Visibility = "public",
    approved_at: datetime | None = None,
) -> Outgoing:
    """Return an approved reply; one key was approved at one moment."""
    moment = approved_at or _APPROVED.setdefault(key, datetime.now(UTC))
    return Outgoing(parent_id, text, key, moment, visibility)


_APPROVED: dict[str, datetime] = {}


def comments_in(batch: Batch) -> list[InboundEvent]:
    """Return the events about comments; notices are left out."""
    return [event for event in batch.events if isinstance(event, InboundEvent)]


async def told(
    network: Network, wanted: Callable[[InboundEvent], bool], cursor: str | None = None
) -> tuple[list[InboundEvent], str]:
    """Listen until an event is wanted; return all events so far and the cursor behind them."""
    seen: list[InboundEvent] = []
    async with asyncio.timeout(PATIENCE), aclosing(network.listen(cursor)) as batches:
        async for batch in batches:
            events = comments_in(batch)
            seen += events
            if any(wanted(event) for event in events):
                return seen, batch.cursor
    raise AssertionError("listening ended")


def about(native_id: str, event_type: str = "") -> Callable[[InboundEvent], bool]:
    """Match events about one comment, of all types or of one."""
    return lambda event: event.data.native_id == native_id and event.type.startswith(event_type)


async def the_event(
    stage: Stage, native_id: str, event_type: str = "", cursor: str | None = None
) -> InboundEvent:
    events, _ = await told(stage.network, about(native_id, event_type), cursor)
    return next(event for event in events if about(native_id, event_type)(event))
