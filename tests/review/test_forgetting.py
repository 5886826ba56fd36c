"""Erasing from the desk: what it would reach is shown first, and nothing goes unasked."""

from datetime import UTC, datetime

from services.store import erasures
from tests.review.reading import path, rows
from tests.review.room import Room


async def test_an_erasure_is_shown_confirmed_and_ordered_once(room: Room) -> None:
    """INVARIANT: nothing is erased from the desk without its counts and a confirmation."""
    sena, world = await room.colleague("Sena", "de", "senior"), room.world
    one = await world.item("Wie hoch?", author="Klaus")
    await world.item("Und wann?", author="Klaus", thread="post-2")
    assert path(one, "/erase") in (await sena.get(path(one))).text
    page = (await sena.get(path(one, "/erase"))).text
    for words in ("1 Kommentar,", "2 Kommentare,", "davon 2 noch offen", "kommt nicht wieder"):
        assert words in page, words
    answer = await sena.post(path(one, "/erase"), scope="account")
    assert answer.status_code == 422
    assert "Es wurde nichts gelöscht." in answer.text
    assert await rows(room.pool, "select count(*) from erasures") == [(0,)]
    answer = await sena.post(path(one, "/erase"), scope="account", sure="yes")
    assert answer.headers["location"] == "/erasures?done=erasing"
    async with room.pool.connection() as connection:
        order = await erasures.lock_due(connection, datetime.now(UTC))
    assert order is not None
    assert (order.scope, order.subject, order.packages) == ("account", one.row.author_key, False)
    shown = (await sena.get("/erasures?done=erasing")).text
    assert "Das Löschen hat begonnen." in shown
    assert "wird gelöscht" in shown
    assert (
        await sena.get(path(one, "/erase").replace(one.comment_key, "0" * 32))
    ).status_code == 404


async def test_how_long_words_are_kept_is_said_by_the_administration(room: Room) -> None:
    ada = await room.colleague("Ada", "de", "admin")
    await room.world.item("Wie hoch?", author="Klaus")
    ((page,),) = await rows(room.pool, "select page_key from pages")
    await ada.post("/retention", what="comments", page=page, kept="days", days=30)
    await ada.post("/retention", what="records", kept="days", days=1000)
    html = (await ada.get("/erasures")).text
    for words in ("30 Tage nach der letzten Aktivität", "1.000 Tage", "1 aufbewahrt", "unbegrenzt"):
        assert words in html, words
    assert (await ada.post("/retention", page="nowhere", days=3)).status_code == 404
    assert (await ada.post("/retention", kept="house")).status_code == 400
    assert (await ada.post("/retention", days=0)).status_code == 400
