"""A started server as its owner sees it."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Self

from services.kit.servers.child import Child
from services.kit.servers.errors import EmbeddedServerError, explain

StopSteps = Sequence[tuple[signal.Signals, float]]


@dataclass(frozen=True)
class Address:
    """Where a server listens; the URLs carry the credentials."""

    url: str
    port: int
    monitoring_url: str | None = None


Launch = Callable[[Address | None], Awaitable[tuple[Child, Address]]]
"""Starts the server and returns when it is ready; at the address given, or at a free one."""


class RunningServer:
    """An embedded server that answers; made by `embedded_nats` and `embedded_postgres`."""

    def __init__(self, name: str, launch: Launch, stop_steps: StopSteps) -> None:
        self._name = name
        self._launch = launch
        self._stop_steps = stop_steps

    async def start(self) -> Self:
        """Start at a free or the configured address; raises EmbeddedServerError."""
        await self._start(None)
        return self

    async def _start(self, address: Address | None) -> None:
        self._child, self._address = await self._launch(address)
        loop = asyncio.get_running_loop()
        self._death: asyncio.Future[EmbeddedServerError] = loop.create_future()
        self._watch = asyncio.create_task(self._report_death(self._child, self._death))

    async def _report_death(self, child: Child, death: asyncio.Future[EmbeddedServerError]) -> None:
        await child.ended()
        if not child.told_to_stop:
            event = f"{self._name} ended unexpectedly ({child.how_it_ended()})"
            advice = "start Dialogwerk again, what was stored is safe"
            death.set_result(explain(event, child.log(), log_file=child.log_file, advice=advice))

    @property
    def url(self) -> str:
        return self._address.url

    @property
    def monitoring_url(self) -> str | None:
        """Base of the HTTP monitoring pages, without credentials; only NATS has them."""
        return self._address.monitoring_url

    @property
    def pid(self) -> int:
        return self._child.pid

    async def died(self) -> EmbeddedServerError:
        """Wait until the server ends without being told to; the sentence to end with."""
        return await asyncio.shield(self._death)

    async def stop(self) -> None:
        """Stop gracefully within a bound, then by force; harmless when it has ended already."""
        await self._child.stop(self._stop_steps)
        await self._watch

    async def kill(self) -> None:
        """End it as a crash would (SIGKILL): `died` tells so."""
        await self._child.kill()
        await self._watch

    async def restart(self) -> None:
        """Stop it if it still runs and start it again under the same URL."""
        await self.stop()
        await self._start(self._address)
