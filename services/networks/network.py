"""What every network can do for us, and how it says no."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

from schemas.inbound import Inbound, Visibility

LengthUnit = Literal["character", "grapheme", "byte"]


@dataclass(frozen=True)
class Capabilities:
    """What a platform lets us do; the desk and the drafts obey it.

    A connection may know better than its platform's defaults once it has asked its server.
    """

    receive: Literal["stream", "poll", "webhook"]
    """How news reaches us; `stream` and `webhook` are backed by polling."""
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
    max_bytes: int | None = None
    """A second limit beside `max_length`: bytes of UTF-8."""
    url_length: int | None = None
    """What every web address counts, whatever its length; None: as long as it is."""


@dataclass(frozen=True)
class Unreadable:
    """Something a network told us that is no event we understand; it goes to the dead letters."""

    raw: bytes
    reason: str


@dataclass(frozen=True)
class Batch:
    """Events in the order the network told them, and the cursor to commit together with them."""

    events: Sequence[Inbound]
    cursor: str
    unreadable: Sequence[Unreadable] = ()


@dataclass(frozen=True)
class Outgoing:
    """An approved reply on its way out: the same one however often it is tried."""

    parent_id: str
    text: str
    key: str
    """Names the approval; no two approvals share it."""
    approved_at: datetime
    visibility: Visibility
    """That of the comment it answers: a reply is never shown to more people than that was."""
    language: str = "und"


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


FaultCode = Literal[
    "unreachable",
    "token",
    "scope",
    "not_subscribed",
    "expiring",
    "expired",
    "auth_header",
    "filtered",
    "quota",
    "incompatible",
]
"""What can be wrong with a connection; the desk and the command know a sentence for each."""


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a connection."""

    code: FaultCode
    detail: str = ""
    """What the network said or which permission is missing; never a secret."""


@dataclass(frozen=True)
class Budget:
    """Calls that a platform grants per day."""

    used: int
    of: int
    resets_at: datetime


@dataclass(frozen=True)
class Diagnosis:
    """How a connection stands, as its network tells it."""

    signed_in_as: str | None
    capabilities: Capabilities
    permissions: Mapping[str, bool] = field(default_factory=dict)
    """Each permission that we need, and whether it was granted."""
    subscribed: bool | None = None
    """Whether the platform will call us; None where nothing is to be subscribed."""
    expiries: Mapping[str, datetime] = field(default_factory=dict)
    """What ends when: the token, the platform's version."""
    budget: Budget | None = None
    faults: Sequence[Fault] = ()


class NetworkError(Exception):
    """Anything a network did not do; the message says what to do about it."""


class Temporary(NetworkError):
    """Certainly not done; worth another try after `retry_after` seconds."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class OutcomeUnknown(NetworkError):
    """The request left us and no answer came: it may have been done. Look before trying again."""


RefusalCode = Literal[
    "gone", "blocked", "locked", "hidden", "not_public", "too_long", "token", "scope", "invalid"
]


class Refused(NetworkError):
    """The network said no, and will say no again."""

    def __init__(
        self,
        message: str,
        *,
        code: RefusalCode,
    ) -> None:
        super().__init__(message)
        self.code = code


class Network(Protocol):
    """One connection: an account or page on one platform."""

    name: str
    connection: str
    """Source of this connection's events, e.g. `sandbox:lindenhof`."""
    capabilities: Capabilities

    def listen(self, cursor: str | None) -> AsyncGenerator[Batch]:
        """Yield batches after the cursor for ever; raise Temporary when the connection breaks."""
        ...

    async def read(self, native_id: str) -> Standing | None:
        """Return how the comment stands now, None when it is gone."""
        ...

    async def reply(self, outgoing: Outgoing) -> Posted:
        """Post once; raises Temporary, OutcomeUnknown or Refused.

        The visibility is always sent; a reply that the network shows to others than asked for is
        taken down again and counts as refused.
        """
        ...

    async def find_reply(self, outgoing: Outgoing) -> Posted | None:
        """Look up whether this reply (without keys: this text of ours) already stands."""
        ...

    async def delete(self, native_id: str) -> bool:
        """Delete a reply of ours; True when it is gone afterwards."""
        ...

    async def hide(self, native_id: str, *, hidden: bool) -> bool:
        """Hide a comment from the public or show it again; True when it is so afterwards.

        Raises Refused where the platform cannot (`capabilities.hide`).
        """
        ...

    async def check(self) -> Diagnosis:
        """Ask the network how this connection stands; a fault is a finding, not an exception."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True)
class Called:
    """What a platform's call at our door told one connection."""

    events: Sequence[Inbound]
    unreadable: Sequence[Unreadable] = ()
    others: frozenset[str] = frozenset()
    """Pages in the call that are not ours; another connection of the hook must know them."""


class NotSigned(Exception):
    """A call at our door without a valid signature; the message says what is wrong with it."""


@runtime_checkable
class Hooked(Protocol):
    """A network that calls us; connections with the same `hook` share one address."""

    hook: str
    """Last part of the address: `meta` is called at `/hooks/meta`."""

    def challenge(self, query: Mapping[str, str]) -> str | None:
        """Return what a verification request wants to hear, None when it is not for us."""
        ...

    async def called(self, headers: Mapping[str, str], body: bytes) -> Called:
        """Read a call from its raw bytes; header names are lower case. Raises NotSigned."""
        ...
