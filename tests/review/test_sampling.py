"""The sampler on a real bus and database: history, alarms, one writer at a time."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import nats.errors
import pytest

from schemas.streams import CONSUMERS
from services.kit.bus import Bus
from services.kit.db import Pool, transaction
from services.kit.servers.readiness import until
from services.kit.servers.running import RunningServer
from services.kit.settings import Settings
from services.kit.telemetry import Telemetry
from services.review.alarm_rules import load_rules
from services.review.gauges import Gauges
from services.review.house_state import HouseReader
from services.review.sampling import Sampler
from services.store import alarms, queues
from services.store.alarms import Alarm, Condition, Way
from services.store.dead_letters import DeadLetter, add_dead_letter
from tests.kit.test_bus import received
from tests.review.reading import rows
from tests.review.room import Room

CALM = timedelta(minutes=2)


@dataclass
class Clock:
    """A clock that tests move."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **time: float) -> None:
        self.now += timedelta(**time)


@pytest.fixture
async def bus(nats_url: str) -> AsyncIterator[Bus]:
    bus = Bus(nats_url, service="review", telemetry=Telemetry("review"))
    await bus.broker.connect()
    yield bus
    with suppress(nats.errors.Error):
        await bus.broker.stop()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def sampler_of(bus: Bus, pool: Pool, clock: Clock, ways: Sequence[Way] = ()) -> Sampler:
    house = HouseReader(pool, Settings())
    telemetry = Telemetry("review")
    return Sampler(bus, pool, house, load_rules(), ways, Gauges(telemetry), clock)


async def standing(pool: Pool) -> list[Alarm]:
    async with pool.connection() as connection:
        return await alarms.read_standing(connection)


async def test_a_look_is_kept_and_what_came_is_counted(bus: Bus, pool: Pool, clock: Clock) -> None:
    sampler = sampler_of(bus, pool, clock)
    assert await sampler.look()
    for number in range(3):
        await bus.publish(received(f"{number}" * 32))
    clock.pass_(seconds=15)
    assert await sampler.look()
    async with pool.connection() as connection:
        readings = {one.queue: one for one in await queues.read_queues(connection)}
        samples = await queues.read_samples(connection, clock.now - timedelta(hours=1))
        streams = await queues.read_streams(connection)
    assert readings["route_received"].depth == 3
    assert sum(one.arrived for one in samples["route_received"]) == 3
    assert sum(one.handled for one in samples["route_received"]) == 0
    assert max(one.depth for one in samples["route_received"]) == 3
    assert next(one.messages for one in streams if one.stream == "comments") == 3


async def test_two_instances_write_once(bus: Bus, pool: Pool, clock: Clock) -> None:
    """INVARIANT: two desks do not count the same messages twice."""
    first, second = sampler_of(bus, pool, clock), sampler_of(bus, pool, clock)
    assert await first.look()
    assert not await second.look()
    clock.pass_(seconds=15)
    async with transaction(pool) as connection:
        assert await queues.hold_sampling(connection)
        assert not await first.look()
    assert await second.look()


async def test_an_old_message_raises_an_alarm_and_its_end_clears_it(
    bus: Bus, pool: Pool, clock: Clock
) -> None:
    sampler = sampler_of(bus, pool, clock, ["webhook", "email"])
    await bus.publish(received())
    await sampler.look()
    assert await standing(pool) == []
    clock.pass_(minutes=11)
    await sampler.look()
    (alarm,) = await standing(pool)
    assert (alarm.rule, alarm.subject) == ("age", "route_received")
    clock.pass_(minutes=1)
    await sampler.look()
    assert [one.alarm_id for one in await standing(pool)] == [alarm.alarm_id]
    await bus.broker.connection.jetstream().purge_stream("comments")
    clock.pass_(minutes=1)
    await sampler.look()
    assert len(await standing(pool)) == 1
    clock.pass_(minutes=2)
    await sampler.look()
    assert await standing(pool) == []
    told = await rows(pool, "select event, way from alarm_notices order by notice_id")
    assert sorted(told) == sorted(
        (event, way) for event in ("raised", "cleared") for way in ("webhook", "email")
    )


async def test_a_queue_that_nobody_fetches_from_or_that_is_gone_calls_somebody(
    bus: Bus, pool: Pool, clock: Clock
) -> None:
    """INVARIANT: a stuck consumer, or one that was deleted, does not stay unnoticed."""
    sampler = sampler_of(bus, pool, clock)
    jetstream = bus.broker.connection.jetstream()
    await jetstream.delete_consumer("comments", "route_edited")
    await bus.publish(received())
    for _ in range(5):
        await sampler.look()
        clock.pass_(minutes=1)
    found = sorted((one.rule, one.subject) for one in await standing(pool))
    assert found == [("missing", "route_edited"), ("stuck", "route_received")]
    reader = await jetstream.pull_subscribe_bind("route_received", "comments")
    await reader.fetch(1)
    for _ in range(3):
        await sampler.look()
        clock.pass_(minutes=1)
    assert {one.rule for one in await standing(pool)} == {"missing", "unheard"}


async def test_a_queue_that_is_full_or_paused_and_a_service_that_is_away_call_somebody(
    bus: Bus, pool: Pool, clock: Clock
) -> None:
    """INVARIANT: a consumer that hands out nothing new does not stay unnoticed."""
    sampler = sampler_of(bus, pool, clock)
    jetstream = bus.broker.connection.jetstream()
    narrow = (await jetstream.consumer_info("comments", "route_received")).config
    await jetstream.add_consumer("comments", narrow.evolve(max_ack_pending=2))
    for number in range(3):
        await bus.publish(received(f"{number}" * 32))
    reader = await jetstream.pull_subscribe_bind("route_received", "comments")
    given_out = await reader.fetch(2)
    await bus.broker.connection.request(
        "$JS.API.CONSUMER.PAUSE.comments.route_edited", b'{"pause_until": "2100-01-01T00:00:00Z"}'
    )
    for _ in range(7):
        await sampler.look()
        clock.pass_(minutes=1)
    services = sorted({consumer.service for consumer in CONSUMERS})
    found = sorted((one.rule, one.subject) for one in await standing(pool))
    assert found == [
        ("held", "route_received"), ("paused", "route_edited"), ("stuck", "route_received"),
        *(("unheard", service) for service in services),
    ]  # fmt: skip
    for message in given_out:
        await message.ack_sync()
    (last,) = await reader.fetch(1)
    await last.ack_sync()
    asking = asyncio.create_task(reader.fetch(1, timeout=60))

    async def is_asked() -> bool | None:
        info = await jetstream.consumer_info("comments", "route_received")
        return (info.num_waiting or 0) > 0 or None

    async with asyncio.timeout(20):
        await until(is_asked)
    for _ in range(4):
        await sampler.look()
        clock.pass_(minutes=1)
    asking.cancel()
    left = {(one.rule, one.subject) for one in await standing(pool)}
    assert left == {("paused", "route_edited"), *(("unheard", one) for one in services)} - {
        ("unheard", "route")
    }


async def test_a_silent_broker_is_an_alarm_and_clears_no_other(
    nats_server: RunningServer, bus: Bus, pool: Pool, clock: Clock
) -> None:
    """INVARIANT: what nobody can see is not told to be over."""
    sampler = sampler_of(bus, pool, clock)
    await bus.publish(received())
    clock.pass_(minutes=11)
    await sampler.look()
    assert [one.rule for one in await standing(pool)] == ["age"]
    await nats_server.kill()
    clock.pass_(minutes=1.5)
    await sampler.look()
    clock.pass_(minutes=1.5)
    await sampler.look()
    assert sorted(one.rule for one in await standing(pool)) == ["age", "bus"]


async def test_a_dead_letter_calls_somebody(bus: Bus, pool: Pool, clock: Clock) -> None:
    sampler = sampler_of(bus, pool, clock, ["webhook"])
    letter = DeadLetter("x:1", "route_received", "s", "comments", None, "r", 5, b"{}", clock.now)
    async with transaction(pool) as connection:
        await add_dead_letter(connection, letter)
    await sampler.look()
    assert [(one.rule, one.subject) for one in await standing(pool)] == [("dead", "route_received")]
    exposed = sampler.gauges._dead.labels("review", "route_received")._value.get()
    assert exposed == 1


async def settle(pool: Pool, *conditions: Condition, now: datetime) -> None:
    async with transaction(pool) as connection:
        await alarms.settle_alarms(connection, conditions, now=now, calm=CALM, ways=["webhook"])


async def test_what_must_hold_for_a_while_is_raised_only_then(pool: Pool, clock: Clock) -> None:
    books = Condition("books", "books", "3", timedelta(minutes=10))
    for _ in range(10):
        await settle(pool, books, now=clock.now)
        clock.pass_(minutes=1)
    assert await standing(pool) == []
    await settle(pool, now=clock.now)
    for _ in range(11):
        assert await standing(pool) == []
        await settle(pool, books, now=clock.now)
        clock.pass_(minutes=1)
    assert [one.rule for one in await standing(pool)] == ["books"]


async def test_time_in_which_nobody_looked_does_not_count(pool: Pool, clock: Clock) -> None:
    books = Condition("books", "books", "3", timedelta(minutes=10))
    await settle(pool, books, now=clock.now)
    clock.pass_(hours=1)
    await settle(pool, books, now=clock.now)
    assert await standing(pool) == []


async def test_coming_and_going_is_one_alarm(pool: Pool, clock: Clock) -> None:
    """INVARIANT: an unsteady condition does not flood anybody's mailbox."""
    deep = Condition("spike", "route_received", "900 / 10")
    for _ in range(10):
        await settle(pool, deep, now=clock.now)
        clock.pass_(seconds=45)
        await settle(pool, now=clock.now)
        clock.pass_(seconds=45)
    assert await rows(pool, "select count(*) from alarms") == [(1,)]
    assert await rows(pool, "select event from alarm_notices") == [("raised",)]


async def test_a_week_is_kept_and_the_usual_depth_comes_from_the_day_before(
    pool: Pool, clock: Clock
) -> None:
    now = clock.now
    async with transaction(pool) as connection:
        await connection.execute(
            "insert into queue_samples (queue, minute, depth, oldest, redelivered, arrived,"
            " handled, seconds) select 'route_received', %s - n * interval '1 minute', 10, 0, 0,"
            " 0, 0, 60 from generate_series(31, 200) n union all"
            " select 'new', %s - n * interval '1 minute', 10, 0, 0, 0, 0, 60"
            " from generate_series(31, 60) n union all"
            " select 'old', %s - interval '8 days', 10, 0, 0, 0, 0, 60",
            [now, now, now],
        )
        assert await queues.usual_depths(connection, now) == {"route_received": 10.0}
        await queues.forget_samples(connection, now)
        assert "old" not in await queues.read_samples(connection, now - timedelta(days=30))


async def test_the_page_shows_what_was_read(room: Room, bus: Bus, clock: Clock) -> None:
    jule, emre = await room.colleague(), await room.colleague("Emre", "en")
    html = (await jule.get("/queues")).text
    assert "noch nicht gelesen" in html
    sampler = sampler_of(bus, room.pool, clock)
    await sampler.look()
    await bus.publish(received())
    clock.pass_(minutes=11)
    await sampler.look()
    html = (await jule.get("/queues")).text
    for part in ("Neue Kommentare, die sortiert werden", "Etwas wartet zu lange", "11 Min."):
        assert part in html
    assert html.count("<polyline") >= 1
    part_only: Any = await emre.get("/queues", **{"hx-request": "true"})
    assert "<html" not in part_only.text
    assert "Something waits too long: New comments to be sorted (11 min)" in part_only.text
    assert "In the last hour 1 came and 0 went" in part_only.text
