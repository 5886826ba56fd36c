"""Two people, or two browsers of one, never work on one item."""

import asyncio
import re
from datetime import timedelta
from uuid import uuid4

import pytest

from services.kit.db import Pool, transaction
from services.review import actions, claims
from services.review.refusals import Refused
from services.store import item_claims
from services.store.item_claims import Visit
from tests.review.reading import path, read_item, rows
from tests.review.room import Room
from tests.world import Seeded, World

IDLE = timedelta(minutes=10)


async def person(room: Room, name: str) -> Visit:
    return Visit(await room.account(name), uuid4().hex, uuid4().hex, IDLE)


async def lies_idle(pool: Pool) -> None:
    """Let the time of every claim run out."""
    async with transaction(pool) as connection:
        await connection.execute("update item_claims set expires_at = clock_timestamp()")


async def test_of_many_who_open_an_item_at_once_one_has_it(room: Room) -> None:
    """INVARIANT: two browsers never hold one item."""
    comment = await room.world.item()
    visits = [await person(room, f"Person {n}") for n in range(8)]

    async def opens(visit: Visit) -> bool:
        async with transaction(room.pool) as connection:
            return await item_claims.claim_item(connection, comment.comment_key, visit)

    for _ in range(5):
        got = await asyncio.gather(*map(opens, visits))
        assert sum(got) == 1
        holder = visits[got.index(True)]
        assert await rows(room.pool, "select account_id from item_claims") == [(holder.account_id,)]


async def test_of_many_who_take_an_idle_item_over_one_has_it(room: Room) -> None:
    """INVARIANT: what lies idle goes to one of those who want it."""
    comment = await room.world.item()
    first, *others = [await person(room, f"Person {n}") for n in range(6)]
    async with transaction(room.pool) as connection:
        await claims.open_item(connection, comment.comment_key, first)
    await lies_idle(room.pool)
    outcomes = await asyncio.gather(
        *(claims.take_over(room.pool, comment.comment_key, one, even_live=False) for one in others),
        return_exceptions=True,
    )
    refused = [one.refusal for one in outcomes if isinstance(one, Refused)]
    assert refused == ["held"] * 4
    assert await rows(room.pool, "select action, reason from decisions") == [
        ("take_over", "Person 0")
    ]


@pytest.mark.parametrize("action", ["approve", "close", "reject", "relane"])
async def test_who_does_not_hold_an_item_decides_nothing(room: Room, action: str) -> None:
    """INVARIANT: nobody decides about an item that somebody else is on."""
    comment = await room.world.item()
    jule, emre = await room.colleague("Jule"), await room.colleague("Emre")
    await jule.get(path(comment))
    page = await emre.get(path(comment))
    assert "Jule arbeitet daran seit" in page.text
    fields = {"revision": 1, "text": "Zehn.", "reason": "So", "kind": "praise"}
    answer = await emre.post(path(comment, f"/{action}"), **fields)
    assert answer.status_code == 409
    assert "Jemand anderes arbeitet gerade daran." in answer.text
    assert await rows(room.pool, "select count(*) from decisions") == [(0,)]
    assert (await jule.post(path(comment, f"/{action}"), **fields)).status_code == 303
    assert await rows(room.pool, "select count(*) from decisions") == [(1,)]


async def test_the_database_itself_refuses_who_does_not_hold_the_item(room: Room) -> None:
    comment = await room.world.item()
    jule, emre = await person(room, "Jule"), await person(room, "Emre")
    async with transaction(room.pool) as connection:
        await claims.open_item(connection, comment.comment_key, jule)
    with pytest.raises(Refused) as caught:
        await actions.close(room.pool, emre.account_id, comment.comment_key, revision=1)
    assert caught.value.refusal == "held"
    await actions.close(room.pool, jule.account_id, comment.comment_key, revision=1)
    assert await rows(room.pool, "select count(*) from item_claims") == [(0,)]


async def test_a_takeover_and_a_decision_at_once_leave_one_of_them(room: Room) -> None:
    """INVARIANT: a decision counts only of whoever holds the item at that moment."""
    jule, emre = await person(room, "Jule"), await person(room, "Emre")
    for n in range(6):
        comment = await room.world.item(thread=f"post-{n}")
        key = comment.comment_key
        async with transaction(room.pool) as connection:
            await claims.open_item(connection, key, jule)
        outcomes = await asyncio.gather(
            actions.close(room.pool, jule.account_id, key, revision=1),
            claims.take_over(room.pool, key, emre, even_live=True),
            return_exceptions=True,
        )
        refused = [one.refusal for one in outcomes if isinstance(one, Refused)]
        assert refused in (["held"], ["decided"])
        status = (await read_item(room.pool, key)).status
        assert status == ("open" if refused == ["held"] else "decided")


async def test_a_claim_survives_a_reload_and_goes_with_the_window(room: Room) -> None:
    comment = await room.world.item()
    jule, emre = await room.colleague("Jule"), await room.colleague("Emre")

    async def leaves(page: str) -> None:
        found = re.search('data-visit="([0-9a-f]{32})"', page)
        assert found is not None
        await jule.post(path(comment, "/left"), visit=found[1])

    first = (await jule.get(path(comment))).text
    await leaves(first)
    again = (await jule.get(path(comment))).text
    await leaves(first)
    assert await rows(room.pool, "select is_left from item_claims") == [(False,)]
    assert "Jule arbeitet daran seit" in (await emre.get(path(comment))).text
    await leaves(again)
    assert "Jule arbeitet daran seit" in (await emre.get(path(comment))).text
    await lies_idle(room.pool)
    assert "arbeitet daran" not in (await emre.get(path(comment))).text
    assert (await jule.post(path(comment, "/keep"), visit="0" * 32)).status_code == 409
    assert (await emre.post(path(comment, "/keep"), visit="0" * 32)).status_code == 204


async def test_an_idle_item_is_taken_over_by_hand_and_not_before(room: Room) -> None:
    comment = await room.world.item()
    jule = await room.colleague("Jule", role="moderator")
    emre = await room.colleague("Emre", role="moderator")
    await jule.get(path(comment))
    assert "/take-over" not in (await emre.get(path(comment))).text
    assert (await emre.post(path(comment, "/take-over"))).status_code == 409
    await lies_idle(room.pool)
    page = await emre.get(path(comment))
    assert "Jule hat daran bis" in page.text
    assert (await jule.post(path(comment, "/keep"), visit="0" * 32)).status_code == 204
    await lies_idle(room.pool)
    assert (await emre.post(path(comment, "/take-over"))).status_code == 303
    answer = await jule.post(path(comment, "/close"), revision=1)
    assert (answer.status_code, "Emre arbeitet daran seit" in answer.text) == (409, True)
    assert "Übernommen von Jule" in (await emre.get(path(comment))).text


async def test_a_senior_may_take_over_from_somebody_at_work(room: Room) -> None:
    comment = await room.world.item()
    jule = await room.colleague("Jule", role="moderator")
    senior = await room.colleague("Emre", role="senior")
    await jule.get(path(comment))
    assert "/take-over" in (await senior.get(path(comment))).text
    assert (await senior.post(path(comment, "/take-over"))).status_code == 303
    assert (await jule.post(path(comment, "/close"), revision=1)).status_code == 409


async def test_who_may_only_read_takes_nothing(room: Room) -> None:
    comment = await room.world.item()
    auditor = await room.colleague("Alma", role="auditor")
    assert (await auditor.get(path(comment))).status_code == 200
    assert await rows(room.pool, "select count(*) from item_claims") == [(0,)]


async def test_the_same_person_in_another_browser_takes_the_item_along(room: Room) -> None:
    comment = await room.world.item()
    desk = await room.colleague("Jule")
    phone = room.visitor()
    await phone.sign_in("Jule")
    await desk.get(path(comment))
    assert "arbeitet daran" not in (await phone.get(path(comment))).text
    answer = await desk.post(path(comment, "/close"), revision=1)
    assert answer.status_code == 409
    assert "in einem anderen Browser geöffnet" in answer.text
    assert (await desk.post(path(comment, "/take-over"))).status_code == 303
    assert (await desk.post(path(comment, "/close"), revision=1)).status_code == 303


async def test_next_passes_over_what_others_are_on(room: Room) -> None:
    async def ask(author: str, hours: int) -> Seeded:
        return await room.world.item("Frage?", author=author, ago=timedelta(hours=hours))

    first, second, third = await ask("A", 3), await ask("B", 2), await ask("C", 1)
    jule, emre = await room.colleague("Jule"), await room.colleague("Emre")
    await emre.get(path(second))
    queue = await jule.get("/")
    assert "Emre arbeitet daran" in queue.text
    assert path(second) in queue.text
    await jule.get(path(first))
    answer = await jule.post(path(first, "/close"), revision=1)
    assert answer.headers["location"].startswith(path(third))


async def test_decided_items_are_nobodys(pool: Pool, world: World, room: Room) -> None:
    comment = await world.item()
    await actions.close(pool, "0" * 32, comment.comment_key, revision=1)
    jule = await room.colleague("Jule")
    await jule.get(path(comment))
    assert await rows(pool, "select count(*) from item_claims") == [(0,)]
    assert (await jule.post(path(comment, "/take-over"))).status_code == 409
