"""Questions that ask the same are one row of the queue, and one offer away from their answer."""

from datetime import timedelta
from typing import Any

from schemas.comments import OfComment
from services.kit.db import transaction
from services.store import same
from services.store.routings import save_vector
from tests.answer.library import BagOfWords
from tests.review.reading import keys_in, path, rows
from tests.review.room import Room
from tests.world import Seeded

ASKED = "Wie hoch ist der Eigenanteil?"


async def ask(room: Room, text: str = ASKED, hours: int = 1, **fields: Any) -> Seeded:
    """Store an open question and what it has in common with others."""
    words = BagOfWords()
    comment = await room.world.item(text, ago=timedelta(hours=hours), **fields)
    event = OfComment(**comment.keys)
    async with transaction(room.pool) as connection:
        vector = (await words.embed_queries([text]))[0]
        await save_vector(connection, event, words.space, vector)
        await same.gather(connection, event, words.space)
    return comment


async def test_twenty_equal_questions_are_one_row_and_twenty_in_the_books(room: Room) -> None:
    """INVARIANT: nothing is lost by showing equal questions together."""
    jule = await room.colleague(language="en")
    asked = [await ask(room, hours=30 - number) for number in range(20)]
    other = await ask(room, "Wann kommt die Zusage?")
    html = (await jule.get("/?lane=answer")).text
    assert keys_in(html) == [asked[0].comment_key, other.comment_key]
    assert html.count("×20") == 1
    assert "<strong>21</strong>" in html
    assert keys_in((await jule.get("/?draft=ready")).text) == keys_in(html)


async def test_when_the_oldest_is_decided_the_next_one_leads(room: Room) -> None:
    """INVARIANT: every question of a group comes into sight until each is decided."""
    jule = await room.colleague()
    asked = [await ask(room, hours=30 - number) for number in range(3)]
    seen = []
    while shown := keys_in((await jule.get("/?lane=answer")).text):
        seen += shown
        await jule.post(f"/items/{shown[0]}/close", revision=1, lane="answer")
    assert seen == [one.comment_key for one in asked]


async def test_the_page_leads_to_all_who_ask_the_same(room: Room) -> None:
    jule = await room.colleague(language="en")
    first, second = await ask(room, hours=3, author="Emil"), await ask(room, hours=2, author="Nora")
    other = await ask(room, "Wann kommt die Zusage?")
    html = (await jule.get(path(first))).text
    assert "Also asked by 1 other person" in html
    assert f'id="alike-{second.comment_key}"' in html
    assert f'rel="next" href="/items/{other.comment_key}' in html
    assert "Also asked by" not in (await jule.get(path(other))).text


async def test_an_edited_question_stands_for_itself_again(room: Room) -> None:
    jule = await room.colleague()
    first, second = await ask(room, hours=3), await ask(room, hours=2)
    edited = await room.world.edit(second, "Und bis wann muss ich ihn zahlen?")
    await room.world.route(edited)
    await room.world.show(edited)
    shown = keys_in((await jule.get("/?lane=answer")).text)
    assert shown == [first.comment_key, second.comment_key]


async def test_a_question_without_a_draft_is_not_hidden_by_one_that_has_it(room: Room) -> None:
    jule = await room.colleague()
    await ask(room, hours=3)
    missing = await ask(room, hours=2, draft=False)
    await room.world.draft(missing, outcome="no_source")
    await room.world.show(missing)
    assert keys_in((await jule.get("/?draft=missing")).text) == [missing.comment_key]


async def test_an_offered_answer_says_whose_it_was_and_who_approved_it(room: Room) -> None:
    jule, emre = await room.colleague("Jule"), await room.colleague("Emre", "en")
    first = await ask(room, hours=3, author="Emil")
    second = await ask(room, hours=2, author="Nora")
    await jule.post(path(first, "/approve"), revision=1, text="Zehn Prozent, gern.")
    [(decision_id,)] = await rows(room.pool, "select decision_id from decisions")
    await room.world.draft(second, "Zehn Prozent, gern.", kind="adapted", adapted_from=decision_id)
    await room.world.show(second)
    html = (await jule.get(path(second))).text
    assert "Gleiche Antwort wie für Emil, freigegeben von Jule." in html
    assert "Zehn Prozent, gern.</textarea>" in html
    assert "Same answer as to Emil, approved by Jule." in (await emre.get(path(second))).text
    assert "Freigegebene Antwort bereit" in (await jule.get("/?lane=answer")).text
