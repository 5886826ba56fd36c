"""How pages are found that nobody has entered yet: who writes about a topic, who follows whom.

What a scout returns lives in memory while a search runs. Who asks keeps nothing of it but what is
said about organisations, news media and holders of public office.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

Offer = Literal["search", "tag", "links", "follows", "cites", "answers", "directory"]
"""What a network can be asked: words, a hashtag, a domain, follows, who replies, who is there.

`cites`: `follows` are links in published articles, which may be read whoever publishes them.
"""


@dataclass(frozen=True)
class Profile:
    """What an account says of itself, and what its network confirms."""

    page_id: str
    """The network's own id, as a visit to the page returns it too."""
    address: str
    """As it is entered to be watched."""
    name: str
    about: str = ""
    url: str | None = None
    readers: int | None = None
    proven: frozenset[str] = frozenset()
    """Domains whose owner confirms that the account is theirs."""
    home: str = ""
    """The server where it lives, where there are many."""
    is_group: bool = False
    is_bot: bool = False
    is_declared: bool = False
    """The network or the site itself says that this is an organisation."""
    is_vouched: bool = False
    """The network checked who it is."""
    wants_no_listing: bool = False
    """It asks not to be found, indexed or read without signing in."""
    wants_no_search: bool = False
    """Its posts are not to be found by their words; a hashtag is its own choice."""
    found_as: str = ""
    """What it was asked as, where that is not its id."""
    channels: tuple[str, ...] = ()
    """Ids of the YouTube channels that a web site names as its own."""
    is_parted: bool | None = None
    """It blocks us or we block it; None: the network has to be asked for it."""


@dataclass(frozen=True)
class Sighting:
    """One public post, and who wrote it."""

    page_id: str
    post_id: str
    text: str
    created_at: datetime
    url: str | None = None
    replies: int | None = None
    profile: Profile | None = None
    """Where the network tells it along with the post."""


@dataclass(frozen=True)
class Follows:
    """Whom a page follows or links to; profiles where the network tells them along."""

    page_ids: Sequence[str]
    profiles: Sequence[Profile] = ()


class Scout(Protocol):
    """Asks one network; each call is one request or, where that is said, two.

    Raises Temporary, or Refused where it will never work. What is too old is left out by
    who asks; what a network does not offer is not asked of it.
    """

    network: str
    offers: frozenset[Offer]
    at_once: int
    """Profiles that one request returns."""

    def host(self, page_id: str, /) -> str:
        """Return whose patience a question about a page costs; of all pages with an empty id."""
        ...

    async def search(self, words: str, /) -> Sequence[Sighting]:
        """Return the newest posts with these words."""
        ...

    async def tagged(self, tag: str, /) -> Sequence[Sighting]:
        """Return the newest posts with a hashtag, given without its sign."""
        ...

    async def linking(self, domain: str, /) -> Sequence[Sighting]:
        """Return the newest posts that link to a domain."""
        ...

    async def directory(self) -> Sequence[Profile]:
        """Return accounts that want to be found by everybody."""
        ...

    async def follows(self, page_id: str, /) -> Follows:
        """Return whom a page follows; nobody where it keeps that to itself."""
        ...

    async def find(self, address: str) -> Profile | None:
        """Return the profile at an address as people enter it; takes up to two requests."""
        ...

    async def profiles(self, page_ids: Sequence[str]) -> Sequence[Profile]:
        """Return up to `at_once` profiles; one that is not shown to us is left out."""
        ...

    async def parted(self, page_ids: Sequence[str], /) -> Collection[str]:
        """Return which of up to `at_once` accounts block us or are blocked by us."""
        ...

    async def own_posts(self, page_id: str) -> Sequence[Sighting]:
        """Return an account's own newest posts that are no replies."""
        ...

    async def answering(self, post_id: str, /) -> Collection[str]:
        """Return ids of the accounts that reply below a post, to be counted and forgotten."""
        ...


@runtime_checkable
class Scouting(Protocol):
    """A connection through which pages can be found."""

    name: str
    connection: str
    scout: Scout
