"""How long questions and criticism wait: equal to a hand count."""

import re
from datetime import timedelta

from services.review import actions
from tests.review.room import Room


def figures(html: str) -> list[list[str]]:
    """Return the table's cells as they are read."""
    rows = re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
    return [[" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in row] for row in cells]


async def test_the_counts_equal_a_hand_count(room: Room) -> None:
    jule, world = await room.colleague(), room.world
    for hours in (1, 5, 30):
        await world.item(f"Frage {hours}?", ago=timedelta(hours=hours))
    decided = await world.item("Erledigt?", ago=timedelta(hours=90))
    await actions.close(room.pool, "x", decided.comment_key, revision=1)
    for hours in (2, 60):
        await world.item(
            "Das ist zu wenig!", lane="acknowledge", kind="criticism", page="Radhaus",
            thread="radhaus-1", ago=timedelta(hours=hours),
        )  # fmt: skip
    await world.item("Toll!", lane="acknowledge", kind="praise", ago=timedelta(hours=99))
    rows = figures((await jule.get("/waiting")).text)
    assert [(row[0], row[1], row[2], row[4]) for row in rows[1:]] == [
        ("Radhaus Übungsnetz", "Kritik", "2", "1"),
        ("Stiftung Regenlinde Übungsnetz", "Frage", "3", "1"),
        ("Alle Seiten", "Frage", "3", "1"),
        ("Alle Seiten", "Kritik", "2", "1"),
    ]
    assert rows[2][3] == "wartet 1 Tg."


async def test_what_is_overdue_is_marked_in_the_queue(room: Room) -> None:
    jule, world = await room.colleague(), room.world
    await world.item("Neu?")
    assert "Überfällig" not in (await jule.get("/")).text
    await world.item("Alt?", ago=timedelta(hours=25))
    html = (await jule.get("/")).text
    assert html.count('<span class="chip warn">Überfällig</span>') == 1


async def test_nothing_waiting_is_said(room: Room) -> None:
    jule = await room.colleague()
    assert "Keine Frage und keine Kritik wartet." in (await jule.get("/waiting")).text
