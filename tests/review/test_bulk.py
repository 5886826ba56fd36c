import re

from services.review import actions
from services.review.bulk import MOST
from tests.review.reading import keys_in, path, read_item, rows
from tests.review.room import Room, Visitor


def set_in(html: str, name: str = "seen") -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found is not None
    return found[1]


async def senior(room: Room) -> Visitor:
    return await room.colleague("Sena", "de", "senior")


async def test_a_set_is_shown_then_rejected_item_by_item_then_taken_back(room: Room) -> None:
    sena, world = await senior(room), room.world
    made = [await world.item(f"Kauft {n} Uhren!", draft=False) for n in range(12)]
    other = await world.item("Wie hoch ist der Eigenanteil?")
    page = (await sena.get("/bulk?words=uhren")).text
    assert "12 offene Kommentare" in page
    assert len(keys_in(page)) == 8
    answer = await sena.post("/bulk", action="reject", seen=set_in(page), reason="Werbung.")
    assert "Über 12 Kommentare entschieden" in answer.text
    decided = await rows(room.pool, "select comment_key, action, reason from decisions")
    assert {row[0] for row in decided} == {one.comment_key for one in made}
    assert {row[1:] for row in decided} == {("reject", "Werbung.")}
    assert (await read_item(room.pool, other.comment_key)).status == "open"
    await actions.reopen(room.pool, "x", made[0].comment_key)
    answer = await sena.post("/bulk/undo", done=set_in(answer.text, "done"))
    assert "11 Entscheidungen zurückgenommen" in answer.text
    assert "1 ausgelassen" in answer.text
    for one in made:
        assert (await read_item(room.pool, one.comment_key)).status == "open"


async def test_what_changed_since_it_was_shown_is_left_out_and_said(room: Room) -> None:
    """INVARIANT: a decision about many never reaches an item that the person did not see so."""
    sena, world = await senior(room), room.world
    kept = await world.item("Uhren eins", draft=False)
    edited = await world.item("Uhren zwei", draft=False)
    closed = await world.item("Uhren drei", draft=False)
    seen = set_in((await sena.get("/bulk?words=uhren")).text)
    late = await world.item("Uhren vier", draft=False)
    await world.edit(edited, "Eine ernste Frage?")
    await actions.close(room.pool, "x", closed.comment_key, revision=1)
    answer = await sena.post("/bulk", action="spam", seen=seen)
    assert "Über 1 Kommentar entschieden" in answer.text
    assert "2 ausgelassen" in answer.text
    assert (await read_item(room.pool, kept.comment_key)).kind == "spam"
    assert (await read_item(room.pool, kept.comment_key)).status == "decided"
    assert (await read_item(room.pool, edited.comment_key)).status == "open"
    assert (await read_item(room.pool, late.comment_key)).status == "open"
    again = await sena.post("/bulk", action="spam", seen=seen)
    assert "Über 0 Kommentare entschieden" in again.text


async def test_threads_are_muted_once_and_unmuted_together(room: Room) -> None:
    sena, world = await senior(room), room.world
    for number in range(4):
        await world.item(f"Uhren {number}", draft=False, thread=f"post-{number // 2}")
    seen = set_in((await sena.get("/bulk?words=uhren")).text)
    refused = await sena.post("/bulk", action="mute", seen=seen)
    assert refused.status_code == 422
    answer = await sena.post("/bulk", action="mute", seen=seen, reason="Werbung.", days=3)
    assert "Über 2 Kommentare entschieden" in answer.text
    assert (await rows(room.pool, "select count(*) from mutes"))[0] == (2,)
    answer = await sena.post("/bulk/undo", done=set_in(answer.text, "done"))
    assert "2 Entscheidungen zurückgenommen" in answer.text
    assert (await rows(room.pool, "select count(*) from mute_lifts"))[0] == (2,)


async def test_kinds_are_said_of_many(room: Room) -> None:
    sena, world = await senior(room), room.world
    made = [await world.item(f"Uhren {n}", draft=False) for n in range(3)]
    seen = set_in((await sena.get("/bulk?words=uhren")).text)
    answer = await sena.post("/bulk", action="relane", seen=seen, kind="criticism")
    assert "Über 3 Kommentare entschieden" in answer.text
    for one in made:
        assert (await read_item(room.pool, one.comment_key)).kind == "criticism"


async def test_a_set_has_a_largest_size_and_garbage_is_nothing(room: Room) -> None:
    sena = await senior(room)
    many = " ".join(f"{number:032x}:1" for number in range(MOST + 50))
    answer = await sena.post("/bulk", action="reject", seen=many, reason="x")
    assert f"{MOST} ausgelassen" in answer.text
    answer = await sena.post("/bulk", action="reject", seen="'; drop table", reason="x")
    assert "Über 0 Kommentare entschieden" in answer.text
    answer = await sena.post("/bulk/undo", done=f"{'0' * 32}:{'1' * 32} x")
    assert "1 ausgelassen" in answer.text
    seeded = await room.world.item("Uhren")
    jule = await room.colleague("Jule", "de", "moderator")
    refused = await jule.post("/bulk", action="reject", seen=f"{seeded.comment_key}:1", reason="x")
    assert refused.status_code == 403
    assert "/bulk" not in (await jule.get("/search")).text
    assert (await jule.get(path(seeded))).status_code == 200
