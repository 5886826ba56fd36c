"""Room in streams: a house that is worked off never stops, and nothing unread ever goes."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import nats
import pytest
from nats.js import JetStreamContext
from nats.js.errors import APIError

from schemas.streams import CONSUMERS, ROUTE_RECEIVED, STREAMS
from services.kit.bus_users import as_user, bus_user, inbox_of
from services.kit.provision import provision_bus
from services.kit.queues import read_bus
from services.kit.room import make_room
from services.kit.servers.nats import embedded_nats
from services.kit.servers.running import RunningServer

COMMENTS = next(stream for stream in STREAMS if stream.name == "comments")
SMALL = replace(COMMENTS, max_bytes=20_000)
READERS = tuple(one for one in CONSUMERS if one.stream == COMMENTS.name)
PASSWORD = "fliederstrauch"
Clear = Callable[[], Awaitable[list[str]]]
BODY = b"x" * 400


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RunningServer]:
    """A bus with the small stream, and with a user who may do what the desk does there."""
    desk = bus_user("review", hears=(), says=(), oversees=[SMALL])
    async with embedded_nats(
        tmp_path, sync_interval="100ms", users=[desk], passwords={"review": PASSWORD}
    ) as nats_server:
        await provision_bus(nats_server.url, [SMALL], READERS)
        yield nats_server


@pytest.fixture
async def jetstream(server: RunningServer) -> AsyncIterator[JetStreamContext]:
    connection = await nats.connect(server.url)
    yield connection.jetstream()
    await connection.close()


@pytest.fixture
async def clear(server: RunningServer) -> AsyncIterator[Clear]:
    """Clear the stream as the desk, with its rights."""
    connection = await nats.connect(
        as_user(server.url, "review", PASSWORD), inbox_prefix=inbox_of("review").encode()
    )
    jetstream = connection.jetstream()

    async def work() -> list[str]:
        _, filled = await read_bus(jetstream, READERS, [SMALL], datetime.now(UTC))
        return await make_room(jetstream, filled, READERS)

    yield work
    await connection.close()


async def publish(jetstream: JetStreamContext, count: int, kind: str = "received") -> None:
    for _ in range(count):
        await jetstream.publish(f"comments.{kind}.sandbox.x", BODY, stream="comments")


async def handle(jetstream: JetStreamContext, count: int) -> None:
    reader = await jetstream.pull_subscribe_bind(ROUTE_RECEIVED.name, ROUTE_RECEIVED.stream)
    done = 0
    while done < count:
        for message in await reader.fetch(count - done, timeout=10):
            await message.ack_sync()
            done += 1
    await reader.unsubscribe()


async def test_a_stream_that_is_worked_off_never_fills(
    jetstream: JetStreamContext, clear: Clear
) -> None:
    """INVARIANT: a house may take in more than its streams hold, as long as it keeps up."""
    with pytest.raises(APIError, match="maximum bytes"):
        await publish(jetstream, 100)
    stored = (await jetstream.stream_info("comments")).state.messages
    await handle(jetstream, stored)
    for _ in range(6):
        assert await clear() == ["comments"]
        half = stored // 2
        await publish(jetstream, half)
        await handle(jetstream, half)


async def test_what_somebody_has_not_read_stays(jetstream: JetStreamContext, clear: Clear) -> None:
    """INVARIANT: no message goes before each of its readers has acknowledged it."""
    await publish(jetstream, 4)
    await publish(jetstream, 1, kind="edited")
    await publish(jetstream, 20)
    await handle(jetstream, 24)
    await clear()
    kept = await jetstream.get_msg("comments", 1, next=True, subject="comments.edited.>")
    assert kept.seq == 5


async def test_a_reader_that_is_missing_stops_the_clearing(
    jetstream: JetStreamContext, clear: Clear
) -> None:
    await publish(jetstream, 25)
    await handle(jetstream, 25)
    await jetstream.delete_consumer("comments", "review_edited")
    assert await clear() == []
    assert (await jetstream.stream_info("comments")).state.first_seq == 1


async def test_a_queue_that_no_release_reads_any_more_is_removed_when_told(
    server: RunningServer, jetstream: JetStreamContext, clear: Clear
) -> None:
    """INVARIANT: a queue of the earlier release stays until the upgrade is declared over."""
    former = replace(ROUTE_RECEIVED, name="route_arrived")
    await provision_bus(server.url, [SMALL], [*READERS, former])
    await publish(jetstream, 25)
    await handle(jetstream, 25)
    assert await provision_bus(server.url, [SMALL], READERS) == []
    assert await clear() == []
    done = await provision_bus(server.url, [SMALL], READERS, tighten=True)
    assert done == ["consumer route_arrived removed"]
    assert await clear() == ["comments"]
