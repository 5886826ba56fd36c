"""The board's figures are the broker's: compared on a real NATS, message by message."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import nats
import pytest
from nats.js import JetStreamContext

from schemas.streams import CONSUMERS, ROUTE_RECEIVED, STREAMS
from services.kit.queues import QueueReading, flow_between, read_bus, was_not_fetched_from

SUBJECT = "comments.received.sandbox.x"
OTHER = "comments.edited.sandbox.x"


@pytest.fixture
async def jetstream(nats_url: str) -> AsyncIterator[JetStreamContext]:
    connection = await nats.connect(nats_url)
    yield connection.jetstream()
    await connection.close()


async def read(jetstream: JetStreamContext) -> QueueReading:
    queues, _ = await read_bus(jetstream, [ROUTE_RECEIVED], STREAMS, datetime.now(UTC))
    return queues[0]


@asynccontextmanager
async def fetching(jetstream: JetStreamContext) -> AsyncIterator[Any]:
    reader = await jetstream.pull_subscribe_bind(ROUTE_RECEIVED.name, ROUTE_RECEIVED.stream)
    yield reader
    await reader.unsubscribe()


async def test_depth_age_and_repetitions_equal_the_brokers(jetstream: JetStreamContext) -> None:
    """INVARIANT: the board never shows another figure than the broker has."""
    assert (await read(jetstream)).depth == 0
    for number in range(7):
        await jetstream.publish(SUBJECT, f"{number}".encode())
        await jetstream.publish(OTHER, b"somebody else's")
    async with fetching(jetstream) as reader:
        held = await reader.fetch(4, timeout=30)
        await held[0].ack_sync()
        await held[2].ack_sync()
        await held[1].nak()
        rest: list[Any] = []
        while len(rest) < 4:
            rest += await reader.fetch(4 - len(rest), timeout=5)
        assert sorted(message.metadata.num_delivered for message in rest) == [1, 1, 1, 2]
        reading = await read(jetstream)
        info = await jetstream.consumer_info(ROUTE_RECEIVED.stream, ROUTE_RECEIVED.name)
        assert info.num_pending is not None
        assert info.num_ack_pending is not None
        assert reading.depth == info.num_pending + info.num_ack_pending == 5
        assert reading.redelivered == info.num_redelivered == 1
        oldest = await jetstream.get_msg("comments", held[1].metadata.sequence.stream)
        assert reading.oldest_at == oldest.time
        assert reading.oldest > 0
        for message in (held[3], *rest):
            await message.ack_sync()
    emptied = await read(jetstream)
    assert (emptied.depth, emptied.oldest_at, emptied.oldest, emptied.redelivered) == (
        0,
        None,
        0,
        0,
    )


async def test_streams_and_all_queues_are_read(jetstream: JetStreamContext) -> None:
    await jetstream.publish(SUBJECT, b"x" * 1000)
    queues, streams = await read_bus(jetstream, CONSUMERS, STREAMS, datetime.now(UTC))
    assert {queue.queue for queue in queues} == {consumer.name for consumer in CONSUMERS}
    filled = {stream.stream: stream for stream in streams}
    state = (await jetstream.stream_info("comments")).state
    comments = filled["comments"]
    assert (comments.messages, comments.bytes) == (state.messages, state.bytes)
    assert comments.max_bytes == next(s.max_bytes for s in STREAMS if s.name == "comments")
    assert 0 < comments.fill < 0.001
    assert filled["dead"].fill == 0


async def test_a_missing_consumer_is_left_out(jetstream: JetStreamContext) -> None:
    await jetstream.delete_consumer(ROUTE_RECEIVED.stream, ROUTE_RECEIVED.name)
    queues, _ = await read_bus(jetstream, CONSUMERS, STREAMS, datetime.now(UTC))
    assert len(queues) == len(CONSUMERS) - 1


async def test_what_came_and_went_is_counted_between_readings(jetstream: JetStreamContext) -> None:
    before = await read(jetstream)
    for number in range(6):
        await jetstream.publish(SUBJECT, f"{number}".encode())
        await jetstream.publish(OTHER, b"not ours")
    async with fetching(jetstream) as reader:
        for message in (await reader.fetch(6, timeout=30))[:4]:
            await message.ack_sync()
        between = await read(jetstream)
        flow = flow_between(before, between)
        assert flow is not None
        assert (flow.arrived, flow.handled) == (6, 4)
        await asyncio.gather(*(jetstream.publish(SUBJECT, f"{n}".encode()) for n in (7, 8, 9)))
        flow = flow_between(between, await read(jetstream))
        assert flow is not None
        assert (flow.arrived, flow.handled) == (3, 0)


async def test_a_message_tried_over_and_over_is_no_traffic(jetstream: JetStreamContext) -> None:
    """INVARIANT: a handler that fails all the time does not look like a busy one."""
    await jetstream.publish(SUBJECT, b"poison")
    async with fetching(jetstream) as reader:
        for _ in range(3):
            (held,) = await reader.fetch(1, timeout=30)
            await held.nak()
        (held,) = await reader.fetch(1, timeout=30)
        before = await read(jetstream)
        for _ in range(5):
            await held.nak()
            (held,) = await reader.fetch(1, timeout=30)
        flow = flow_between(before, await read(jetstream))
    assert flow is not None
    assert (flow.arrived, flow.handled) == (0, 0)


def reading(at: datetime, **fields: Any) -> QueueReading:
    counted = {
        "depth": 0, "oldest_at": None, "redelivered": 0, "pending": 0, "delivered": 10,
        "reached": 20, "last": 20, "created_at": datetime(2026, 1, 1, tzinfo=UTC), "read_at": at,
    }  # fmt: skip
    return QueueReading(queue="route_received", **{**counted, **fields})


def test_what_nobody_fetches_is_told_from_what_is_tried_in_vain() -> None:
    now = datetime(2026, 11, 9, tzinfo=UTC)
    later = now + timedelta(seconds=15)
    waits = reading(now, pending=3)
    assert was_not_fetched_from(waits, reading(later, pending=3))
    assert not was_not_fetched_from(waits, reading(later, pending=3, delivered=11))
    assert not was_not_fetched_from(reading(now), reading(later, pending=3))
    assert not was_not_fetched_from(waits, reading(later))
    assert not was_not_fetched_from(None, reading(later, pending=3))
    assert not was_not_fetched_from(waits, reading(later, pending=3, created_at=now))


def test_readings_of_another_consumer_or_clock_are_not_compared() -> None:
    now = datetime(2026, 11, 9, tzinfo=UTC)
    later = now + timedelta(seconds=15)
    assert flow_between(None, reading(now)) is None
    assert flow_between(reading(later), reading(now)) is None
    assert flow_between(reading(now), reading(later, delivered=3)) is None
    assert flow_between(reading(now), reading(later, last=1)) is None
    anew = reading(later, created_at=now)
    assert flow_between(reading(now), anew) is None
    flow = flow_between(reading(now), reading(later))
    assert flow is not None
    assert (flow.arrived, flow.handled, flow.seconds) == (0, 0, 15)
