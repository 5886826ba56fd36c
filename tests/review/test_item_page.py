import re
from datetime import timedelta

import pytest

from tests.review.reading import keys_in, path, read_item, rows
from tests.review.room import Room
from tests.world import QUOTE


async def test_the_page_of_an_item_shows_comment_draft_and_proof(room: Room) -> None:
    jule, world = await room.colleague(), room.world
    parent = await world.comment("Ein Kommentar davor.", author="Nora")
    await world.delete(await world.comment("Zurückgenommene Worte.", author="Weg"))
    comment = await world.item(parent=parent)
    await world.comment("Von uns.", parent=comment, is_self=True)
    html = (await jule.get(path(comment))).text
    for part in (
        "Wie hoch ist der Eigenanteil?", "Ein Kommentar davor.", "Dieser Kommentar wurde gelöscht.",
        "Unsere Antwort", "Zitat aus der Publikation, nicht formuliert.", f"<mark>{QUOTE}</mark>",
        "Förderrichtlinien Hofwende 2027", "Seite 7", "9. November 2026", "4 Eigenanteil",
        'rel="noopener noreferrer nofollow"', "/ 500 Zeichen",
    ):  # fmt: skip
        assert part in html, part
    assert "Zurückgenommene Worte." not in html


async def test_a_reply_that_the_network_has_not_shown_us_yet_stands_in_the_thread(
    room: Room,
) -> None:
    jule, world = await room.colleague(), room.world
    comment = await world.item()
    await jule.post(path(comment, "/approve"), revision=1, text="Zehn Prozent, gern.")
    [(decision_id,)] = await rows(room.pool, "select decision_id from decisions")
    await world.posted(comment, decision_id)
    html = (await jule.get(path(comment))).text
    assert html.count("Zehn Prozent, gern.") == 3
    assert "freigegeben von Jule" in html
    await world.comment(
        "Zehn Prozent, gern.", parent=comment, is_self=True, native_id=f"r-{decision_id}"
    )
    html = (await jule.get(path(comment))).text
    assert html.count("Zehn Prozent, gern.") == 3
    assert "freigegeben von Jule" in html


async def test_a_decision_leads_to_the_next_item_of_the_list_and_round_again(room: Room) -> None:
    jule, world = await room.colleague(), room.world
    first, second, third = [
        await world.item(f"Frage {n}?", ago=timedelta(hours=9 - n)) for n in range(3)
    ]
    await world.item("Lob", lane="acknowledge", kind="praise", ago=timedelta(hours=8))
    answer = await jule.post(path(second, "/close"), revision=1, lane="answer")
    assert answer.headers["location"] == f"{path(third)}?lane=answer&done=close"
    answer = await jule.post(path(third, "/approve"), revision=1, text="Ja.", lane="answer")
    assert answer.headers["location"] == f"{path(first)}?lane=answer&done=approve"
    assert (
        "Freigegeben. Die Antwort ist unterwegs."
        in (await jule.get(answer.headers["location"])).text
    )
    answer = await jule.post(
        path(first, "/reject"), revision=1, reason="Zu förmlich", lane="answer"
    )
    assert answer.headers["location"] == "/?lane=answer&done=reject"


async def test_a_second_decision_is_a_friendly_page_that_keeps_the_text(room: Room) -> None:
    """INVARIANT: whoever comes second is told so and loses no written word."""
    jule, emre = await room.colleague("Jule"), await room.colleague("Emre", "en")
    comment = await room.world.item()
    await jule.post(path(comment, "/approve"), revision=1, text="Die erste Antwort.")
    answer = await emre.post(path(comment, "/approve"), revision=1, text="My own long text.")
    assert answer.status_code == 409
    assert "Somebody has decided this already." in answer.text
    assert "My own long text." in answer.text
    assert "by Jule" in answer.text
    assert await rows(room.pool, "select count(*) from decisions") == [(1,)]


async def test_an_approval_of_an_edited_comment_shows_the_new_words_and_keeps_the_text(
    room: Room,
) -> None:
    jule = await room.colleague()
    comment = await room.world.item()
    edited = await room.world.edit(comment, "Ganz andere Frage!")
    await room.world.show(edited)
    answer = await jule.post(path(comment, "/approve"), revision=1, text="Mein Text.")
    assert answer.status_code == 409
    assert "Der Kommentar wurde geändert, während Sie gelesen haben." in answer.text
    assert "Ganz andere Frage!" in answer.text
    assert "Mein Text.</textarea>" in answer.text


@pytest.mark.parametrize(
    ("form", "fields", "words"),
    [
        ("approve", {"text": " "}, "Es gibt keinen Text zum Freigeben."),
        ("approve", {"text": "x" * 501}, "Der Text ist zu lang."),
        ("reject", {"reason": ""}, "Bitte geben Sie einen Grund an."),
        ("mute", {"reason": "Streit", "days": 9999}, "Bitte wählen Sie 1 bis 365 Tage."),
    ],
)
async def test_what_was_typed_wrongly_can_be_mended(
    room: Room, form: str, fields: dict[str, object], words: str
) -> None:
    jule = await room.colleague()
    comment = await room.world.item()
    answer = await jule.post(path(comment, f"/{form}"), revision=1, **fields)
    assert answer.status_code == 422
    assert words in answer.text
    assert all(str(value) in answer.text for value in fields.values())
    assert (await read_item(room.pool, comment.comment_key)).status == "open"


async def test_a_returned_reply_offers_the_approved_text_again(room: Room) -> None:
    jule = await room.colleague()
    comment = await room.world.item()
    await jule.post(path(comment, "/approve"), revision=1, text="Von Hand verbessert.")
    [(decision_id,)] = await rows(room.pool, "select decision_id from decisions")
    await room.world.returned(comment, decision_id)
    await room.world.show(comment)
    html = (await jule.get(path(comment))).text
    assert "Nicht veröffentlicht: Das Gespräch ist für Antworten geschlossen." in html
    assert "Von Hand verbessert.</textarea>" in html


async def test_muting_and_unmuting_through_the_pages(room: Room) -> None:
    jule = await room.colleague()
    comment = await room.world.item()
    other = await room.world.item("Noch eine?")
    answer = await jule.post(path(comment, "/mute"), revision=1, reason="Nur Vorwürfe", days=14)
    assert answer.headers["location"].startswith("/?")
    html = (await jule.get("/muted")).text
    for part in ("Nur Vorwürfe", "von Jule", "2 Kommentare zurückgehalten"):
        assert part in html
    html = (await jule.get(path(other))).text
    assert "Dieses Gespräch ist stummgeschaltet." in html
    assert 'id="approve-form"' not in html
    [(mute_id,)] = await rows(room.pool, "select mute_id from mutes")
    answer = await jule.post(f"/mutes/{mute_id}/lift", back=path(other), reason="Irrtum")
    assert answer.headers["location"] == path(other) + "?done=unmute"
    assert len(keys_in((await jule.get("/")).text)) == 2
    html = (await jule.get("/muted")).text
    assert "aufgehoben von Jule" in html
    assert (await jule.post(f"/mutes/{mute_id}/lift")).status_code == 409


async def test_a_changed_item_is_sent_to_its_open_page_only_when_it_changed(room: Room) -> None:
    jule, world = await room.colleague(), room.world
    comment = await world.item(draft=False)
    html = (await jule.get(path(comment))).text
    found = re.search(r'name="stamp" value="([^"]+)"', html)
    assert found is not None
    live = path(comment, f"/live?stamp={found[1]}")
    unchanged = (await jule.get(live)).text
    assert 'id="thread" hx-swap-oob="innerHTML"' in unchanged
    assert 'id="answer"' not in unchanged
    await world.draft(comment)
    await world.show(comment)
    assert 'id="answer" class="answer" hx-swap-oob="true"' in (await jule.get(live)).text
