"""How pages of others are read: their newest posts, and what stands under one of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, Protocol, runtime_checkable

from schemas.inbound import InboundEvent
from services.networks.network import NetworkError
from services.networks.targets import Target


@dataclass(frozen=True)
class SeenPost:
    """A post that opens a thread, and its figures; None where the network does not tell them."""

    event: InboundEvent
    likes: int | None = None
    replies: int | None = None
    shares: int | None = None


@dataclass(frozen=True)
class Looked:
    """What one visit found."""

    posts: Sequence[SeenPost]
    memory: str | None = None
    """What the next visit should know, e.g. to ask only for what changed."""
    page_id: str | None = None
    """The network's own id of the page, once the address was understood."""
    readers: int | None = None
    """Followers or subscribers of the page."""
    complete_since: datetime | None = None
    """All of the page's posts from then on are among `posts`: what is missing may be gone."""
    wish: float | None = None
    """Seconds after which the server wants to be asked again."""


def complete_since(posts: Sequence[SeenPost], now: datetime, *, whole: bool) -> datetime:
    """Return from when on a page's posts are all among these; `whole`: the page has no more."""
    if whole:
        return datetime.min.replace(tzinfo=UTC)
    return min((post.event.data.created_at for post in posts), default=now)


Failed = Literal["unreachable", "refused", "gone"]


class NotLooked(NetworkError):
    """A visit that failed and taught something: `memory` is what the next visit should know."""

    def __init__(
        self,
        message: str,
        *,
        trouble: Failed,
        memory: str,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.trouble = trouble
        self.memory = memory
        self.retry_after = retry_after


@dataclass(frozen=True)
class Remark:
    """Something that was said under a post; read, weighed and not kept."""

    author_id: str
    text: str
    is_self: bool
    created_at: datetime


class Lookout(Protocol):
    """Reads pages of others through one connection."""

    async def look(self, target: Target, memory: str | None, now: datetime) -> Looked:
        """Visit a target; raises Temporary or NotLooked, or Refused where it will never work."""
        ...

    async def remarks(self, post_id: str) -> Sequence[Remark] | None:
        """Return what stands under a post, oldest first; None when the post is gone."""
        ...


@runtime_checkable
class Watching(Protocol):
    """A connection through which pages of others can be read."""

    name: str
    connection: str
    lookout: Lookout


@runtime_checkable
class Counting(Protocol):
    """A lookout whose network tells what came of our own words."""

    async def likes(self, native_ids: Sequence[str]) -> Mapping[str, int]:
        """Return how many like each of our posts; those that are gone are left out."""
        ...

    async def followers(self) -> int | None:
        """Return how many follow our account."""
        ...
