"""An outbox with numbered messages, relays that run, and what arrived in the stream."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime

import nats

from services.kit.bus import Bus
from services.kit.db import Pool, transaction
from services.kit.outbox import Relay, promise_raw
from services.kit.servers.readiness import until
from services.kit.telemetry import Telemetry

SUBJECT = "comments.received.test.x"


def new_bus(url: str, service: str = "ingest") -> Bus:
    return Bus(url, service=service, telemetry=Telemetry(service))


@asynccontextmanager
async def connected(bus: Bus) -> AsyncIterator[Bus]:
    await bus.broker.connect()
    try:
        yield bus
    finally:
        await bus.broker.stop()


@asynccontextmanager
async def running(*relays: Relay) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(relay.run()) for relay in relays]
    try:
        yield
        assert not any(task.done() for task in tasks)
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task


async def promise_numbers(
    pool: Pool, numbers: Sequence[int], *, service: str = "ingest", due_at: datetime | None = None
) -> None:
    async with transaction(pool) as connection:
        for number in numbers:
            await promise_raw(
                connection, service, stream="comments", subject=SUBJECT, msg_id=f"n{number}",
                body=str(number).encode(), due_at=due_at,
            )  # fmt: skip


async def waiting(pool: Pool) -> list[int]:
    async with pool.connection() as connection:
        rows = await connection.execute("select msg_id from outbox order by outbox_id")
        return [int(msg_id.removeprefix("n")) async for (msg_id,) in rows]


async def emptied(pool: Pool) -> None:
    async def empty() -> bool | None:
        return await waiting(pool) == [] or None

    async with asyncio.timeout(30):
        await until(empty)


async def published(url: str) -> list[int]:
    """Return what stands in the stream, in its order."""
    connection = await nats.connect(url)
    try:
        jetstream = connection.jetstream()
        stored = (await jetstream.stream_info("comments")).state.messages
        reader = await jetstream.subscribe("comments.>", ordered_consumer=True)
        return [int((await reader.next_msg(timeout=30)).data) for _ in range(stored)]
    finally:
        await connection.close()
