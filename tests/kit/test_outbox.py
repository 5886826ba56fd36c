"""What a transaction promised reaches the bus: in order, once, through any crash."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from schemas.comments import CommentReceived
from schemas.streams import CONSUMERS, STREAMS
from services.kit.bus import Bus
from services.kit.db import Pool, transaction
from services.kit.faults import PublishFailed
from services.kit.outbox import ROW_PATIENCE, Relay, promise, promise_raw
from services.kit.provision import provision_bus
from services.kit.servers.readiness import until
from services.kit.servers.running import RunningServer
from services.kit.telemetry import Telemetry
from tests.kit.promised import (
    connected,
    emptied,
    new_bus,
    promise_numbers,
    published,
    running,
    waiting,
)


@pytest.fixture
async def bus(nats_url: str) -> AsyncIterator[Bus]:
    async with connected(new_bus(nats_url)) as opened:
        yield opened


async def test_messages_are_published_in_the_order_they_were_promised(
    pool: Pool, bus: Bus, nats_url: str, database_url: str
) -> None:
    await promise_numbers(pool, range(300))
    relay = Relay(pool, bus, url=database_url)
    assert [await relay.flush() for _ in range(3)] == [200, 100, 0]
    assert await published(nats_url) == list(range(300))
    assert await waiting(pool) == []


async def test_what_a_failed_transaction_promised_is_never_said(
    pool: Pool, bus: Bus, nats_url: str, database_url: str
) -> None:
    """INVARIANT: a message leaves only when what it tells of was committed."""
    message = CommentReceived(
        happened_at=datetime.now(UTC), network="test", thread_key="b" * 16, comment_key="a" * 32,
        revision=1,
    )  # fmt: skip
    async with pool.connection() as connection:
        await promise(connection, "ingest", [message])
        await connection.rollback()
    assert await Relay(pool, bus, url=database_url).flush() == 0
    assert await published(nats_url) == []


async def test_a_relay_is_woken_by_a_promise_and_publishes_only_its_services_rows(
    pool: Pool, bus: Bus, nats_url: str, database_url: str
) -> None:
    async with running(Relay(pool, bus, url=database_url)):
        await promise_numbers(pool, [1])
        await emptied(pool)
        await promise_numbers(pool, [8], service="review")
        await promise_numbers(pool, [2])

        async def only_the_other() -> bool | None:
            return await waiting(pool) == [8] or None

        async with asyncio.timeout(30):
            await until(only_the_other)
    assert await published(nats_url) == [1, 2]


class Crashing(Bus):
    """Publishes and falls over before anybody learns of it."""

    async def publish_raw(self, *args: Any, **kwargs: Any) -> None:
        await super().publish_raw(*args, **kwargs)
        raise RuntimeError("power cut")


async def test_a_crash_between_publishing_and_forgetting_doubles_nothing(
    pool: Pool, nats_url: str, database_url: str
) -> None:
    """INVARIANT: a row published twice stands in the stream once, and none is forgotten."""
    await promise_numbers(pool, [1, 2])
    telemetry = Telemetry("ingest")
    async with connected(Crashing(nats_url, service="ingest", telemetry=telemetry)) as crashing:
        for _ in range(3):
            with pytest.raises(RuntimeError):
                await Relay(pool, crashing, url=database_url).flush()
    assert await waiting(pool) == [1, 2]
    async with connected(new_bus(nats_url)) as bus:
        await Relay(pool, bus, url=database_url).flush()
    assert await waiting(pool) == []
    assert await published(nats_url) == [1, 2]


async def test_a_relay_outlives_the_bus(
    pool: Pool, nats_server: RunningServer, database_url: str
) -> None:
    """INVARIANT: what was promised while the bus was down is published when it is back, once."""
    await provision_bus(nats_server.url, STREAMS, CONSUMERS)
    async with connected(new_bus(nats_server.url)) as bus:
        async with running(Relay(pool, bus, url=database_url)):
            await promise_numbers(pool, range(5))
            await emptied(pool)
            await nats_server.kill()
            await promise_numbers(pool, range(5, 10))
            await nats_server.restart()
            await emptied(pool)
        assert await published(nats_server.url) == list(range(10))


async def test_a_relay_outlives_its_database_connection(
    pool: Pool, bus: Bus, nats_url: str, database_url: str
) -> None:
    async with running(Relay(pool, bus, url=database_url)):
        await promise_numbers(pool, [1])
        await emptied(pool)
        async with await psycopg.AsyncConnection.connect(
            database_url, autocommit=True
        ) as administrator:
            await administrator.execute(
                "select pg_terminate_backend(pid, 30000) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )
        await promise_numbers(pool, [2])
        await emptied(pool)
    assert await published(nats_url) == [1, 2]


class Greedy(Bus):
    """A bus that takes a cancellation for itself, as `asyncio.wait_for` of Python 3.11 may."""

    def __init__(self, url: str) -> None:
        super().__init__(url, service="ingest", telemetry=Telemetry("ingest"))
        self.asked = asyncio.Event()

    async def publish_raw(self, *_: Any, **__: Any) -> None:
        self.asked.set()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()


async def test_a_relay_that_is_told_to_end_ends(pool: Pool, database_url: str) -> None:
    """INVARIANT: shutting down cannot hang on a cancellation that a library swallowed."""
    await promise_numbers(pool, [1])
    bus = Greedy("nats://nowhere.invalid")
    task = asyncio.create_task(Relay(pool, bus, url=database_url).run())
    await bus.asked.wait()
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=30)
    assert done == {task}
    assert await waiting(pool) == []


class Silent(Bus):
    """A bus that takes the first messages and then no more, as when its server died."""

    left = 0

    async def publish_raw(self, *args: Any, **kwargs: Any) -> None:
        if self.left == 0:
            raise PublishFailed("silence")
        self.left -= 1
        await super().publish_raw(*args, **kwargs)


async def test_what_the_bus_took_before_it_fell_silent_is_not_sent_again(
    pool: Pool, nats_server: RunningServer, database_url: str
) -> None:
    """INVARIANT: one message that cannot leave does not have the others sent twice for ever."""
    await provision_bus(nats_server.url, STREAMS, CONSUMERS)
    await promise_numbers(pool, range(5))
    bus = Silent(nats_server.url, service="ingest", telemetry=Telemetry("ingest"))
    bus.left = 3
    async with connected(bus):
        relay = Relay(pool, bus, url=database_url)
        assert await relay.flush() == 5
        assert await waiting(pool) == [3, 4]
        await promise_numbers(pool, [5])
        await nats_server.kill()
        with pytest.raises(PublishFailed):
            await relay.flush()
        assert await waiting(pool) == [3, 4, 5]
        await nats_server.restart()
        assert await bus.broker.ping(timeout=30)


async def test_a_message_the_bus_refuses_lets_the_others_pass(
    pool: Pool, bus: Bus, nats_url: str, database_url: str
) -> None:
    """INVARIANT: a poison row neither blocks the outbox nor is lost."""
    await promise_numbers(pool, [1])
    async with transaction(pool) as connection:
        for msg_id, stream, body in (("n8", "comments", b"8" * 9_000_000), ("n9", "none", b"9")):
            await promise_raw(
                connection, "ingest", stream=stream, subject=f"{stream}.x", msg_id=msg_id,
                body=body,
            )  # fmt: skip
    await promise_numbers(pool, [2])
    relay = Relay(pool, bus, url=database_url)
    while await relay.flush():
        continue
    assert await published(nats_url) == [1, 2]
    assert await waiting(pool) == [8, 9]


async def test_a_full_stream_lets_the_others_pass(
    pool: Pool, bus: Bus, nats_url: str, database_url: str
) -> None:
    """INVARIANT: what waits for a full stream holds nothing up that goes elsewhere."""
    jetstream = bus.broker.connection.jetstream()
    open_drafts = (await jetstream.stream_info("drafts")).config
    await jetstream.update_stream(open_drafts.evolve(max_bytes=10))
    async with transaction(pool) as connection:
        for number in range(1, 20):
            await promise_raw(
                connection, "ingest", stream="drafts", subject="drafts.x", msg_id=f"n{number}",
                body=b"0",
            )  # fmt: skip
    await promise_numbers(pool, [20])
    relay = Relay(pool, bus, url=database_url)
    began = asyncio.get_running_loop().time()
    while await relay.flush():
        continue
    assert await published(nats_url) == [20]
    assert await waiting(pool) == list(range(1, 20))
    assert asyncio.get_running_loop().time() - began < 10 * ROW_PATIENCE
    await jetstream.update_stream(open_drafts)
    async with transaction(pool) as connection:
        await connection.execute("update outbox set due_at = now()")
    while await relay.flush():
        continue
    assert await waiting(pool) == []


async def test_two_relays_share_the_work(pool: Pool, nats_url: str, database_url: str) -> None:
    """INVARIANT: several instances publish each row once."""
    numbers = list(range(1000))
    async with connected(new_bus(nats_url)) as one, connected(new_bus(nats_url)) as two:
        relays = [Relay(pool, one, url=database_url), Relay(pool, two, url=database_url)]
        async with running(*relays):
            for start in range(0, len(numbers), 50):
                await promise_numbers(pool, numbers[start : start + 50])
            await emptied(pool)
        assert one.telemetry.published.labels("ingest", "comments")._value.get() > 0
        sent = sum(
            bus.telemetry.published.labels("ingest", "comments")._value.get() for bus in (one, two)
        )
    assert sent == len(numbers)
    assert sorted(await published(nats_url)) == numbers


async def test_a_message_waits_until_it_is_due(
    pool: Pool, bus: Bus, nats_url: str, database_url: str
) -> None:
    now = datetime.now(UTC)
    await promise_numbers(pool, [3], due_at=now + timedelta(hours=1))
    await promise_numbers(pool, [2], due_at=now + timedelta(seconds=0.8))
    await promise_numbers(pool, [1], due_at=now - timedelta(days=1))
    relay = Relay(pool, bus, url=database_url)
    assert await relay.flush() == 1
    assert await published(nats_url) == [1]
    async with running(relay):

        async def due() -> bool | None:
            return await waiting(pool) == [3] or None

        async with asyncio.timeout(30):
            await until(due)
    assert datetime.now(UTC) >= now + timedelta(seconds=0.8)
    assert await published(nats_url) == [1, 2]
