"""Items put aside or handed over, and approvals taken back within their window."""

from datetime import UTC, datetime, timedelta

import pytest

from services.kit.db import Pool, transaction
from services.review import actions
from services.review.leaving import leave
from services.review.planning import Wait, until_when
from services.review.refusals import Refused
from services.review.undoing import undo
from services.store.deadlines import read_waiting
from tests.review.reading import keys_in, path, read_item, rows
from tests.review.room import Room
from tests.world import World

ME = "0" * 32


async def lunch_is_over(pool: Pool) -> None:
    async with transaction(pool) as connection:
        await connection.execute("update item_plans set until = clock_timestamp()")


async def test_what_is_put_aside_comes_back_by_itself_and_its_deadline_goes_on(room: Room) -> None:
    comment = await room.world.item(ago=timedelta(hours=30))
    jule, emre = await room.colleague("Jule"), await room.colleague("Emre")
    await jule.get(path(comment))
    assert (await jule.post(path(comment, "/aside"), wait="hour")).status_code == 303
    assert keys_in((await emre.get("/")).text) == []
    async with room.pool.connection() as connection:
        [waiting] = await read_waiting(
            connection, room.desk.deadlines, datetime.now(UTC) + timedelta(minutes=1)
        )
    assert (waiting.count, waiting.overdue) == (1, 1)
    assert "Von Jule zurückgelegt bis" in (await emre.get(path(comment))).text
    await lunch_is_over(room.pool)
    assert keys_in((await emre.get("/")).text) == [comment.comment_key]
    assert "zurückgelegt bis" not in (await emre.get(path(comment))).text.split("history")[0]


async def test_what_is_urgent_is_never_out_of_sight(room: Room) -> None:
    """INVARIANT: nothing urgent is put aside, nor what becomes urgent afterwards."""
    urgent = await room.world.item(lane="urgent", kind="threat")
    later = await room.world.item(thread="post-2")
    jule = await room.colleague("Jule")
    assert (await jule.post(path(urgent, "/aside"), wait="hour")).status_code == 409
    await jule.post(path(later, "/aside"), wait="hour")
    await room.world.route(later, "urgent", "threat", cause="again")
    await room.world.show(later)
    assert set(keys_in((await jule.get("/")).text)) == {urgent.comment_key, later.comment_key}


async def test_what_is_handed_over_stands_on_top_with_its_note(room: Room) -> None:
    first = await room.world.item("Erste?", author="A", ago=timedelta(hours=3))
    second = await room.world.item("Zweite?", author="B", ago=timedelta(hours=2))
    third = await room.world.item("Dritte?", author="C", ago=timedelta(hours=1))
    emre_id = await room.account("Emre", role="moderator")
    emre = room.visitor()
    await emre.sign_in("Emre")
    jule = await room.colleague("Jule")
    fields = {"to": emre_id, "note": "Du kennst die Richtlinie"}
    answer = await jule.post(path(third, "/hand-over"), **fields)
    assert answer.headers["location"].startswith((path(first), path(second)))
    queue = (await emre.get("/")).text
    assert keys_in(queue) == [third.comment_key, first.comment_key, second.comment_key]
    assert "Jule: Du kennst die Richtlinie" in queue
    page = (await emre.get(path(third))).text
    assert "Jule hat das an Emre übergeben:" in page
    assert "Übergeben an Emre" in page
    decided = await jule.post(path(first, "/close"), revision=1)
    assert decided.headers["location"].startswith(path(second))
    decided = await jule.post(path(second, "/close"), revision=1)
    assert decided.headers["location"].startswith("/?")
    assert (await emre.post(path(third, "/close"), revision=1)).status_code == 303
    assert await rows(room.pool, "select count(*) from item_plans") == [(0,)]


async def test_an_item_goes_only_to_somebody_who_may_decide_and_with_a_note(room: Room) -> None:
    comment = await room.world.item()
    jule = await room.colleague("Jule")
    auditor = await room.account("Alma", role="auditor")
    emre = await room.account("Emre", role="moderator")
    for to, note, status in ((auditor, "Bitte", 409), ("nobody", "Bitte", 409), (emre, " ", 422)):
        answer = await jule.post(path(comment, "/hand-over"), to=to, note=note)
        assert answer.status_code == status
    assert await rows(room.pool, "select count(*) from item_plans") == [(0,)]


async def test_who_is_not_on_the_item_puts_nothing_aside(room: Room) -> None:
    comment = await room.world.item()
    jule, emre = await room.colleague("Jule"), await room.colleague("Emre")
    await jule.get(path(comment))
    assert (await emre.post(path(comment, "/aside"), wait="hour")).status_code == 409


@pytest.mark.parametrize(("wait", "hours"), [("half_hour", 0.5), ("hour", 1), ("three_hours", 3)])
def test_spans_begin_now(wait: Wait, hours: float) -> None:
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert until_when(wait, now) == now + timedelta(hours=hours)


def test_mornings_are_those_of_the_server() -> None:
    friday = datetime(2026, 11, 20, 12, tzinfo=UTC)
    tomorrow, monday = until_when("tomorrow", friday), until_when("monday", friday)
    assert (tomorrow.astimezone().weekday(), monday.astimezone().weekday()) == (5, 0)
    assert tomorrow.astimezone().hour == monday.astimezone().hour == 9


async def test_nothing_is_sent_before_the_window_is_over(room: Room) -> None:
    """INVARIANT: an approval lies in the outbox, where it survives a restart, until it is due."""
    comment = await room.world.item()
    jule = await room.colleague("Jule")
    [(before,)] = await rows(room.pool, "select now()")
    await jule.post(path(comment, "/approve"), revision=1, text="Zehn.")
    [(waits,)] = await rows(room.pool, "select extract(epoch from due_at - %s) from outbox", before)
    assert waits >= room.desk.settings.undo_seconds
    page = (await jule.get("/")).text
    assert f'action="{path(comment, "/undo")}"' in page
    assert (await jule.post(path(comment, "/undo"))).status_code == 303
    assert (await read_item(room.pool, comment.comment_key)).status == "open"
    assert "Zehn.</textarea>" in (await jule.get(path(comment))).text
    assert (await jule.post(path(comment, "/undo"))).status_code == 409
    assert await rows(room.pool, "select action from decisions order by number") == [
        ("approve",), ("undo",),
    ]  # fmt: skip


async def test_what_is_posted_is_not_undone(pool: Pool, world: World) -> None:
    comment = await world.item()
    await actions.approve(pool, ME, comment.comment_key, text="Ja.", revision=1, draft_id=None)
    [(decision_id,)] = await rows(pool, "select decision_id from decisions")
    await world.posted(comment, decision_id)
    with pytest.raises(Refused) as caught:
        await undo(pool, ME, comment.comment_key)
    assert caught.value.refusal == "sent_already"


async def test_taking_our_leave_back_lifts_its_mute_too(pool: Pool, world: World) -> None:
    comment = await world.item()
    key = comment.comment_key
    await leave(pool, ME, key, text="Auf Wiedersehen.", revision=1, days=3)
    assert (await read_item(pool, key)).status in ("decided", "muted")
    await undo(pool, ME, key)
    assert (await read_item(pool, key)).status == "open"
    assert await rows(pool, "select count(*) from mute_lifts") == [(1,)]
    await leave(pool, ME, key, text="Auf Wiedersehen.", revision=1, days=3)
