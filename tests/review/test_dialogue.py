from datetime import UTC, date, datetime, timedelta

import pytest

from services.review import actions
from services.review.dialogue import following, last_months, read_month_name
from services.review.honest import FEWEST, civility, wilson
from services.store.dialogue import FollowUp, read_follow_ups, read_month
from tests.review.reading import rows
from tests.review.room import Room


async def answer(room: Room, comment_key: str, text: str, draft_id: str | None = None) -> str:
    await actions.approve(room.pool, "x", comment_key, text=text, revision=1, draft_id=draft_id)
    ((decision_id,),) = await rows(
        room.pool, "select decision_id from decisions where comment_key = %s", comment_key
    )
    return str(decision_id)


async def test_a_month_counts_what_came_in_and_what_was_decided(room: Room) -> None:
    world, since = room.world, datetime.now(UTC) - timedelta(days=1)
    until = since + timedelta(days=2)
    asked = await world.item("Was kostet das?", ago=timedelta(hours=3))
    blamed = await world.item("Das ist zu teuer!", kind="criticism", draft=False)
    await world.item("Schön!", lane="acknowledge", kind="praise")
    await world.item("Ganz früher?", ago=timedelta(days=40))
    decision_id = await answer(room, asked.comment_key, "Zehn Prozent.")
    await world.posted(asked, decision_id)
    await actions.reject(room.pool, "x", blamed.comment_key, reason="Nein.", revision=1)
    async with room.pool.connection() as connection:
        month = await read_month(connection, since, until)
    assert (month.asked, month.answered) == (2, 1)
    assert (month.criticism, month.criticism_answered) == (1, 0)
    assert month.first_answer is not None
    assert 3 * 3600 <= month.first_answer < 3 * 3600 + 600
    assert (month.unedited, month.edited, month.rejected) == (0, 0, 0)


async def test_a_thread_counts_once_from_its_answer_on(room: Room) -> None:
    world, since = room.world, datetime.now(UTC) - timedelta(days=5)
    asked = await world.item("Was kostet das?", ago=timedelta(days=3))
    await world.item("Vorher gepöbelt", kind="attack", lane="rest", ago=timedelta(days=2))
    await world.posted(asked, await answer(room, asked.comment_key, "Zehn Prozent."))
    await world.item("Danke!", kind="praise", lane="acknowledge", ago=-timedelta(hours=1))
    await world.item("Und hier?", thread="other", ago=timedelta(days=1))
    await world.item("Pack!", kind="attack", lane="rest", thread="other")
    async with room.pool.connection() as connection:
        threads = await read_follow_ups(connection, since, since + timedelta(days=9))
    found = sorted((one.answered, one.civil, one.all) for one in threads)
    assert found == [(False, 0, 1), (True, 1, 1)]


async def test_the_page_says_when_there_are_too_few(room: Room) -> None:
    page = (await (await room.colleague()).get("/dialogue?month=2026-02")).text
    assert "zu wenige für eine Aussage" in page
    assert "Februar 2026" in page
    assert (await (await room.colleague("Kim")).get("/dialogue?month=x")).status_code == 200


def test_few_cases_say_nothing_and_many_are_narrow() -> None:
    """INVARIANT: no share is shown without its error bar, none at all of a handful."""
    assert wilson(FEWEST - 1, FEWEST - 1) is None
    some, many = wilson(30, 60), wilson(3000, 6000)
    assert some is not None
    assert many is not None
    assert (some.low, some.high) == pytest.approx((0.3774, 0.6226), abs=1e-3)
    assert many.high - many.low < some.high - some.low
    every = wilson(40, 40)
    assert every is not None
    assert (every.share, every.high) == (1.0, 1.0)
    assert every.low < 0.95


def test_comments_of_one_thread_are_one_case() -> None:
    assert civility([FollowUp(True, 5, 9)] * (FEWEST - 1)) is None
    even = civility([FollowUp(True, 1, 2)] * 50)
    split = civility([FollowUp(True, 40, 40), FollowUp(True, 0, 40)] * 25)
    assert even is not None
    assert split is not None
    assert even.share == split.share == 0.5
    assert (even.low, even.high) == (0.5, 0.5)
    assert split.high - split.low > 0.2


def test_months_are_counted_back_over_the_year() -> None:
    shown = last_months(date(2026, 2, 9))
    assert shown[:3] == [date(2026, 2, 1), date(2026, 1, 1), date(2025, 12, 1)]
    assert following(date(2026, 12, 1)) == date(2027, 1, 1)
    assert read_month_name("2026-13") is None
