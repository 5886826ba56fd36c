"""What lies elsewhere, proofs as one types, harsh words folded, breaks, the team's pace."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from schemas.drafts import Citation, Sentence
from services.kit.db import Pool, transaction
from services.review import actions
from services.review.breaks import MANY, needs_break
from services.review.difference import difference
from services.review.evidence import gather
from services.review.recheck import recheck
from services.store import care, deliveries
from services.store.care import Worked
from services.store.underway import read_lying
from tests.review.reading import path, rows
from tests.review.room import Room
from tests.world import QUOTE, Seeded, World, source

ME = "0" * 32
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


async def approve(pool: Pool, comment: Seeded) -> str:
    await actions.approve(pool, ME, comment.comment_key, text="Ja.", revision=1, draft_id=None)
    found = await rows(pool, "select decision_id from decisions order by number desc limit 1")
    return str(found[0][0])


async def lying(pool: Pool) -> set[tuple[str, str]]:
    async with pool.connection() as connection:
        return {(one.place, one.comment_key) for one in await read_lying(connection)}


async def test_nothing_approved_is_out_of_sight(pool: Pool, world: World) -> None:
    """INVARIANT: until it stands on its network, an approved text is in one list or another."""
    asked = [await world.item(thread=f"post-{n}") for n in range(4)]
    way, gone, back, sent = asked
    keys = [one.comment_key for one in asked]
    decided = [await approve(pool, one) for one in asked]
    assert await lying(pool) == {("on_its_way", key) for key in keys}
    await world.posted(sent, decided[3])
    await world.returned(back, decided[2])
    await world.delete(gone)
    await world.returned(gone, decided[1])
    async with transaction(pool) as connection:
        now = datetime.now(UTC)
        await deliveries.note_wait(connection, "sandbox:test", now + timedelta(hours=1), now)
    await world.show(*asked)
    assert await lying(pool) == {
        ("on_its_way", way.comment_key), ("cancelled", gone.comment_key),
        ("returned", back.comment_key),
    }  # fmt: skip


async def test_the_list_says_what_waits_and_what_to_do(room: Room) -> None:
    comment = await room.world.item()
    jule = await room.colleague("Jule")
    await jule.post(path(comment, "/approve"), revision=1, text="Zehn.")
    page = (await jule.get("/underway")).text
    assert "Freigegeben, auf dem Weg" in page
    assert "Lässt sich noch zurücknehmen." in page
    await jule.post(path(comment, "/undo"))
    assert "Es ist nichts unterwegs." in (await jule.get("/underway")).text


CITED = gather(
    [
        Sentence(text="Danke für die Frage!", kind="courtesy"),
        Sentence(text=QUOTE, kind="fact", citations=[Citation(passage_id=1, quote=QUOTE)]),
    ],
    [source()],
).sentences


@pytest.mark.parametrize(
    ("text", "state", "doubt", "detail"),
    [
        (QUOTE, "proved", None, ""),
        ("Eine Stunde wird mit 18 Euro angerechnet.", "changed", "figure", "18"),
        ("Pro Stunde werden 15 Euro angerechnet.", "changed", None, ""),
        ("Bei uns gilt: „Der Antrag ist immer kostenlos möglich“.", "own", "quotation", None),
        ("Mehr unter https://anderswo.example/x", "own", "link", "https://anderswo.example/x"),
        ("Mehr unter https://www.regenlinde.example/x", "own", None, ""),
        ("Danke für die Frage!", "own", None, ""),
    ],
    ids=["kept", "figure", "reworded", "quotation", "link", "own link", "courtesy"],
)
def test_each_sentence_shows_what_it_still_has_of_its_proofs(
    text: str, state: str, doubt: str | None, detail: str | None
) -> None:
    [judged] = recheck(text, CITED, [source()], ["regenlinde.example"])
    assert (judged.state, judged.doubt) == (state, doubt)
    assert detail is None or judged.detail == detail
    assert judged.numbers == ((1,) if state in ("proved", "changed") else ())


async def test_proofs_are_looked_at_while_typing_and_nothing_is_stored(room: Room) -> None:
    comment = await room.world.item()
    jule = await room.colleague("Jule")
    page = (await jule.get(path(comment))).text
    found = re.search('name="draft_id" value="([0-9a-f]+)"', page)
    assert found is not None
    wrong = "Eine Stunde wird mit 18 Euro angerechnet."
    answer = await jule.post(path(comment, "/proofs"), text=wrong, draft_id=found[1])
    assert "nicht in den Quellen: 18" in answer.text
    other = await jule.post(path(comment, "/proofs"), text=wrong, draft_id="nonsense")
    assert (other.status_code, other.text.strip()) == (200, "")
    assert await rows(room.pool, "select count(*) from decisions") == [(0,)]


async def test_the_difference_to_the_draft_is_kept_and_shown(room: Room) -> None:
    comment = await room.world.item()
    jule = await room.colleague("Jule")
    found = re.search('name="draft_id" value="([0-9a-f]+)"', (await jule.get(path(comment))).text)
    assert found is not None
    text = f"Vielen Dank für die Frage! {QUOTE}"
    await jule.post(path(comment, "/approve"), revision=1, text=text, draft_id=found[1])
    page = (await jule.get(path(comment))).text
    assert "<del>Danke</del><ins>Vielen Dank</ins>" in page


def test_a_difference_is_the_new_text_with_what_went() -> None:
    stretches = difference("Es sind zehn Euro.", "Es sind elf Euro!")
    assert "".join(one.text for one in stretches if one.fate != "gone") == "Es sind elf Euro!"
    assert "".join(one.text for one in stretches if one.fate != "new") == "Es sind zehn Euro."
    assert [one.text for one in stretches if one.fate == "gone"] == ["zehn", "."]
    assert difference("", "") == []


async def test_harsh_words_are_folded_until_asked_for_and_the_choice_is_kept(room: Room) -> None:
    harsh = await room.world.item("Ihr seid alle Pfeifen", lane="discuss", kind="attack")
    jule, emre = await room.colleague("Jule"), await room.colleague("Emre")
    assert "Pfeifen" not in (await jule.get("/")).text
    assert '<details class="harsh"' in (await jule.get(path(harsh))).text
    answer = await jule.post("/harsh", shown="yes", back=path(harsh))
    assert answer.headers["location"] == path(harsh)
    assert '<details class="harsh"' not in (await jule.get(path(harsh))).text
    assert "Pfeifen" in (await jule.get("/")).text
    assert "Pfeifen" not in (await emre.get("/")).text


def test_a_break_is_suggested_after_a_long_run_and_not_after_a_pause() -> None:
    def run(number: int, *, harsh: bool = True, ago: float = 1) -> list[Worked]:
        return [Worked(NOW - timedelta(minutes=ago + n), harsh) for n in range(number)]

    assert needs_break(run(MANY), NOW)
    assert not needs_break(run(MANY - 1), NOW)
    assert not needs_break(run(MANY, harsh=False), NOW)
    assert not needs_break(run(MANY, ago=11), NOW)
    assert not needs_break(run(MANY - 1) + run(MANY, ago=MANY + 15), NOW)
    assert not needs_break([], NOW)


async def test_the_hint_to_take_a_break_is_put_away_until_the_next_run(room: Room) -> None:
    jule = await room.colleague("Jule")
    hint = "Eine kurze Pause tut gut"

    async def bear(threads: str) -> None:
        for thread in threads:
            item = await room.world.item(
                "Pack!", lane="discuss", kind="attack", thread=thread, draft=False
            )
            await jule.post(path(item, "/close"), revision=1)

    await bear("abcdefghij")
    assert hint in (await jule.get("/muted")).text
    answer = await jule.post("/break", back="/muted")
    assert answer.headers["location"] == "/muted"
    assert hint not in (await jule.get("/muted")).text
    await bear("klmnopqrs")
    assert hint not in (await jule.get("/muted")).text
    await bear("t")
    assert hint in (await jule.get("/muted")).text


async def test_the_teams_pace_is_shown_and_nobodys(room: Room) -> None:
    """INVARIANT: how long a decision took is stored without who made it."""
    comment = await room.world.item()
    jule = await room.colleague("Jule")
    await jule.get(path(comment))
    await jule.post(path(comment, "/close"), revision=1)
    columns = await rows(
        room.pool,
        "select column_name from information_schema.columns where table_name = 'decision_times'",
    )
    assert {name for (name,) in columns} == {"decided_on", "seconds"}
    async with room.pool.connection() as connection:
        pace = await care.read_pace(connection, timedelta(days=30))
    assert pace.count == 1
    assert pace.median is not None
    assert "Das Tempo des Teams" in (await jule.get("/books")).text
