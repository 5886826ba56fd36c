"""A form whose answer got lost is sent again: it counts once, and leads on as if nothing was."""

from uuid import uuid4

import pytest

from tests.review.reading import path, rows
from tests.review.room import ORIGIN, Room

FORMS: dict[str, dict[str, object]] = {
    "approve": {"text": "Ja, gern."},
    "reject": {"reason": "Passt nicht"},
    "close": {},
    "aside": {"wait": "hour"},
    "hand-over": {"note": "Kennst du das?"},
    "relane": {"kind": "praise"},
    "mute": {"reason": "Nur noch Vorwürfe", "days": 3},
}


@pytest.mark.parametrize("form", FORMS)
async def test_a_form_that_arrives_twice_is_one_decision(room: Room, form: str) -> None:
    """INVARIANT: a decision has the id of its form; sent again, it is not made again."""
    item = await room.world.item()
    emre = await room.account("Emre")
    jule = await room.colleague()
    fields = {"revision": 1, "decision_id": uuid4().hex, "to": emre, **FORMS[form]}
    first = await jule.post(path(item, f"/{form}"), **fields)
    again = await jule.post(path(item, f"/{form}"), **fields)
    assert (first.status_code, again.status_code) == (303, 303)
    assert first.headers["location"].endswith("arrived") is False
    assert again.headers["location"].endswith("done=arrived")
    assert await rows(room.pool, "select decision_id from decisions") == [(fields["decision_id"],)]


async def test_somebody_elses_id_opens_nothing(room: Room) -> None:
    item, other = await room.world.item("Eine?"), await room.world.item("Noch eine?")
    decision_id = uuid4().hex
    jule, emre = await room.colleague(), await room.colleague("Emre")
    await jule.post(path(item, "/close"), revision=1, decision_id=decision_id)
    answer = await emre.get(f"/pulse?decision_id={decision_id}")
    assert answer.json()["made"] is False
    assert (await jule.get(f"/pulse?decision_id={decision_id}")).json()["made"] is True
    answer = await emre.post(path(other, "/close"), revision=1, decision_id=decision_id)
    assert answer.status_code == 409
    assert await rows(room.pool, "select count(*) from decisions") == [(1,)]


async def test_a_page_that_sends_by_itself_is_told_where_to_go(room: Room) -> None:
    item = await room.world.item()
    jule = await room.colleague()
    headers = {"origin": ORIGIN, "x-desk": "page"}
    form = {"csrf": jule.csrf, "revision": "1"}
    answer = await jule.http.post(path(item, "/close"), data=form, headers=headers)
    assert (answer.status_code, answer.headers["x-go-to"]) == (204, "/?lane=answer&done=close")
    assert "location" not in answer.headers
    answer = await room.visitor().http.post(path(item, "/close"), data=form, headers=headers)
    assert answer.status_code == 401
