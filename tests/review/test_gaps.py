"""The publication team's pages: what is asked and not answered, and what publications do."""

import re
from datetime import UTC, datetime, timedelta

from services.kit.db import transaction
from services.store import gaps
from tests.review.reading import rows
from tests.review.room import Room
from tests.world import QUOTE, Seeded

BEES = "Dürfen wir Bienen halten?"


async def ask(room: Room, text: str, gap_id: str, ago: timedelta = timedelta()) -> Seeded:
    asked = await room.world.item(text, draft=False, ago=ago)
    async with transaction(room.pool) as connection:
        moment = datetime.now(UTC) - ago
        await gaps.ask(connection, gap_id, asked.comment_key, asked.revision, moment)
    return asked


async def test_what_is_asked_most_stands_first(room: Room) -> None:
    jule = await room.colleague()
    await ask(room, "Gibt es Kuchen?", "a" * 32)
    await ask(room, BEES, "b" * 32, timedelta(hours=2))
    await ask(room, "Bienen auf dem Dach, geht das?", "b" * 32)
    html = (await jule.get("/gaps")).text
    assert html.index("Bienen auf dem Dach") < html.index("Gibt es Kuchen?")
    assert "2-mal gefragt" in html
    assert BEES in html
    assert ">2</span>" in (await jule.get("/nav?at=/gaps")).text


async def test_the_team_says_what_becomes_of_a_gap(room: Room) -> None:
    """INVARIANT: a verdict is appended, who gave it stays known, and it can be taken back."""
    jule = await room.colleague()
    await ask(room, BEES, "b" * 32)
    for verdict, note in (("will_write", "Bis März"), ("not_ours", ""), ("open", "")):
        answer = await jule.post(f"/gaps/{'b' * 32}", verdict=verdict, note=note)
        assert answer.status_code == 303
    said = await rows(room.pool, "select verdict, note from gap_verdicts order by number")
    assert said == [("will_write", "Bis März"), ("not_ours", ""), ("open", "")]
    await jule.post(f"/gaps/{'b' * 32}", verdict="will_write", note="Bis März")
    assert BEES not in (await jule.get("/gaps")).text
    html = (await jule.get("/gaps?show=will_write")).text
    assert "Bis März" in html
    assert "Jule" in html


async def test_a_question_that_was_deleted_is_shown_nowhere(room: Room) -> None:
    """INVARIANT: a gap keeps no words of its own."""
    jule = await room.colleague()
    asked = await ask(room, BEES, "b" * 32)
    await room.world.delete(asked)
    html = (await jule.get("/gaps")).text
    assert "Bienen" not in html
    assert "wurden gelöscht" in html


async def test_nonsense_is_refused(room: Room) -> None:
    jule = await room.colleague()
    await ask(room, BEES, "b" * 32)
    assert (await jule.post(f"/gaps/{'c' * 32}", verdict="open")).status_code == 404
    assert (await jule.post(f"/gaps/{'b' * 32}", verdict="shout")).status_code == 400
    assert (await jule.get("/gaps?show='; drop")).status_code == 200


async def test_a_publication_shows_what_it_did(room: Room) -> None:
    jule = await room.colleague()
    html = (await jule.get("/publications")).text
    assert QUOTE not in html


async def test_many_questions_are_paged_in_their_rank_and_a_page_has_an_address(room: Room) -> None:
    """Every question stands on exactly one page, the one asked twice on the first."""
    jule = await room.colleague()
    for number in range(13):
        await ask(room, f"Frage {number}?", f"{number:032x}")
    await ask(room, "Frage 0, noch einmal?", f"{0:032x}")
    first, second = (await jule.get("/gaps")).text, (await jule.get("/gaps?page=2")).text
    keys = [re.findall('id="gap-([0-9a-f]{32})"', html) for html in (first, second)]
    assert [len(found) for found in keys] == [12, 1]
    assert keys[0][0] == f"{0:032x}"
    assert len({*keys[0], *keys[1]}) == 13
    assert 'rel="next" href="/gaps?show=open&amp;page=2"' in first
    assert 'rel="next"' not in second
