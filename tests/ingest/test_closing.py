"""A listener is closed when it is done with, not when somebody collects it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from services.ingest.intake import Intake
from services.kit.db import Pool
from services.kit.servers.readiness import until
from services.kit.telemetry import Telemetry
from services.networks.network import Batch
from tests.ingest.events import KEY
from tests.ingest.test_poll import Script, Silent, polled, spoiled


class Holding(Script):
    """Counts connections to the network that are open when it is listened to."""

    held = 0

    def __init__(self, *turns: Batch | Exception) -> None:
        super().__init__(*turns)
        self.found: list[int] = []

    async def listen(self, cursor: str | None) -> AsyncGenerator[Batch]:
        self.found.append(self.held)
        self.held += 1
        try:
            async with aclosing(super().listen(cursor)) as batches:
                async for batch in batches:
                    yield batch
        finally:
            self.held -= 1


async def test_a_listener_is_closed_before_the_network_is_listened_to_again(pool: Pool) -> None:
    """INVARIANT: what breaks in storing leaves no connection to the network open."""
    unstorable = Batch([spoiled(native_id="\x00")], "1")
    network = Holding(unstorable, unstorable)
    bus = Silent("nats://nowhere.invalid", service="ingest", telemetry=Telemetry("ingest"))
    async with polled(Intake(pool, bus, KEY), network):

        async def listened_again() -> bool | None:
            return len(network.found) >= 2 or None

        await asyncio.wait_for(until(listened_again), 60)
    assert network.found[:2] == [0, 0]
    assert network.held == 0
