"""Two releases side by side: what one of them cannot handle waits for the other."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import psycopg

import schemas
from schemas.comments import CommentReceived, CommentRouted
from schemas.streams import REVIEW_ROUTED, ROUTE_RECEIVED
from services.kit.bus import Bus
from services.kit.delivery import Failures
from services.kit.faults import UPGRADE_PATIENCE
from services.kit.servers.readiness import until
from services.kit.service import listening
from services.kit.telemetry import Telemetry
from tests.kit.test_bus import dead_letters, handled_by, received

EXAMPLE = Path(schemas.__file__).parent / "examples/CommentRouted.v1.json"
LETTER = f"{ROUTE_RECEIVED.name}:comments:1"


class OfALaterRelease(CommentRouted):
    """The message with a lane that this release does not know."""

    lane: Literal["answer", "celebrate"]  # type: ignore[assignment]


@asynccontextmanager
async def desk(
    url: str, message: type[CommentRouted], handle: Callable[[str], Awaitable[None]]
) -> AsyncIterator[Bus]:
    """Run a reader of sorted comments that knows the message as one release has it."""
    bus = Bus(url, service="review", telemetry=Telemetry("review"))

    async def on_routed(event: CommentRouted) -> None:
        await handle(event.lane)

    on_routed.__annotations__["event"] = message
    bus.on(REVIEW_ROUTED)(on_routed)
    async with listening(bus):
        yield bus


async def test_a_word_of_a_newer_release_waits_for_a_reader_of_it(nats_url: str) -> None:
    """INVARIANT: what a new release says to an old one is neither lost nor a dead letter."""
    told: asyncio.Queue[tuple[str, str]] = asyncio.Queue()

    async def old(lane: str) -> None:
        await told.put(("old", lane))

    async def new(lane: str) -> None:
        await told.put(("new", lane))

    golden = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    async with desk(nats_url, CommentRouted, old) as bus:
        for number, lane in enumerate(("celebrate", "answer")):
            await bus.publish_raw(
                golden["subject"], json.dumps({**golden["body"], "lane": lane}).encode(),
                stream="comments", msg_id=str(number),
            )  # fmt: skip
        assert await asyncio.wait_for(told.get(), 20) == ("old", "answer")
        await asyncio.wait_for(until(lambda: given_back(bus)), 20)
        async with desk(nats_url, OfALaterRelease, new):
            assert await asyncio.wait_for(told.get(), 60) == ("new", "celebrate")
        jetstream = bus.broker.connection.jetstream()
        assert (await jetstream.stream_info("dead")).state.messages == 0


async def given_back(bus: Bus) -> bool | None:
    return 'fault="release"' in bus.telemetry.exposition().decode() or None


async def test_a_right_that_comes_a_moment_later_costs_no_message(nats_url: str) -> None:
    """INVARIANT: between a migration and its grants no message becomes a dead letter."""
    tries = 0
    done = asyncio.Event()

    async def handle(_: CommentReceived) -> None:
        nonlocal tries
        tries += 1
        if tries <= 2:
            raise psycopg.errors.InsufficientPrivilege("permission denied for table tombstones")
        done.set()

    async with handled_by(nats_url, handle, replace(ROUTE_RECEIVED, tries=1)) as bus:
        await bus.publish(received())
        await asyncio.wait_for(done.wait(), 20)
    assert bus.own_faults == {}


async def test_what_no_release_knows_is_a_dead_letter_in_the_end(nats_url: str) -> None:
    async def handle(_: CommentReceived) -> None:
        raise psycopg.errors.UndefinedColumn('column "mood" does not exist')

    async with handled_by(nats_url, handle) as bus:
        long_ago = datetime.now(UTC) - timedelta(seconds=UPGRADE_PATIENCE)
        bus.own_faults[LETTER] = Failures(0, long_ago)
        await bus.publish(received())
        (letter,) = await dead_letters(nats_url, 1)
    assert letter.headers["Dead-Reason"] == 'UndefinedColumn: column "mood" does not exist'
