"""What every network can do for us, and how it says no."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from schemas.inbound import InboundEvent, Visibility

LengthUnit = Literal["character", "grapheme", "byte"]


@dataclass(frozen=True)
class Capabilities:
    """What a platform lets us do; the desk and the drafts obey it."""

    reply_on_own_pages: bool
    reply_on_watched_pages: bool
    hide: bool
    delete_own_reply: bool
    sees_edits: bool
    sees_deletes: bool
    keyed_posting: bool
    """The platform itself makes a second post with the same key harmless."""
    max_length: int
    length_unit: LengthUnit
    reply_depth: int | None
    """Levels below a post that may be replied to; None: no limit."""


@dataclass(frozen=True)
class Unreadable:
    """Something a network told us that is no event we understand; it goes to the dead letters."""

    raw: bytes
    reason: str


@dataclass(frozen=True)
class Batch:
    """Events in the order the network told them, and the cursor to commit together with them."""

    events: Sequence[InboundEvent]
    cursor: str
    unreadable: Sequence[Unreadable] = ()


@dataclass(frozen=True)
class Standing:
    """How a comment stands on the network at this moment."""

    native_id: str
    revision: str
    text: str
    visibility: Visibility
    can_reply: bool
    why_not: Literal["blocked", "locked", "hidden"] | None = None


@dataclass(frozen=True)
class Posted:
    """A reply of ours as the network holds it."""

    native_id: str
    url: str | None
    text: str
    visibility: Visibility
    posted_at: datetime


class NetworkError(Exception):
    """Anything a network did not do; the message says what to do about it."""


class Temporary(NetworkError):
    """Certainly not done; worth another try after `retry_after` seconds."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class OutcomeUnknown(NetworkError):
    """The request left us and no answer came: it may have been done. Look before trying again."""


class Refused(NetworkError):
    """The network said no, and will say no again."""

    def __init__(
        self,
        message: str,
        *,
        code: Literal["gone", "blocked", "locked", "too_long", "token", "scope", "invalid"],
    ) -> None:
        super().__init__(message)
        self.code = code


class Network(Protocol):
    """One connection: an account or page on one platform."""

    name: str
    connection: str
    """Source of this connection's events, e.g. `sandbox:lindenhof`."""
    capabilities: Capabilities

    def listen(self, cursor: str | None) -> AsyncIterator[Batch]:
        """Yield batches after the cursor for ever; raise Temporary when the connection breaks."""
        ...

    async def read(self, native_id: str) -> Standing | None:
        """Return how the comment stands now, None when it is gone."""
        ...

    async def reply(self, *, parent_id: str, text: str, key: str, visibility: Visibility) -> Posted:
        """Post once under `key`; raises Temporary, OutcomeUnknown or Refused."""
        ...

    async def find_reply(self, *, parent_id: str, key: str, text: str) -> Posted | None:
        """Look up whether the reply of this key (or, without keys, this text) already stands."""
        ...

    async def delete(self, native_id: str) -> bool:
        """Delete a reply of ours; True when it is gone afterwards."""
        ...

    async def close(self) -> None: ...
