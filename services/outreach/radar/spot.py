"""Look whether a post of a watched page tells of a partner's success or trouble."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

from schemas.comments import OfComment
from services.kit.db import Connection, Pool
from services.kit.language import detect_language
from services.kit.prompt import Prompt
from services.networks.length import fits
from services.networks.places import place
from services.outreach.radar.doubt import Completes, lowered, second_reading, weighed
from services.outreach.radar.draft import Addressed, manner_of, write
from services.outreach.radar.events import WINDOWS, family_of, folded
from services.outreach.radar.impression import Impressions
from services.outreach.radar.lexicon import Language
from services.outreach.radar.recognise import Found, Told, recognise
from services.outreach.radar.sentences import is_named
from services.store import radar
from services.store.items import tell_desks
from services.store.radar import RadarItem, RadarPost, RadarVerdict

LONGEST = 8000
"""Characters beyond which a text is an article: nobody can tell from its words what it is about."""


@dataclass(frozen=True)
class Radar:
    """What is needed to look; without a model nobody reads twice."""

    pool: Pool
    impressions: Impressions
    prompts: Mapping[str, Prompt]
    address: str
    """How the organisation addresses people: du, sie or mirror."""
    model: Completes | None = None


@dataclass(frozen=True)
class Reading:
    """What a post was taken for, and who it is about."""

    found: Found
    about: str
    own: bool
    language: Language


async def spot(looking: Radar, event: OfComment, now: datetime) -> RadarItem | None:
    """Return what to offer; None for nothing, and for what is too old or no longer stands."""
    async with looking.pool.connection() as connection:
        post = await radar.read_radar_post(connection, event)
    if post is None:
        return None
    read = read_rules(post)
    if read is None:
        return None
    (how,) = await looking.impressions.of([post.text])
    found = weighed(read.found, how)
    if found.verdict == "neither":
        return None
    if looking.model is not None and found.verdict in ("success", "trouble"):
        said = await second_reading(
            looking.model, looking.prompts, post.text, read.about, read.language
        )
        found = lowered(found, said)
    return _item(looking, post, replace(read, found=found), now)


async def note(
    connection: Connection, event: OfComment, item: RadarItem | None, now: datetime
) -> None:
    """Offer what was found, or take back what an earlier text was offered for."""
    if item is None:
        await radar.take_back(connection, event, now)
    elif await radar.put_item(connection, event, item, day=now.astimezone().date(), now=now):
        await tell_desks(connection, event.thread_key)


def read_rules(post: RadarPost) -> Reading | None:
    """Return what the word lists find in a post; None for nothing, and in a long article. Pure."""
    detected = detect_language(post.text)
    if len(post.text) > LONGEST or detected not in ("de", "en", "und"):
        return None
    language: Language = "en" if detected == "en" else "de"
    for told, about, own in _tellings(post):
        found = recognise(post.text, language, told)
        if found.verdict != "neither" or found.leaning:
            return Reading(found, about, own, language)
    return None


def _tellings(post: RadarPost) -> Sequence[tuple[Told, str, bool]]:
    """Return whom the post may be about: the page itself, or partners that it names."""
    made_on = post.created_at.astimezone().date()
    named = [one for one in post.partners if is_named(post.text, [one])]
    others = [
        (Told("news", [one], made_on, first_person=False), one, False)
        for one in named
        if folded(one) != folded(post.watched_name)
    ]
    if post.relation == "news":
        return others
    itself = Told(post.relation, [post.watched_name, post.page], made_on)
    own = (itself, post.watched_name, True)
    return [own] if post.relation == "partner" else [*others, own]


def _item(looking: Radar, post: RadarPost, read: Reading, now: datetime) -> RadarItem | None:
    found = read.found
    closes_at = post.created_at + WINDOWS[found.verdict]
    if closes_at <= now:
        return None
    one_person = post.relation == "decision_maker"
    manner = manner_of(looking.address, post.text, one_person=one_person)
    to = Addressed(read.language, manner, "" if read.own else read.about)
    rule = place(post.network)
    return RadarItem(
        verdict=cast("RadarVerdict", found.verdict),
        kind=found.kind,
        family=family_of(found),
        subject=folded(read.about),
        about=read.about,
        own=read.own,
        language=read.language,
        closes_at=closes_at,
        signs=[(one.rule, one.words) for one in found.signs],
        draft=write(found, post.text, to, lambda text: fits(text, rule)),
    )
