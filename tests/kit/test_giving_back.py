"""A process that stops leaves nothing waiting for its acknowledgement."""

import asyncio

from schemas.comments import CommentReceived
from schemas.streams import ROUTE_RECEIVED
from services.kit.bus import Bus
from services.kit.servers.readiness import until
from services.kit.service import listening
from tests.kit.test_bus import handled_by, new_bus, received

SOON = ROUTE_RECEIVED.ack_wait / 2
CUT_SHORT, COMES_LATE = "a" * 32, "b" * 32


async def test_what_a_stop_finds_unhandled_goes_to_the_next_process_at_once(nats_url: str) -> None:
    """INVARIANT: a clean stop costs no message its consumer's `ack_wait`.

    Neither one whose handler takes too long, nor one that came to an open request meanwhile.
    """
    bus, handling = new_bus(nats_url), asyncio.Event()

    @bus.on(ROUTE_RECEIVED)
    async def on_received(_: CommentReceived) -> None:
        handling.set()
        await asyncio.Event().wait()

    async with listening(bus):
        await bus.publish(received(CUT_SHORT))
        await asyncio.wait_for(handling.wait(), 30)
        bus.broker.config.broker_config.graceful_timeout = 2.0
        stopping = asyncio.create_task(bus.broker.stop())
        await until(lambda: _reads_no_more(bus))
        await bus.publish(received(COMES_LATE))
        await stopping

    taken: asyncio.Queue[str] = asyncio.Queue()

    async def take(event: CommentReceived) -> None:
        await taken.put(event.comment_key)

    async with handled_by(nats_url, take):
        found = {await asyncio.wait_for(taken.get(), SOON) for _ in range(2)}
    assert found == {CUT_SHORT, COMES_LATE}


async def _reads_no_more(bus: Bus) -> bool | None:
    return not any(subscriber.running for subscriber in bus.broker.subscribers) or None
