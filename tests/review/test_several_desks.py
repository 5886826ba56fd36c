"""Several processes of the desk on one database are one desk to whoever works there."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from services.kit.db import Pool
from services.kit.service import background
from services.review.app import create_app
from services.review.throttle import PAIR
from tests.review.reading import path, rows
from tests.review.room import PASSWORD, Room, Visitor, make_desk
from tests.world import World


@pytest.fixture
async def other(pool: Pool, database_url: str) -> AsyncIterator[Room]:
    """A second process: it shares nothing with the first but the database."""
    desk = make_desk(pool, database_url)
    room = Room(desk, pool, create_app(desk, version="test", routes=[]), World(pool))
    yield room
    for client in room.clients:
        await client.aclose()


def at(there: Room, person: Visitor) -> Visitor:
    """Return the same browser at another process: same cookies, same token."""
    visitor = there.visitor()
    visitor.http.cookies = person.http.cookies
    visitor.csrf = person.csrf
    return visitor


async def test_who_signed_in_at_one_desk_works_at_every_other(room: Room, other: Room) -> None:
    """INVARIANT: session, token, undo and live changes hold at whichever process answers."""
    item = await room.world.item()
    jule = await room.colleague()
    elsewhere = at(other, jule)
    live = other.desk.live
    async with background(live.run()):
        await live.listening.wait()
        with live.subscribed(item.thread_key) as browser:
            approved = await jule.post(path(item, "/approve"), revision=1, text="Ja, gern.")
            assert approved.status_code == 303
            events = await browser.next(asyncio.Event(), patience=20)
    assert events == ["desk", "thread"]
    assert (await elsewhere.post(path(item, "/undo"))).status_code == 303
    made = await rows(room.pool, "select action from decisions order by number")
    assert made == [("approve",), ("undo",)]
    assert (await elsewhere.post("/sign-out")).status_code == 303
    assert (await jule.get("/")).status_code == 303


async def test_guesses_are_counted_wherever_they_are_made(room: Room, other: Room) -> None:
    """INVARIANT: more processes of the desk give nobody more guesses at a password."""
    await room.account("Jule")
    guessers = [room.visitor(), other.visitor()]
    for number in range(PAIR.free):
        answer = await guessers[number % 2].sign_in("Jule", "wrong")
        assert answer.status_code != 303
    for guesser in guessers:
        assert (await guesser.sign_in("Jule", PASSWORD)).status_code == 429
