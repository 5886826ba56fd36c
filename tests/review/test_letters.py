"""Many dead letters at once: the count first, then exactly those."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

from services.kit.db import transaction
from services.review.texts import Texts
from services.store.dead_letters import DeadLetter, add_dead_letter
from tests.review.reading import rows
from tests.review.room import Room, Visitor


async def bury(
    room: Room, count: int, consumer: str = "route_received", stream: str = "comments", **ago: float
) -> list[str]:
    """Store letters and return their ids."""
    ids = [f"{consumer}:{stream}:{number}:{sorted(ago.items())}" for number in range(count)]
    async with transaction(room.pool) as connection:
        for dead_id in ids:
            letter = DeadLetter(
                dead_id=dead_id, consumer=consumer, subject=f"{stream}.received.sandbox.abc",
                stream=stream, comment_key=None, reason="ValueError: no", attempts=5, body=b"{}",
                failed_at=datetime.now(UTC) - timedelta(**ago),
            )  # fmt: skip
            await add_dead_letter(connection, letter)
    return ids


def fields(html: str) -> dict[str, list[str]]:
    """Return the hidden fields of the page's form."""
    form = html[html.index('action="/dead/many"') :]
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form):
        found.setdefault(name, []).append(unescape(value))
    return found


async def send(visitor: Visitor, html: str, **more: str) -> int:
    """Send the page's form as a browser would."""
    data = {**fields(html), **{name: [value] for name, value in more.items()}}
    answer = await visitor.http.post(
        "/dead/many", data=data, headers={"origin": str(visitor.http.base_url)}
    )
    return answer.status_code


async def settled(room: Room) -> list[tuple[str, int]]:
    return await rows(
        room.pool,
        "select coalesce(settlement, 'waits'), count(*) from dead_letters group by 1 order by 1",
    )


async def test_all_of_one_service_are_counted_then_sent_again(room: Room) -> None:
    jule = await room.colleague()
    await bury(room, 230, hours=1)
    await bury(room, 2, consumer="deliver_approved", stream="drafts", hours=2)
    html = (await jule.get("/dead")).text
    queue = Texts("de").waiting("route_received")
    assert f"Alle 230 aus „{queue}“" in html
    assert "Alle 232" in html
    html = (await jule.get("/dead/many?consumer=route_received")).text
    assert "230 noch einmal senden" in html
    await bury(room, 3)
    assert await send(jule, html, settlement="requeued", note="Modell war weg") == 303
    assert await settled(room) == [("requeued", 230), ("waits", 5)]
    assert await rows(room.pool, "select count(*), count(distinct msg_id) from outbox") == [
        (230, 230)
    ]
    notes = await rows(room.pool, "select distinct note from dead_letters where note is not null")
    assert notes == [("Modell war weg",)]
    assert await send(jule, html, settlement="requeued") == 409


async def test_ticked_ones_only(room: Room) -> None:
    jule = await room.colleague()
    ids = await bury(room, 5, hours=1)
    answer = await jule.http.get("/dead/many", params={"ticked": "1", "dead_id": ids[:2]})
    assert "2 Unzustellbare" in answer.text
    assert await send(jule, answer.text, settlement="dropped") == 422
    assert await settled(room) == [("waits", 5)]
    assert await send(jule, answer.text, settlement="dropped", note="Versuch") == 303
    assert await settled(room) == [("dropped", 2), ("waits", 3)]
    assert (await jule.get("/dead/many?ticked=1")).status_code == 303


async def test_what_did_not_come_from_the_bus_is_left_when_the_rest_is_sent(room: Room) -> None:
    """INVARIANT: a letter that cannot be sent again is never marked as sent."""
    jule = await room.colleague()
    await bury(room, 2, hours=1)
    await bury(room, 1, consumer="ingest", stream="", hours=1)
    html = (await jule.get("/dead/many")).text
    assert "1 kam nicht vom Nachrichtenserver" in html
    assert "2 noch einmal senden" in html
    assert await send(jule, html, settlement="requeued") == 303
    assert await settled(room) == [("requeued", 2), ("waits", 1)]


async def test_two_people_at_once_send_each_letter_once(room: Room) -> None:
    jule, emre = await room.colleague(), await room.colleague("Emre")
    await bury(room, 4, hours=1)
    pages = [(await one.get("/dead/many")).text for one in (jule, emre)]
    assert await send(jule, pages[0], settlement="requeued") == 303
    assert await send(emre, pages[1], settlement="requeued") == 409
    assert await rows(room.pool, "select count(*) from outbox") == [(4,)]


async def test_a_form_without_token_or_sense_is_refused(room: Room) -> None:
    jule = await room.colleague()
    ids = await bury(room, 1, hours=1)
    bare = await jule.http.post("/dead/many", data={"settlement": "dropped", "dead_id": ids})
    assert bare.status_code == 403
    assert (await jule.post("/dead/many", settlement="burn", dead_id=ids[0])).status_code == 400
    assert (await jule.post("/dead/many", settlement="requeued")).status_code == 409
    answer = await jule.post("/dead/requeue", dead_id=ids[0], note="Noch einmal")
    assert answer.status_code == 303
    assert "Noch einmal" in (await jule.get("/dead")).text
