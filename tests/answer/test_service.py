"""The answer service's handler on a real bus: announced once, and waiting out an outage."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import nats
from nats.js.api import StreamInfo

from schemas.streams import ANSWER_ROUTED
from services.answer.handlers import listen
from services.answer.make import Drafting
from services.kit.bus import Bus
from services.kit.service import listening
from services.kit.telemetry import Telemetry
from tests.answer.asking import ANSWER, ASKED, stored
from tests.kit.scripted_llm import ScriptedLLM, answers, status
from tests.world import World


@asynccontextmanager
async def serving(drafting: Drafting, url: str) -> AsyncIterator[Bus]:
    bus = Bus(url, service="answer", telemetry=Telemetry("answer"))
    listen(bus, drafting)
    async with listening(bus):
        yield bus


async def announced(url: str, count: int) -> list[Any]:
    """Wait until so many messages about drafts stand on the bus and return them."""
    connection = await nats.connect(url)
    try:
        reader = await connection.jetstream().subscribe("drafts.>", ordered_consumer=True)
        return [await reader.next_msg(timeout=30) for _ in range(count)]
    finally:
        await connection.close()


async def stream(bus: Bus, name: str) -> StreamInfo:
    return await bus.broker.connection.jetstream().stream_info(name)


async def test_a_routed_comment_is_announced_as_a_draft(
    quoting: Drafting, world: World, nats_url: str
) -> None:
    event = await world.route(await world.comment(ASKED, post="Unser Hof wird grün."))
    async with serving(quoting, nats_url) as bus:
        await bus.publish(event)
        (message,) = await announced(nats_url, 1)
    assert message.subject == f"drafts.proposed.sandbox.{event.thread_key}"


async def test_the_same_message_twice_is_announced_once(
    quoting: Drafting, world: World, nats_url: str
) -> None:
    """INVARIANT: a second delivery makes no second draft and no second announcement."""
    event = await world.route(await world.comment(ASKED, post="Unser Hof wird grün."))
    other = await world.route(await world.comment("Spielt ihr Volleyball?", post=""))
    async with serving(quoting, nats_url) as bus:
        for number in range(2):
            await bus.publish_raw(
                event.subject(), event.model_dump_json().encode(), stream="comments",
                msg_id=f"delivery-{number}",
            )  # fmt: skip
            await announced(nats_url, 1)
        await bus.publish(other)
        first, second = await announced(nats_url, 2)
        await no_work_left(bus)
        assert (await stream(bus, "drafts")).state.messages == 2
    assert "proposed" in first.subject
    assert "declined" in second.subject
    assert len(await stored(quoting.pool)) == 2


async def test_a_model_that_is_down_delays_the_draft_and_buries_nothing(
    writing: Drafting, llm: ScriptedLLM, world: World, nats_url: str
) -> None:
    """INVARIANT: however often the model fails, the comment waits and is answered in the end."""
    event = await world.route(await world.comment(ASKED, post="Unser Hof wird grün."))
    failures = ANSWER_ROUTED.tries + 1
    llm.will(*[status(429, retry_after="0")] * failures, answers(ANSWER))
    async with serving(writing, nats_url) as bus:
        await bus.publish(event)
        (message,) = await announced(nats_url, 1)
        assert (await stream(bus, "dead")).state.messages == 0
    assert b'"written"' in message.data
    assert len(llm.requests) == failures + 1


async def no_work_left(bus: Bus) -> None:
    """Wait until every message of the consumer is acknowledged."""
    jetstream = bus.broker.connection.jetstream()
    async with asyncio.timeout(30):
        while True:
            info = await jetstream.consumer_info("comments", "answer_routed")
            if not info.num_pending and not info.num_ack_pending:
                return
