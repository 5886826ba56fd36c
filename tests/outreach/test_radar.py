"""What partners tell becomes one entry each, and goes as it came."""

import asyncio
import tomllib
from datetime import UTC, datetime, timedelta
from importlib.resources import files

from services.kit.db import Pool, transaction
from services.outreach.radar.lexicon import lexicon
from services.outreach.radar.recognise import KINDS
from services.review.labels_radar import RADAR_LABELS
from services.store import opportunities
from services.store.intake import erase_comments
from services.store.radar_desk import count_trouble
from tests.outreach.radar_scene import ATTACK, AWARD, Partners
from tests.review.reading import rows


def test_every_kind_has_its_words() -> None:
    """INVARIANT: what is recognised can be said, ranked and explained in both languages."""
    for language in ("de", "en"):
        known = tomllib.loads(_shipped(f"wording.{language}.toml"))[language]["kinds"]
        for cue in lexicon(language).cues:
            assert cue.kind in ("death", "memory") or cue.kind in known, (language, cue.kind)
            assert cue.kind in KINDS
            assert f"radar_sign.{cue.kind}" in RADAR_LABELS


def _shipped(name: str) -> str:
    return (files("services.outreach.radar") / name).read_text(encoding="utf-8")


async def test_sorrow_stands_above_joy_and_job_adverts_nowhere(pool: Pool) -> None:
    partners = Partners(pool)
    await partners.tell("radwerk", AWARD)
    await partners.tell("kulturbund", ATTACK)
    await partners.tell(
        "tafelrunde", "Wir suchen Verstärkung! Eine Stelle ist frei, Bewerbung bis Mai."
    )
    found = [(one.facts.about, one.facts.verdict) for one in await partners.waiting()]
    assert found == [("kulturbund", "trouble"), ("radwerk", "success")]
    async with pool.connection() as connection:
        assert await count_trouble(connection) == 1


async def test_one_event_in_three_posts_is_one_entry(pool: Pool) -> None:
    """INVARIANT: what the partner and media tell of one event is one entry, the partner's first."""
    partners = Partners(pool)
    await partners.street.page("Kulturbund", "partner")
    await partners.tell(
        "tagblatt", "Unbekannte haben in der Nacht das Haus vom Kulturbund angegriffen.",
        relation="news",
    )  # fmt: skip
    own = await partners.tell("Kulturbund", ATTACK)
    await partners.tell(
        "anzeiger", "Brandsatz auf den Kulturbund geworfen, der Staatsschutz ermittelt.",
        relation="news",
    )  # fmt: skip
    (event,) = await partners.waiting()
    assert event.one.comment_key == own.comment_key
    assert len(event.others) == 2


async def test_two_posts_heard_at_once_are_one_event(pool: Pool) -> None:
    partners = Partners(pool)
    seen = [await partners.street.post("kulturbund", ATTACK, relation="partner") for _ in range(3)]
    await asyncio.gather(*(partners.hear(one) for one in seen))
    (event,) = await partners.events()
    assert len(event.others) == 2


async def test_the_same_news_heard_twice_changes_nothing(pool: Pool) -> None:
    partners = Partners(pool)
    seen = await partners.tell("kulturbund", ATTACK)
    before = await rows(pool, "select * from opportunities natural join radar_items")
    await partners.hear(seen)
    assert await rows(pool, "select * from opportunities natural join radar_items") == before


async def test_an_edited_post_takes_its_entry_back_or_changes_it(pool: Pool) -> None:
    """INVARIANT: no draft stands for a text that is no longer there."""
    partners = Partners(pool)
    seen = await partners.tell("kulturbund", AWARD)
    await partners.edit(seen, "Bewerbt euch bis Mai für den Umweltpreis!")
    assert await partners.waiting() == []
    second = await partners.tell("radwerk", AWARD)
    await partners.edit(second, "Unser Vorsitzender Jan Moor ist gestern gestorben.")
    (event,) = await partners.waiting()
    assert (event.facts.verdict, event.one.revision) == ("trouble", 2)
    assert "Glückwunsch" not in (event.draft or "")


async def test_a_deleted_post_takes_its_words_with_it(pool: Pool) -> None:
    """INVARIANT: nothing that was made of a post's words outlives the post."""
    partners = Partners(pool)
    seen = await partners.tell("kulturbund", ATTACK)
    async with transaction(pool) as connection:
        await erase_comments(connection, [seen.comment_key], datetime.now(UTC))
        await opportunities.close_deleted(connection, seen.comment_key, datetime.now(UTC))
    assert await partners.waiting() == []
    assert await rows(pool, "select * from radar_words") == []


async def test_what_is_old_is_not_offered_and_what_grows_old_goes(pool: Pool) -> None:
    partners = Partners(pool)
    await partners.tell("radwerk", AWARD, ago=timedelta(days=4))
    assert await partners.events() == []
    await partners.tell("kulturbund", AWARD, ago=timedelta(days=2))
    (event,) = await partners.waiting()
    later = datetime.now(UTC) + timedelta(days=1, hours=1)
    for now, waits in ((datetime.now(UTC), 1), (later, 0)):
        async with transaction(pool) as connection:
            await opportunities.close_what_is_over(
                connection, now, before=now - timedelta(hours=48)
            )
        assert len(await partners.waiting()) == waits
    assert event.facts.verdict == "success"


async def test_nobody_is_congratulated_days_after_an_attack(pool: Pool) -> None:
    """INVARIANT: beside trouble of the same partner a success has no draft."""
    partners = Partners(pool)
    await partners.tell("kulturbund", ATTACK, ago=timedelta(days=2))
    await partners.tell("kulturbund", AWARD)
    drafts = {one.facts.verdict: one.draft for one in await partners.waiting()}
    assert drafts["success"] is None
    assert drafts["trouble"]


async def test_the_radar_takes_no_place_in_the_day_s_list(pool: Pool) -> None:
    partners = Partners(pool)
    await partners.tell("kulturbund", ATTACK)
    today = datetime.now(UTC).astimezone().date()
    async with pool.connection() as connection:
        assert await opportunities.shown_on(connection, today) == ({}, {})
    assert await partners.street.candidates() == []


async def test_under_a_stranger_s_post_nothing_is_offered(pool: Pool) -> None:
    """INVARIANT: only what a page that a person entered says of itself is offered."""
    partners = Partners(pool)
    await partners.street.page("kulturbund", "partner")
    seen = await partners.street.post("kulturbund", ATTACK, author="jana", relation="partner")
    await partners.hear(seen)
    assert await partners.events() == []
