"""A made-up network for the search for pages: accounts of twenty kinds, each with a verdict.

The verdict says whether a team that works on the topic would want to watch such a page. It was
given to each kind before anything was scored, and it knows nothing of the score's parts: pages that
post on a topic often may be advertisements or quarrelsome, and some worth watching prove nothing.
Everything is drawn from one seed.
"""

import csv
import io
import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from services.networks.scout import Follows, Offer, Profile, Sighting

UMLAUTS: dict[int, str] = {252: "ue", 228: "ae", 246: "oe", 223: "ss"}
TOPICS = ("Hitze", "Miete", "Radverkehr", "Artenvielfalt")
PLACES = (
    "Warlebek",
    "Sülzhagen",
    "Graustadt",
    "Lindenau",
    "Moorfeld",
    "Hohenwarte",
    "Elmtal",
    "Birkenhall",
)
OTHER = (
    "Guten Morgen!",
    "Fußball am Abend",
    "Neues aus dem Rathaus",
    "Wetter: Regen",
    "Kino",
    "Rezept",
)


@dataclass(frozen=True)
class Sort:
    """How accounts of one sort look; `name` may hold {place} and {topic}."""

    count: int
    """For each topic."""
    name: str
    about: str
    proof: str
    """`domain`: its own; `stranger`: a domain that is called otherwise; `vouched`; `none`."""
    followers: tuple[float, float]
    per_month: tuple[float, float]
    focus: tuple[float, float]
    """Share of its posts that hold the topic's word."""
    replies: tuple[float, float]
    worth: bool
    is_person: bool
    last_days: tuple[float, float]
    followed: float
    """Probability that a partner follows it."""


def sorts() -> list[Sort]:
    """Return the sorts of accounts, with their verdicts."""
    text = (Path(__file__).parent / "discovery_sorts.tsv").read_text(encoding="utf-8")
    return [
        Sort(
            count=int(row["count"]), name=row["name"], about=row["about"], proof=row["proof"],
            followers=_range(row["followers"]), per_month=_range(row["per_month"]),
            focus=_range(row["focus"]), replies=_range(row["replies"]),
            last_days=_range(row["last_days"]), worth=row["worth"] == "yes",
            is_person=row["person"] == "yes", followed=float(row["followed"]),
        )
        for row in csv.DictReader(io.StringIO(text), delimiter="\t")
    ]  # fmt: skip


def _range(written: str) -> tuple[float, float]:
    low, high = written.split("-")
    return float(low), float(high)


@dataclass(frozen=True)
class Account:
    """An account as it was drawn."""

    profile: Profile
    sort: Sort
    topic: str
    posts: Sequence[Sighting]


class World:
    """A network that answers like one; implements `Scout`."""

    network = "bluesky"
    offers: frozenset[Offer] = frozenset({"search", "tag", "follows", "answers"})
    at_once = 25

    def __init__(
        self, accounts: Mapping[str, Account], partners: Mapping[str, Sequence[str]]
    ) -> None:
        self.accounts = accounts
        self.partners = partners

    def host(self, _page_id: str, /) -> str:
        return self.network

    async def search(self, words: str) -> Sequence[Sighting]:
        found = [one for each in self.accounts.values() for one in each.posts if words in one.text]
        return sorted(found, key=lambda one: one.created_at, reverse=True)[:100]

    async def tagged(self, tag: str) -> Sequence[Sighting]:
        return await self.search(f"#{tag}")

    async def linking(self, _domain: str, /) -> Sequence[Sighting]:
        return ()

    async def directory(self) -> Sequence[Profile]:
        return ()

    async def follows(self, page_id: str) -> Follows:
        followed = self.partners[page_id]
        return Follows(followed, [self.accounts[one].profile for one in followed])

    async def find(self, address: str) -> Profile | None:
        return Profile(address, address, "Partnerverein", is_vouched=True)

    async def profiles(self, page_ids: Sequence[str]) -> Sequence[Profile]:
        return [self.accounts[one].profile for one in page_ids]

    async def parted(self, _page_ids: Sequence[str], /) -> Collection[str]:
        return ()

    async def own_posts(self, page_id: str) -> Sequence[Sighting]:
        return self.accounts[page_id].posts[:30]

    async def answering(self, post_id: str) -> Collection[str]:
        account = self.accounts[post_id.partition("/")[0]]
        replies = next(one.replies or 0 for one in account.posts if one.post_id == post_id)
        return {f"reader-{n}" for n in range(replies)}


def draw(seed: int, now: datetime) -> World:
    """Return one world."""
    dice = random.Random(seed)
    accounts: dict[str, Account] = {}
    known = sorts()
    for topic in TOPICS:
        for sort in known:
            for _ in range(sort.count):
                one = _account(dice, sort, topic, len(accounts), now)
                accounts[one.profile.page_id] = one
    partners = {
        f"partner{n}.example": [
            key for key, one in accounts.items() if dice.random() < one.sort.followed
        ]
        for n in range(14)
    }
    return World(accounts, partners)


def _account(dice: random.Random, sort: Sort, topic: str, number: int, now: datetime) -> Account:
    words = {"place": dice.choice(PLACES), "topic": topic}
    name = sort.name.format(**words)
    label = "".join(letter for letter in name.lower().translate(UMLAUTS) if letter.isalnum())
    domains = {"domain": f"{label}.example", "stranger": f"seite{number}.example"}
    page = f"a{number}"
    low, high = sort.followers
    profile = Profile(
        page_id=page, address=f"a{number}.{domains.get(sort.proof, 'bsky.social')}", name=name,
        about=sort.about.format(**words), readers=int(low * (high / low) ** dice.random()),
        proven=frozenset({domains[sort.proof]} if sort.proof in domains else ()),
        is_vouched=sort.proof == "vouched", is_parted=False,
    )  # fmt: skip
    return Account(profile, sort, topic, _posts(dice, sort, topic, page, now))


def _posts(
    dice: random.Random, sort: Sort, topic: str, page: str, now: datetime
) -> Sequence[Sighting]:
    last = now - timedelta(days=dice.uniform(*sort.last_days))
    focus, often = dice.uniform(*sort.focus), round(dice.uniform(*sort.per_month))
    posts = []
    for n in range(max(often, 1)):
        is_about = dice.random() < focus
        text = (
            f"{dice.choice(('', '#'))}{topic}: {dice.choice(OTHER)}"
            if is_about
            else dice.choice(OTHER)
        )
        made = last - timedelta(days=30 * dice.random() if n else 0)
        replies = int(dice.triangular(sort.replies[0], sort.replies[1] + 1, sort.replies[0]))
        key = f"{page}/{n}"
        posts.append(Sighting(page, key, text, made, f"https://posts.example/{key}", replies))
    return sorted(posts, key=lambda one: one.created_at, reverse=True)
