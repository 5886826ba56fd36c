"""The broker: what our way of speaking costs against plain nats-py, in rounds that take turns."""

import asyncio
import statistics
from datetime import UTC, datetime

import nats

from schemas.comments import CommentReceived
from schemas.streams import ROUTE_RECEIVED
from services.kit.bus import Bus
from services.kit.service import listening
from services.kit.telemetry import Telemetry
from tests.bench.ground import Ground
from tests.bench.measuring import Measured, Outcome, Size, measure

ROUNDS = 4


def received(number: int) -> CommentReceived:
    return CommentReceived(
        happened_at=datetime.now(UTC), network="sandbox", thread_key="0" * 16,
        comment_key=f"{number:032x}", revision=1,
    )  # fmt: skip


async def run(on: Ground, size: Size) -> Outcome:
    """Send messages one by one and read them, each acknowledged both ways."""
    each = size.messages // ROUNDS
    plain, ours = [], []
    for number in range(ROUNDS):
        plain.append(await plain_nats(on, each, number))
        ours.append(await our_bus(on, each, number))
    ratios = [ours[n].cpu / plain[n].cpu for n in range(ROUNDS)]
    return Outcome(
        [
            _sum(plain).line("plain nats-py", "messages"),
            _sum(ours).line("FastStream, envelope, retry, metrics", "messages"),
            (
                f"  ours costs {statistics.median(ratios):.1f} times the CPU of plain nats-py"
                f" ({min(ratios):.1f} to {max(ratios):.1f} in {ROUNDS} pairs of rounds)"
            ),
        ]
    )


async def plain_nats(on: Ground, count: int, turn: int) -> Measured:
    """Publish and read with nats-py alone."""
    connection = await nats.connect(on.settings.nats_url)
    jetstream = connection.jetstream()
    reader = await jetstream.pull_subscribe("replies.bench.>", durable="bench", stream="replies")

    async def work() -> None:
        body = received(0).model_dump_json().encode()
        for number in range(count):
            headers = {"Nats-Msg-Id": f"p{turn}-{number}"}
            await jetstream.publish("replies.bench.x", body, headers=headers)
        seen = 0
        while seen < count:
            for message in await reader.fetch(1, timeout=5):
                await message.ack()
                seen += 1

    result = await measure(count, work, [on.broker])
    await jetstream.delete_consumer("replies", "bench")
    await jetstream.purge_stream("replies")
    await connection.close()
    return result


async def our_bus(on: Ground, count: int, turn: int) -> Measured:
    """Publish and read as services do."""
    bus = Bus(on.settings.nats_url, service="route", telemetry=Telemetry("route"))
    done = asyncio.Event()
    seen = 0

    @bus.on(ROUTE_RECEIVED)
    async def on_received(event: CommentReceived) -> None:
        nonlocal seen
        seen += event.revision
        if seen == count:
            done.set()

    async def work() -> None:
        for number in range(count):
            await bus.publish(received(turn * count + number))
        await done.wait()

    async with listening(bus):
        return await measure(count, work, [on.broker])


def _sum(rounds: list[Measured]) -> Measured:
    return Measured(
        sum(one.count for one in rounds),
        sum(one.wall for one in rounds),
        sum(one.cpu for one in rounds),
        sum(one.elsewhere for one in rounds),
    )
