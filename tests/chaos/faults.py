"""Carries out the faults of a plan on a running house, and mends each when its time is over."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import uuid4

import nats
import nats.errors
import nats.js.errors
from nats.js import JetStreamContext

from schemas.streams import STREAMS
from services.kit.servers.running import RunningServer
from tests.chaos.ground import Ground
from tests.chaos.plan import SERVICES, Fault
from tests.chaos.processes import Processes

ROOM = 3_000
"""Bytes that a stream whose quota is exhausted still takes."""
Room = Callable[[int], int]
"""Bytes that a stream may hold, of those it holds now."""
OnTheBus = Callable[[JetStreamContext], Awaitable[None]]
BUS_TROUBLE = (nats.errors.Error, nats.js.errors.Error, OSError, TimeoutError)


class Faults:
    """Brings a plan about; `poisoned` counts the messages nobody can work with."""

    def __init__(self, ground: Ground, processes: Processes) -> None:
        self._ground = ground
        self._processes = processes
        self._server_locks = {name: asyncio.Lock() for name in ground.servers}
        self.poisoned = 0

    async def bring_about(self, fault: Fault, begin: float) -> None:
        """Wait for a fault's moment, let it happen and mend it."""
        await asyncio.sleep(begin + fault.at - asyncio.get_running_loop().time())
        await getattr(self, f"_{fault.kind}")(fault)

    async def _kill(self, fault: Fault) -> None:
        if fault.target in SERVICES:
            await self._processes.kill(fault.target, fault.lasts)
            return
        async with self._server_locks[fault.target]:
            server: RunningServer = self._ground.servers[fault.target]
            await server.kill()
            await asyncio.sleep(fault.lasts)
            await server.restart()

    async def _cut(self, fault: Fault) -> None:
        link = self._ground.links[fault.target]
        link.cut()
        await asyncio.sleep(fault.lasts)
        link.heal()

    async def _hold(self, fault: Fault) -> None:
        link = self._ground.links[fault.target]
        link.hold()
        await asyncio.sleep(fault.lasts)
        link.heal()

    async def _slow(self, fault: Fault) -> None:
        link = self._ground.links[fault.target]
        link.slow(fault.amount)
        await asyncio.sleep(fault.lasts)
        link.heal()

    async def _full(self, fault: Fault) -> None:
        """Take a stream's room away as a full disk would; messages that stand there stay."""
        await self._insist(fault.target, lambda bytes_now: bytes_now + ROOM)
        await asyncio.sleep(fault.lasts)
        kept = next(stream.max_bytes for stream in STREAMS if stream.name == fault.target)
        await self._insist(fault.target, lambda _: kept)

    async def _insist(self, stream: str, room: Room) -> None:
        """Change a stream's limit, again while the broker is away."""

        async def change(jetstream: JetStreamContext) -> None:
            info = await jetstream.stream_info(stream)
            info.config.max_bytes = room(info.state.bytes)
            await jetstream.update_stream(info.config)

        await self._on_the_bus(change)

    async def _poison(self, fault: Fault) -> None:
        """Put messages on the bus that no try can work with, between those of others."""
        for _ in range(int(fault.amount)):
            name = uuid4().hex

            async def publish(jetstream: JetStreamContext, name: str = name) -> None:
                await jetstream.publish(
                    f"comments.received.sandbox.{name[:16]}", b'{"half": ',
                    stream="comments", headers={"Nats-Msg-Id": name},
                )  # fmt: skip

            await self._on_the_bus(publish)
            self.poisoned += 1

    async def _on_the_bus(self, work: OnTheBus) -> None:
        while True:
            try:
                client = await nats.connect(
                    self._ground.servers["nats"].url,
                    allow_reconnect=False,
                    connect_timeout=2,
                    error_cb=_unheard,
                )
            except BUS_TROUBLE:
                await asyncio.sleep(0.2)
                continue
            try:
                await work(client.jetstream(timeout=2))
            except BUS_TROUBLE:
                await asyncio.sleep(0.2)
            else:
                return
            finally:
                await client.close()

    async def _model(self, fault: Fault) -> None:
        with self._ground.model.being(fault.target):
            await asyncio.sleep(fault.lasts)

    async def _network(self, fault: Fault, on: str = "write") -> None:
        order: dict[str, object] = {"on": on, "times": int(fault.amount), "kind": fault.target}
        if fault.target.isdecimal():
            order |= {"kind": "status", "status": int(fault.target), "retry_after": 1}
        if fault.target == "delay":
            order["seconds"] = 1.5
        answer = await self._ground.network.post("/api/admin/faults", json=order)
        answer.raise_for_status()

    async def _listening(self, fault: Fault) -> None:
        await self._network(fault, "listen")

    async def _reading(self, fault: Fault) -> None:
        await self._network(fault, "read")


async def _unheard(_: Exception) -> None:
    """Take what nats-py tells about a connection that we try again anyway."""
