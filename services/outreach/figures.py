"""What is kept of a page that was found: counts from five on, dates and links. Pure.

Below five a count may point at single persons, so it is dropped here, before anything is stored,
shown, logged or weighed (k-anonymity with k = 5; Sweeney, "k-anonymity", 2002).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.networks.scout import Profile, Sighting
from services.outreach.actor import Actor
from services.outreach.topics import named

FEWEST = 5
RECENT = timedelta(days=30)
"""Age of posts that say what a page is about now."""
SAMPLES = 3


@dataclass(frozen=True)
class Sample:
    """A post of the page: where it stands and when it was made; not its words."""

    url: str
    made_at: datetime


@dataclass(frozen=True)
class OnTopic:
    """What a page has to do with one topic; None: fewer than five."""

    topic: str
    posts: int | None
    share: float | None
    """Of its newest posts; None with fewer than five posts."""
    answers: int | None
    """Different accounts that replied below them."""
    newest: datetime
    samples: Sequence[Sample]


@dataclass(frozen=True)
class Tie:
    """That partners follow a page, or that it links to us; `number` None: fewer than five."""

    number: int | None


@dataclass(frozen=True)
class Found:
    """A page, what it is, and why it is worth a look."""

    profile: Profile
    actor: Actor
    topics: Sequence[OnTopic]


def from_five(count: int) -> int | None:
    """Return a count that points at nobody, None below five."""
    return count if count >= FEWEST else None


def recent(sightings: Collection[Sighting], now: datetime) -> list[Sighting]:
    """Return each post of the last thirty days once, the newest first."""
    by_id = {one.post_id: one for one in sightings if now - one.created_at < RECENT}
    return sorted(by_id.values(), key=lambda one: one.created_at, reverse=True)


def hashtag(topic: str) -> str:
    """Return a topic as a hashtag, without the sign."""
    return "".join(topic.split())


def on_topics(
    own: Sequence[Sighting],
    others: Sequence[Sighting],
    topics: Sequence[str],
    now: datetime,
    *,
    tagged_only: bool = False,
) -> Mapping[str, Sequence[Sighting]]:
    """Return a page's recent posts by the topic that they name; `others` were found by search.

    `tagged_only`: the page does not want its words searched; its hashtags are its own choice.
    """
    posts = recent([*own, *others], now)

    def is_about(one: Sighting, topic: str) -> bool:
        if tagged_only:
            return f"#{hashtag(topic)}".casefold() in one.text.casefold()
        return bool(named(one.text, [topic]))

    by_topic = {topic: [one for one in posts if is_about(one, topic)] for topic in topics}
    return {topic: found for topic, found in by_topic.items() if found}


def figures(
    topic: str, posts: Sequence[Sighting], own: Sequence[Sighting], answers: Collection[str]
) -> OnTopic:
    """Return what is kept of a page's posts about a topic, the newest first."""
    own_ids = {one.post_id for one in own}
    many = from_five(len(posts))
    among = sum(1 for one in posts if one.post_id in own_ids)
    linked = [Sample(one.url, one.created_at) for one in posts if one.url]
    return OnTopic(
        topic=topic,
        posts=many,
        share=round(among / len(own), 2) if many and own and among >= FEWEST else None,
        answers=from_five(len(answers)),
        newest=posts[0].created_at,
        samples=linked[:SAMPLES],
    )
