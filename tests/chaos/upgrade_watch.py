"""How long anything waited while a house was upgraded: at each queue, at the desk's door."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import nats
import psycopg
from psycopg_pool import PoolTimeout

from schemas.streams import CONSUMERS, STREAMS
from services.kit.outbox import told_to_end
from services.kit.queues import read_bus
from tests.chaos.failover import BUS_TROUBLE, unheard
from tests.chaos.upgrade_ground import Standing
from tests.review.reading import rows

LOOK = 0.5
"""Seconds between looks: what waited is known to about this."""
DOOR = 0.1
_DUE = (
    "select service, extract(epoch from now() - min(due_at)) from outbox where due_at <= now()"
    " group by 1"
)
_IN_THE_TABLES = {
    "taking in": (
        "select max(extract(epoch from first_seen - created_at)) from comments"
        " where not is_self and revision = 1"
    ),
    "until sorted": (
        "select max(waited) from (select extract(epoch from min(r.routed_at) - min(c.first_seen))"
        " as waited from routings r join comments c using (comment_key)"
        " where not c.is_self and c.revision = 1 and r.revision = 1 group by comment_key) w"
    ),
    "until posted": (
        "select max(extract(epoch from v.changed_at - d.decided_at))"
        " from deliveries v join decisions d using (decision_id) where v.state = 'sent'"
    ),
}


@dataclass
class Waited:
    """The longest wait at one place, and during which step of the upgrade it was seen."""

    seconds: float = 0.0
    during: str = "-"


@dataclass
class Watch:
    """Looks at the house all the time; `step` is what is being done to it."""

    stands: Standing
    step: str = "before"
    longest: dict[str, Waited] = field(default_factory=dict)
    """By consumer, `outbox of SERVICE`, `the desk`, or hop."""

    async def run(self) -> None:
        """Look until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._at_the_queues())
            group.create_task(self._at_the_door())

    def note(self, place: str, seconds: float) -> None:
        """Keep a wait if it is the longest so far."""
        if seconds > self.longest.setdefault(place, Waited()).seconds:
            self.longest[place] = Waited(seconds, self.step)

    async def read_tables(self) -> None:
        """Note what the tables tell at the end: the longest wait at each hop, whenever it was."""
        self.step = "-"
        for place, query in _IN_THE_TABLES.items():
            ((seconds,),) = await rows(self.stands.ground.pool, query)
            self.note(place, float(seconds or 0))

    async def _at_the_queues(self) -> None:
        while not told_to_end():
            try:
                client = await nats.connect(
                    self.stands.ground.bus_url, allow_reconnect=False, connect_timeout=2,
                    error_cb=unheard,
                )  # fmt: skip
                try:
                    await self._look(client.jetstream(timeout=2))
                finally:
                    await client.close()
            except (psycopg.Error, PoolTimeout, *BUS_TROUBLE):
                await asyncio.sleep(LOOK)

    async def _look(self, jetstream: nats.js.JetStreamContext) -> None:
        while not told_to_end():
            queues, _ = await read_bus(jetstream, CONSUMERS, STREAMS, datetime.now(UTC))
            for queue in queues:
                self.note(queue.queue, queue.oldest)
            for service, seconds in await rows(self.stands.ground.pool, _DUE):
                self.note(f"outbox of {service}", float(seconds))
            await asyncio.sleep(LOOK)

    async def _at_the_door(self) -> None:
        """Knock at the desk; note for how long nobody opened."""
        loop = asyncio.get_running_loop()
        opened = loop.time()
        async with httpx.AsyncClient(trust_env=False, timeout=2) as client:
            while not told_to_end():
                try:
                    answer = await client.get(f"{self.stands.ground.desks[0]}/ready")
                    if answer.status_code == 200:
                        opened = loop.time()
                except httpx.HTTPError:
                    pass
                self.note("the desk", loop.time() - opened)
                await asyncio.sleep(DOOR)
