"""Listen to every connection in one process of all: it polls, checks, and stops when told so."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import psycopg

from services.ingest.doctor import tell_unusable, watch
from services.ingest.intake import Intake
from services.ingest.poll import poll
from services.kit.faults import retry_delay
from services.kit.outbox import told_to_end
from services.networks.connected import PULSE, Connected
from services.networks.network import Network
from services.store.claims import Claims, claiming

log = logging.getLogger(__name__)

LOST: tuple[type[Exception], ...] = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    TimeoutError,
    OSError,
)


async def listen_to_all(
    connected: Connected, intake: Intake, url: str, *, every: float = PULSE
) -> None:
    """Listen for ever to each connection that no other process listens to.

    A connection that leaves the set is let go of at once; what was being stored of it is stored
    whole or not at all, and its cursor with it.
    """
    failures = 0
    while not told_to_end():
        try:
            async with claiming(url) as claims, _listening(claims, intake) as listening:
                while not told_to_end():
                    await listening.keep_to(connected)
                    await tell_unusable(connected, intake.pool, datetime.now(UTC))
                    failures = 0
                    await asyncio.sleep(every)
        except LOST as error:
            failures += 1
            log.warning("no network is listened to for a moment: %r", error)
            await asyncio.sleep(retry_delay(failures))


class _Listening:
    """The tasks of this process, one for each network whose claim it has."""

    def __init__(self, claims: Claims, intake: Intake) -> None:
        self._claims = claims
        self._intake = intake
        self._tasks: dict[Network, asyncio.Task[None]] = {}

    async def keep_to(self, connected: Connected) -> None:
        """Stop what left the set, start what came and nobody else listens to."""
        wanted = list(connected.networks)
        for network, task in list(self._tasks.items()):
            if network not in wanted or task.done():
                await self._stop(network)
                await self._claims.give_back(network.connection)
        await self._claims.prove()
        for network in wanted:
            if network not in self._tasks and await self._claims.take(network.connection):
                self._tasks[network] = asyncio.create_task(self._attend(network))
                log.info("listening to %s", network.connection)

    async def stop(self) -> None:
        for task in self._tasks.values():
            task.cancel()
        for network in list(self._tasks):
            await self._stop(network)

    async def _attend(self, network: Network) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(poll(network, self._intake))
            group.create_task(watch(network, self._intake.pool))

    async def _stop(self, network: Network) -> None:
        """Cancel until it has ended: a library may take one cancellation for itself."""
        task = self._tasks.pop(network)
        while not task.done():
            task.cancel()
            await asyncio.wait([task], timeout=1)
        if not task.cancelled() and (error := task.exception()):
            log.error("%s is taken up again", network.connection, exc_info=error)


@asynccontextmanager
async def _listening(claims: Claims, intake: Intake) -> AsyncIterator[_Listening]:
    listening = _Listening(claims, intake)
    try:
        yield listening
    finally:
        await listening.stop()
