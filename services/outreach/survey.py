"""Search one network for pages; people who come up on the way are counted and forgotten.

Everything here lives in memory until it is `Found`: whoever is no organisation, medium or office
is dropped as soon as that is seen, and of who replies only the number of accounts is kept.
"""

from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Literal, Protocol, TypeVar

from services.kit.pseudonym import short_key
from services.networks.network import Refused
from services.networks.scout import Profile, Scout, Sighting
from services.outreach.actor import Actor, read_actor
from services.outreach.figures import (
    FEWEST,
    Found,
    Tie,
    figures,
    from_five,
    hashtag,
    on_topics,
    recent,
)
from services.outreach.topics import named

Method = Literal[
    "search",
    "tag",
    "link",
    "follows",
    "profile",
    "profiles",
    "blocks",
    "posts",
    "replies",
    "directory",
    "cites",
]
PROFILES = 100
"""Accounts whose profiles are read in one search, those seen most often."""
STUDIED = 20
"""Pages whose own posts are read in one search."""
THREADS = 24
"""Threads in which the accounts are counted, in one search."""
PER_TOPIC = 2
"""Threads of one page and topic, those with most replies."""
PARTNERS = 30
SITES = 15
"""Web sites that are visited in one search: each is a server of its own."""

T = TypeVar("T")


class Asks(Protocol):
    """Lets one request through when its host may be asked; writes down what was asked and why."""

    async def __call__(
        self, host: str, method: Method, about: str, work: Callable[[], Awaitable[T]]
    ) -> T: ...


@dataclass(frozen=True)
class Result:
    """What a search found, and whom it saw that must not be listed (any more)."""

    found: Sequence[Found]
    unlisted: frozenset[str]
    ties: Mapping[str, Tie]
    """How often partners follow, or a page links to us; also of pages that were found before."""
    is_complete: bool = True
    """Pages without a tie have none; otherwise some were not looked at this time."""


@dataclass
class Survey:
    """One search of one network.

    `is_known` tells of pages that need no finding, `is_fresh` of those whose figures were read
    lately: day by day others get their turn.
    """

    scout: Scout
    asks: Asks
    topics: Sequence[str]
    is_known: Callable[[str], bool]
    is_fresh: Callable[[str], bool]
    now: datetime
    unlisted: set[str] = field(default_factory=set)
    threads_left: int = THREADS

    async def topic(self, topic: str) -> Result:
        """Return pages that write about a topic."""
        seen: list[Sighting] = []
        if "search" in self.scout.offers:
            seen += await self._ask("search", topic, partial(self.scout.search, topic))
        if "tag" in self.scout.offers:
            tag = hashtag(topic)
            seen += await self._ask("tag", f"#{tag}", partial(self.scout.tagged, tag))
        seen = [one for one in recent(seen, self.now) if named(one.text, [topic])]
        pages = await self._pages(seen)
        if "directory" in self.scout.offers:
            listed = await self._ask("directory", "", self.scout.directory)
            wanted = [one for one in listed if named(f"{one.name} {one.about}", [topic])]
            pages += await self._allowed(wanted)
        return await self._result(pages, _by_page(seen), {})

    async def links(self, domains: Sequence[str]) -> Result:
        """Return pages that link to our own domains."""
        seen: list[Sighting] = []
        for domain in domains if "links" in self.scout.offers else ():
            seen += await self._ask("link", domain, partial(self.scout.linking, domain))
        seen = recent(seen, self.now)
        by_page = _by_page(seen)
        ties = {page: Tie(from_five(len(posts))) for page, posts in by_page.items()}
        return await self._result(await self._pages(seen), by_page, ties)

    async def partners(self, addresses: Sequence[str]) -> Result:
        """Return pages that several of our partners follow; of persons among those nothing is read.

        Whom a partner follows is read only of partners that pass for an organisation themselves.
        """
        if "cites" in self.scout.offers:
            return await self._cited(addresses[:PARTNERS])
        followed: Counter[str] = Counter()
        told: dict[str, Profile] = {}
        for address in addresses[:PARTNERS] if "follows" in self.scout.offers else ():
            partner = await self._ask(
                "profile",
                address,
                _unless_refused(partial(self.scout.find, address)),
                page_id=address,
            )
            if partner is None or partner.wants_no_listing or read_actor(partner) is None:
                continue
            follows = await self._ask(
                "follows", address,
                _unless_refused(partial(self.scout.follows, partner.page_id)),
                page_id=partner.page_id,
            )  # fmt: skip
            if follows is None:
                continue
            followed.update(set(follows.page_ids))
            told |= {one.page_id: one for one in follows.profiles if read_actor(one)}
        wanted = [page for page, _ in followed.most_common() if page in told or not told]
        ties = {page: Tie(from_five(times)) for page, times in followed.items()}
        whole = {page: one for page, one in told.items() if one.readers is not None}
        return await self._result(await self._known(wanted, whole), {}, ties)

    async def _cited(self, addresses: Sequence[str]) -> Result:
        """Return sites that articles of partners and media link to; every day others get a look."""
        cited: Counter[str] = Counter()
        for address in addresses:
            found = await self._ask(
                "cites",
                address,
                _unless_refused(partial(self.scout.follows, address)),
                page_id=address,
            )
            cited.update(set(found.page_ids if found else ()))
        day = self.now.date().isoformat()
        today = sorted(cited, key=lambda site: short_key(day, site))[:SITES]
        pages = await self._known(today, {})
        ties = {one.page_id: Tie(from_five(cited[one.found_as])) for one, _ in pages}
        result = await self._result(pages, {}, ties)
        return replace(result, is_complete=False)

    async def _pages(self, seen: Sequence[Sighting]) -> list[tuple[Profile, Actor]]:
        """Return the pages among the authors, those seen most often first."""
        often = Counter(one.page_id for one in seen)
        told = {one.page_id: one.profile for one in seen if one.profile is not None}
        return await self._known([page for page, _ in often.most_common()], told)

    async def _known(
        self, order: Sequence[str], told: Mapping[str, Profile]
    ) -> list[tuple[Profile, Actor]]:
        """Return which of these accounts are pages; profiles that nobody told are read."""
        some = await self._read([page for page in order if page not in told])
        some += await self._allowed([told[page] for page in order if page in told])
        pages = {one.found_as or one.page_id: (one, actor) for one, actor in some}
        return [pages[page] for page in order if page in pages]

    async def _read(self, page_ids: Sequence[str]) -> list[tuple[Profile, Actor]]:
        wanted = [page for page in page_ids if not self.is_known(page)][:PROFILES]
        profiles: list[Profile] = []
        for start in range(0, len(wanted), self.scout.at_once):
            some = wanted[start : start + self.scout.at_once]
            about = some[0] if self.scout.at_once == 1 else ""
            profiles += await self._ask(
                "profiles", about, partial(self.scout.profiles, some), page_id=some[0]
            )
        return await self._allowed(profiles)

    async def _allowed(self, profiles: Sequence[Profile]) -> list[tuple[Profile, Actor]]:
        """Return who is no private person, lets others find it and has no quarrel with us."""
        pages = []
        for profile in profiles:
            actor = read_actor(profile)
            if actor is None or profile.wants_no_listing or profile.is_parted:
                self.unlisted.add(profile.page_id)
            elif not self.is_known(profile.page_id):
                pages.append((profile, actor))
        unsure = [one.page_id for one, _ in pages if one.is_parted is None]
        for start in range(0, len(unsure), self.scout.at_once):
            some = unsure[start : start + self.scout.at_once]
            self.unlisted |= set(await self._ask("blocks", "", partial(self.scout.parted, some)))
        return [(one, actor) for one, actor in pages if one.page_id not in self.unlisted]

    async def _result(
        self,
        pages: Sequence[tuple[Profile, Actor]],
        seen: Mapping[str, Sequence[Sighting]],
        ties: Mapping[str, Tie],
    ) -> Result:
        due = [(one, actor) for one, actor in pages if not self.is_fresh(one.page_id)]
        once = {one.page_id: (one, actor) for one, actor in due}
        found = [
            await self._study(profile, actor, seen.get(profile.page_id, ()))
            for profile, actor in list(once.values())[:STUDIED]
        ]
        listed = [one for one in found if one.topics]
        return Result(listed, frozenset(self.unlisted), ties)

    async def _study(self, profile: Profile, actor: Actor, seen: Sequence[Sighting]) -> Found:
        """Read a page's own posts, and how many accounts reply below those on our topics."""
        shown = await self._ask(
            "posts",
            profile.address,
            _unless_refused(partial(self.scout.own_posts, profile.page_id)),
            page_id=profile.page_id,
        )
        if shown is None:
            return Found(profile, actor, ())
        own = recent(shown, self.now)
        by_topic = on_topics(own, seen, self.topics, self.now, tagged_only=profile.wants_no_search)
        topics = []
        for topic, posts in by_topic.items():
            answers = await self._answers(profile, posts)
            topics.append(figures(topic, posts, own, answers))
        return Found(profile, actor, topics)

    async def _answers(self, profile: Profile, posts: Sequence[Sighting]) -> set[str]:
        """Return who replies below a page's posts; too few to be counted are not read."""
        talked = [one for one in posts if (one.replies or 0) >= FEWEST]
        talked.sort(key=lambda one: -(one.replies or 0))
        accounts: set[str] = set()
        most = min(PER_TOPIC, self.threads_left) if "answers" in self.scout.offers else 0
        for post in talked[:most]:
            self.threads_left -= 1
            answering = await self._ask(
                "replies",
                post.url or profile.address,
                _unless_refused(partial(self.scout.answering, post.post_id)),
                page_id=profile.page_id,
            )
            accounts |= set(answering or ())
        return accounts - {profile.page_id}

    async def _ask(
        self, method: Method, about: str, work: Callable[[], Awaitable[T]], *, page_id: str = ""
    ) -> T:
        return await self.asks(self.scout.host(page_id), method, about, work)


def _by_page(seen: Sequence[Sighting]) -> dict[str, list[Sighting]]:
    pages: dict[str, list[Sighting]] = defaultdict(list)
    for one in seen:
        pages[one.page_id].append(one)
    return pages


def _unless_refused(work: Callable[[], Awaitable[T]]) -> Callable[[], Awaitable[T | None]]:
    """Return the work for one page of many; None where that one is gone or shut.

    A refused sign-in ends the search.
    """

    async def done() -> T | None:
        try:
            return await work()
        except Refused as error:
            if error.code == "token":
                raise
            return None

    return done
