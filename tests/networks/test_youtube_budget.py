"""The day's units: what reading may spend, what stays for replies, when it begins anew."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import pytest
import pytest_asyncio
from pydantic import ValidationError

from services.networks.keeper import InMemoryKeeper
from services.networks.network import Temporary
from services.networks.youtube.budget import (
    LEAST_PAUSE,
    LONGEST_PAUSE,
    day_of,
    pause,
    resets_at,
)
from services.networks.youtube.connector import YouTubeNetwork
from tests.networks.stage import outgoing
from tests.networks.youtube_scene import YouTubeScene, youtube_scene

pytestmark = pytest.mark.asyncio(loop_scope="module")

EVENING = datetime(2026, 11, 22, 20, tzinfo=UTC)
"""Noon in California."""


@pytest_asyncio.fixture(loop_scope="module")
async def scene() -> AsyncIterator[YouTubeScene]:
    async with youtube_scene() as opened:
        yield opened


async def listened(network: YouTubeNetwork) -> None:
    async for _ in network.listen(None):
        pass


@pytest.mark.parametrize(
    ("moment", "day", "reset"),
    [
        (datetime(2026, 11, 22, 7, 59, tzinfo=UTC), date(2026, 11, 21), (2026, 11, 22, 8)),
        (datetime(2026, 11, 22, 8, 0, tzinfo=UTC), date(2026, 11, 22), (2026, 11, 23, 8)),
        (datetime(2026, 7, 1, 6, 59, tzinfo=UTC), date(2026, 6, 30), (2026, 7, 1, 7)),
        (datetime(2026, 10, 31, 12, 0, tzinfo=UTC), date(2026, 10, 31), (2026, 11, 1, 7)),
        (datetime(2026, 11, 1, 12, 0, tzinfo=UTC), date(2026, 11, 1), (2026, 11, 2, 8)),
    ],
)
async def test_a_day_begins_at_midnight_in_california(
    moment: datetime, day: date, reset: tuple[int, int, int, int]
) -> None:
    """INVARIANT: also on the days on which clocks are changed there."""
    assert day_of(moment) == day
    assert resets_at(moment) == datetime(*reset, tzinfo=UTC)


async def test_visits_are_spread_over_what_is_left_of_the_day() -> None:
    hours = 12
    assert pause(EVENING, left=hours * 60, visit_cost=2) == 120
    assert pause(EVENING, left=10_000, visit_cost=1) == LEAST_PAUSE
    assert pause(EVENING, left=10, visit_cost=1) == LONGEST_PAUSE
    assert pause(EVENING, left=0, visit_cost=3) == LONGEST_PAUSE


async def test_reading_ends_above_the_reserve_and_replying_goes_on(scene: YouTubeScene) -> None:
    """INVARIANT: reading never spends what replies need."""
    keeper = InMemoryKeeper()
    network = scene.network(keeper, daily_quota=200, reply_reserve=100, now=lambda: EVENING)
    await keeper.spend(day_of(EVENING), 97)
    top = scene.server.comment(scene.server.video(), "Wann?")
    with pytest.raises(Temporary) as waits:
        await listened(network)
    assert waits.value.retry_after == 12 * 3600
    assert scene.server.used == 3
    await network.reply(outgoing(parent_id=top, text="Um acht.", key="k"))
    assert scene.server.texts_under(top) == ["Um acht."]
    diagnosis = await network.check()
    assert [fault.code for fault in diagnosis.faults] == ["quota"]
    assert diagnosis.signed_in_as == "Lindenhof"
    assert diagnosis.budget is not None
    assert (diagnosis.budget.used, diagnosis.budget.of) == (153, 200)
    assert diagnosis.budget.resets_at == datetime(2026, 11, 23, 8, tzinfo=UTC)


async def test_nothing_is_sent_that_cannot_be_paid(scene: YouTubeScene) -> None:
    """INVARIANT: a reply that the day's units do not cover waits for the next day."""
    keeper = InMemoryKeeper()
    top = scene.server.comment(scene.server.video(), "Wann?")
    await keeper.spend(day_of(EVENING), 9_960)
    with pytest.raises(Temporary) as waits:
        await scene.network(keeper, now=lambda: EVENING).reply(
            outgoing(parent_id=top, text="Um acht.", key="k")
        )
    assert waits.value.retry_after == 12 * 3600
    assert scene.server.texts_under(top) == []


async def test_youtubes_word_that_the_quota_is_used_up_counts(scene: YouTubeScene) -> None:
    """INVARIANT: other programs of the same project spend too; then nobody is asked in vain."""
    keeper = InMemoryKeeper()
    scene.server.quota = 2
    network = scene.network(keeper, now=lambda: EVENING)
    with pytest.raises(Temporary) as waits:
        await anext(network.listen(None))
    assert waits.value.retry_after == 12 * 3600
    asked = len(scene.server.asked)
    with pytest.raises(Temporary):
        await anext(scene.network(keeper, now=lambda: EVENING).listen(None))
    assert len(scene.server.asked) == asked
    diagnosis = await network.check()
    assert [fault.code for fault in diagnosis.faults] == ["quota"]
    assert diagnosis.budget is not None
    assert diagnosis.budget.used == 10_000


async def test_the_next_day_everything_is_there_again(scene: YouTubeScene) -> None:
    keeper = InMemoryKeeper()
    await keeper.spend(day_of(EVENING), 10_000)
    scene.server.comment(scene.server.video(), "Wann?")
    tomorrow = datetime(2026, 11, 23, 9, tzinfo=UTC)
    network = scene.network(keeper, now=lambda: tomorrow, look_back_hours=48)
    assert len((await anext(network.listen(None))).events) == 1


async def test_a_reserve_that_leaves_nothing_for_reading_is_noticed(scene: YouTubeScene) -> None:
    with pytest.raises(ValidationError, match="reply_reserve"):
        scene.network(daily_quota=5_000)
