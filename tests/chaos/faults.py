"""Carries out the faults of a plan on a running house, and mends each when its time is over."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from uuid import uuid4

import nats
import psycopg
from nats.js import JetStreamContext
from psycopg_pool import PoolTimeout

from schemas.streams import STREAMS
from services.kit.bus import servers_of
from services.kit.servers.readiness import until
from tests.chaos.crowd import PAGE
from tests.chaos.failover import BUS_TROUBLE, Failover, find_leader, kill_and_time, unheard
from tests.chaos.ground import BOOKS, Ground, Server
from tests.chaos.killer import QUESTION
from tests.chaos.plan import SERVERS, SERVICES, Fault, service_of
from tests.chaos.processes import Processes
from tests.chaos.proxy import Proxy
from tests.review.reading import rows

ROOM = 3_000
"""Bytes that a stream whose quota is exhausted still takes."""
SEARCHABLE_WITHIN = 180.0
"""Seconds that the books of a run may take to be indexed, with `index` dying meanwhile."""
Room = Callable[[int], int]
"""Bytes that a stream may hold, of those it holds now."""
OnTheBus = Callable[[JetStreamContext], Awaitable[None]]


class Faults:
    """Brings a plan about; `poisoned` counts the messages nobody can work with.

    `killers` of them come of comments, each of which is one more that the network offers.
    """

    def __init__(self, ground: Ground, processes: Processes) -> None:
        self._ground = ground
        self._processes = processes
        self._one_node = asyncio.Lock()
        """A cluster of three stands the loss of one node at a time, not of two."""
        self._locks = {
            name: asyncio.Lock() if name in SERVERS else self._one_node for name in ground.servers
        }
        self.poisoned = 0
        self.killers = 0
        self.failovers: list[Failover] = []

    async def bring_about(self, fault: Fault, begin: float) -> None:
        """Wait for a fault's moment, let it happen and mend it."""
        await asyncio.sleep(begin + fault.at - asyncio.get_running_loop().time())
        await getattr(self, f"_{fault.kind}")(fault)

    async def _kill(self, fault: Fault) -> None:
        if service_of(fault.target) in SERVICES:
            await self._processes.kill(fault.target, fault.lasts)
            return
        async with self._locks[fault.target]:
            server = self._ground.servers[fault.target]
            await server.kill()
            await self._bring_back(server, fault.lasts)

    async def _leader(self, fault: Fault) -> None:
        """Kill whichever node leads a stream, or the cluster."""
        cluster = self._ground.cluster
        assert cluster is not None
        async with self._one_node:
            leader = await find_leader(cluster, fault.target)
            self.failovers.append(await kill_and_time(cluster, fault.target, leader))
            await self._bring_back(leader, fault.lasts)

    async def _bring_back(self, server: Server, after: float) -> None:
        """Start a server again; no other node dies before each stream has a leader again."""
        await asyncio.sleep(after)
        await server.restart()
        if self._ground.cluster is not None:
            await self._ground.cluster.ready(streams=[stream.name for stream in STREAMS])

    async def _cut(self, fault: Fault) -> None:
        await self._disturb(fault, Proxy.cut)

    async def _hold(self, fault: Fault) -> None:
        await self._disturb(fault, Proxy.hold)

    async def _slow(self, fault: Fault) -> None:
        await self._disturb(fault, lambda link: link.slow(fault.amount))

    async def _disturb(self, fault: Fault, how: Callable[[Proxy], None]) -> None:
        links = self._ground.links[fault.target]
        for link in links:
            how(link)
        await asyncio.sleep(fault.lasts)
        for link in links:
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

    async def _killer(self, _: Fault) -> None:
        """Ask what ends every process that works on it, below a post where nobody else asks.

        Not before all books are searchable: each that comes after a question which it may answer
        makes another message of it, and that would be a dead letter more.
        """
        async with asyncio.timeout(SEARCHABLE_WITHIN):
            await until(self._books_are_searchable)
        name = f"killer{uuid4().hex[:8]}"
        answer = await self._ground.network.post(
            "/api/admin/seed",
            json={
                "accounts": [{"id": name, "display_name": "Person"}],
                "posts": [{"id": f"{name}p", "page": PAGE, "text": "Aktuelles vom Schattenfonds."}],
                "comments": [
                    {"id": f"{name}c", "author": name, "under": f"{name}p", "text": QUESTION}
                ],
            },
        )
        answer.raise_for_status()
        self.killers += 1
        self.poisoned += 1

    async def _books_are_searchable(self) -> bool | None:
        with suppress(psycopg.Error, PoolTimeout):  # the database is away, as ordered
            ((found,),) = await rows(self._ground.pool, "select count(*) from publications")
            return found == len(BOOKS) or None
        return None

    async def _on_the_bus(self, work: OnTheBus) -> None:
        while True:
            try:
                client = await nats.connect(
                    servers_of(self._ground.bus_url),
                    allow_reconnect=False,
                    connect_timeout=2,
                    error_cb=unheard,
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
