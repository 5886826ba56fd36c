"""Delivery on a real NATS: nothing is lost, nothing blocks, the unreadable is buried."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import nats
import psycopg
import pytest
from faststream import AckPolicy

from schemas.comments import CommentReceived
from schemas.streams import (
    CONSUMERS,
    MESSAGES,
    REVIEW_DEAD,
    ROUTE_RECEIVED,
    STREAMS,
    Consumer,
)
from services.kit.bulkhead import Bulkhead
from services.kit.bus import Bus
from services.kit.faults import TryLater, retry_delay
from services.kit.provision import provision_bus
from services.kit.servers.running import RunningServer
from services.kit.service import CannotStart, listening
from services.kit.telemetry import Telemetry

Handle = Callable[[CommentReceived], Any]


def received(key: str = "a" * 32) -> CommentReceived:
    return CommentReceived(
        happened_at=datetime.now(UTC), network="sandbox", thread_key="b" * 16, comment_key=key,
        revision=1,
    )  # fmt: skip


def new_bus(url: str) -> Bus:
    return Bus(url, service="route", telemetry=Telemetry("route"))


@asynccontextmanager
async def handled_by(
    url: str, handle: Handle, consumer: Consumer = ROUTE_RECEIVED, *, notes: bool = False
) -> AsyncIterator[Bus]:
    """Run a handler as a process of its own would; with `notes` it leaves word of its tries."""
    bus = new_bus(url)
    if notes:
        bus.bulkhead = Bulkhead(["nothing is handled beside"], {})

    @bus.on(consumer)
    async def on_received(event: CommentReceived) -> None:
        await handle(event)

    async with listening(bus):
        yield bus


async def dead_letters(url: str, count: int, *, timeout: float = 30) -> list[Any]:
    """Wait until so many dead letters stand in the stream and return them."""
    connection = await nats.connect(url)
    try:
        reader = await connection.jetstream().subscribe("dead.>", ordered_consumer=True)
        return [await reader.next_msg(timeout=timeout) for _ in range(count)]
    finally:
        await connection.close()


async def test_a_failing_handler_sees_the_message_again(nats_url: str) -> None:
    """INVARIANT: an exception in a handler never takes the message out of the stream."""
    tries: list[str] = []
    done = asyncio.Event()

    async def handle(event: CommentReceived) -> None:
        tries.append(event.comment_key)
        if len(tries) < 3:
            raise RuntimeError("not yet")
        done.set()

    async with handled_by(nats_url, handle) as bus:
        assert bus.broker.config.broker_config.ack_policy is AckPolicy.NACK_ON_ERROR
        await bus.publish(received())
        await asyncio.wait_for(done.wait(), 30)
    assert len(tries) == 3


@pytest.mark.parametrize("body", [b"{not json", b"\xff\xfe", b"[]", b'{"revision": 0}', b""])
async def test_an_unreadable_body_is_buried_and_its_neighbours_go_on(
    nats_url: str, body: bytes
) -> None:
    """INVARIANT: a poison message is buried at once and never blocks the one behind it."""
    seen = asyncio.Event()

    async def handle(_: CommentReceived) -> None:
        seen.set()

    async with handled_by(nats_url, handle) as bus:
        await bus.publish_raw(
            "comments.received.sandbox.x", body, stream="comments", msg_id="poison"
        )
        await bus.publish(received())
        await asyncio.wait_for(seen.wait(), 30)
        (letter,) = await dead_letters(nats_url, 1)
    assert letter.data == body
    assert "Dead-Reason" in letter.headers


async def test_infrastructure_errors_never_count(nats_url: str) -> None:
    """INVARIANT: a database that is down for long does not fill the dead letters."""
    tries = 0
    done = asyncio.Event()

    async def handle(_: CommentReceived) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise psycopg.OperationalError("the server is restarting")
        if tries <= ROUTE_RECEIVED.tries + 2:
            raise TryLater("patience", delay=0.05)
        done.set()

    async with handled_by(nats_url, handle) as bus:
        await bus.publish(received())
        await asyncio.wait_for(done.wait(), 30)
    assert tries == ROUTE_RECEIVED.tries + 3


async def test_the_same_happening_is_stored_once(nats_url: str) -> None:
    seen: list[str] = []
    last = asyncio.Event()

    async def handle(event: CommentReceived) -> None:
        seen.append(event.comment_key)
        if event.comment_key == "c" * 32:
            last.set()

    async with handled_by(nats_url, handle) as bus:
        for _ in range(5):
            await bus.publish(received())
        await bus.publish(received("c" * 32))
        await asyncio.wait_for(last.wait(), 30)
    assert seen.count("a" * 32) == 1


async def test_publishing_waits_for_a_server_that_comes_back(nats_server: RunningServer) -> None:
    """INVARIANT: a publish during an outage is neither lost nor stored twice."""
    await provision_bus(nats_server.url, STREAMS, CONSUMERS)
    bus = new_bus(nats_server.url)
    await bus.broker.connect()
    try:
        await nats_server.kill()
        publishing = asyncio.create_task(bus.publish(received()))
        await nats_server.restart()
        await asyncio.wait_for(publishing, 30)
        jetstream = bus.broker.connection.jetstream()
        assert (await jetstream.stream_info("comments")).state.messages == 1
    finally:
        await bus.broker.stop()


async def test_a_service_refuses_to_start_without_its_consumer(nats_server: RunningServer) -> None:
    bus = new_bus(nats_server.url)

    @bus.on(ROUTE_RECEIVED)
    async def on_received(event: CommentReceived) -> None:
        raise AssertionError(event)

    with pytest.raises(CannotStart, match="dialogwerk provision"):
        async with listening(bus):
            raise AssertionError("must not start")


async def test_a_deleted_consumer_makes_the_service_not_ready(nats_url: str) -> None:
    """INVARIANT: readiness asks the consumer; a ping alone would be true for a dead service."""

    async def handle(_: CommentReceived) -> None:
        return

    async with handled_by(nats_url, handle) as bus:
        assert await bus.trouble() is None
        await bus.broker.connection.jetstream().delete_consumer("comments", "route_received")
        assert "route_received is missing" in (await bus.trouble() or "")
        assert await bus.broker.ping(timeout=30)


async def test_provision_is_idempotent_and_upgrades(nats_server: RunningServer) -> None:
    first = await provision_bus(nats_server.url, STREAMS, CONSUMERS)
    assert len(first) == len(STREAMS) + len(CONSUMERS)
    assert await provision_bus(nats_server.url, STREAMS, CONSUMERS) == []
    connection = await nats.connect(nats_server.url)
    try:
        jetstream = connection.jetstream()
        info = await jetstream.consumer_info("comments", "route_received")
        info.config.ack_wait = 7.0
        await jetstream.add_consumer("comments", info.config)
    finally:
        await connection.close()
    again = await provision_bus(nats_server.url, STREAMS, CONSUMERS)
    assert again == ["consumer route_received upgraded"]


def test_retries_grow_and_stay_bounded() -> None:
    assert retry_delay(1) <= 0.5
    assert 15 <= retry_delay(7) <= 32
    assert retry_delay(50) <= 60


async def test_a_service_leaves_the_streams_as_provisioned(nats_url: str) -> None:
    """INVARIANT: starting a service that hears and says things changes no stream's settings."""
    connection = await nats.connect(nats_url)
    jetstream = connection.jetstream()
    before = [(await jetstream.stream_info(stream.name)).config for stream in STREAMS]

    async def handle(_: CommentReceived) -> None:
        return

    bus = new_bus(nats_url)
    bus.says(*MESSAGES)
    bus.on(ROUTE_RECEIVED)(handle)
    async with listening(bus):
        await bus.publish(received())
        after = [(await jetstream.stream_info(stream.name)).config for stream in STREAMS]
    await connection.close()
    assert after == before


async def test_a_dead_letter_is_never_buried_again(nats_url: str) -> None:
    """INVARIANT: trouble with listing a dead letter does not multiply it."""
    bus = new_bus(nats_url)
    tried = asyncio.Event()

    @bus.on(REVIEW_DEAD, undecoded=True)
    async def on_dead(body: bytes) -> None:
        tried.set()
        raise ValueError(body)

    async with listening(bus):
        await bus.publish_raw("dead.x", b"\xff{", stream="dead", msg_id="one")
        await asyncio.wait_for(tried.wait(), 30)
        assert (await bus.broker.connection.jetstream().stream_info("dead")).state.messages == 1


async def test_a_clean_stop_alarms_nobody(nats_url: str, caplog: pytest.LogCaptureFixture) -> None:
    """INVARIANT: what a stop interrupts comes again by itself, and no error is logged for it."""
    bus = new_bus(nats_url)
    bus.broker.config.broker_config.graceful_timeout = 0.1
    begun = asyncio.Event()

    @bus.on(ROUTE_RECEIVED)
    async def on_received(_: CommentReceived) -> None:
        begun.set()
        await asyncio.Event().wait()

    async with listening(bus):
        await bus.publish(received())
        await asyncio.wait_for(begun.wait(), 30)
    assert [record for record in caplog.records if record.levelno > logging.INFO] == []
