"""How long anything waited while a house was upgraded: queues, streams, the desk's door."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import nats
import psycopg
from nats.aio.client import Client
from psycopg_pool import PoolTimeout

from schemas.streams import CONSUMERS, STREAMS
from services.kit.bus import servers_of
from services.kit.outbox import told_to_end
from services.kit.queues import read_bus
from tests.chaos.failover import BUS_TROUBLE, takes, unheard
from tests.chaos.plan import LED
from tests.chaos.upgrade_ground import Standing
from tests.chaos.waits import Waits
from tests.review.reading import rows

LOOK = 0.5
"""Seconds between looks: what waited is known to about this."""
KNOCK = 0.2
POLITE = 10.0
"""Seconds in which the desk answers: on a busy machine slow is not shut."""
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
class Watch:
    """Looks at the house all the time; `step` is what is being done to it.

    What waits is a consumer, `outbox of SERVICE`, `stream NAME` that takes no message, `the desk`
    that nobody opens, and at the end each hop.
    """

    stands: Standing
    step: str = "before"
    waits: Waits = field(default_factory=Waits)
    _over: dict[str, float] = field(default_factory=dict)

    async def run(self) -> None:
        """Look until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._again(self._look_at_the_queues, LOOK))
            group.create_task(self._again(self._knock_at_the_streams, KNOCK))
            group.create_task(self._at_the_door())

    def note(self, place: str, seconds: float) -> None:
        """Keep a wait that is seen now."""
        self.waits.note(place, self.step, seconds)

    async def read_tables(self) -> None:
        """Note what the tables tell at the end: the longest wait at each hop, whenever it was."""
        self.step = "-"
        for place, query in _IN_THE_TABLES.items():
            ((seconds,),) = await rows(self.stands.ground.pool, query)
            self.note(place, float(seconds or 0))

    async def _again(self, look: Callable[[Client], Awaitable[None]], pause: float) -> None:
        """Look over one connection to the bus until it breaks, then over another."""
        while not told_to_end():
            try:
                client = await nats.connect(
                    servers_of(self.stands.ground.bus_url), allow_reconnect=False,
                    connect_timeout=2, error_cb=unheard,
                )  # fmt: skip
                try:
                    while client.is_connected and not told_to_end():
                        await look(client)
                        await asyncio.sleep(pause)
                finally:
                    await client.close()
            except (psycopg.Error, PoolTimeout, *BUS_TROUBLE):
                await asyncio.sleep(pause)

    async def _look_at_the_queues(self, client: Client) -> None:
        jetstream = client.jetstream(timeout=2)
        queues, _ = await read_bus(jetstream, CONSUMERS, STREAMS, datetime.now(UTC))
        for queue in queues:
            self.note(queue.queue, queue.oldest)
        for service, seconds in await rows(self.stands.ground.pool, _DUE):
            self.note(f"outbox of {service}", float(seconds))

    async def _knock_at_the_streams(self, client: Client) -> None:
        """Note for how long a stream took no message."""
        for stream in LED:
            took = await takes(client, stream)()
            self._note_since(f"stream {stream}", over=took is not None)

    async def _at_the_door(self) -> None:
        """Knock at the desk; note for how long nobody opened."""
        async with httpx.AsyncClient(trust_env=False, timeout=POLITE) as client:
            while not told_to_end():
                opened = False
                with suppress(httpx.HTTPError):
                    answer = await client.get(f"{self.stands.ground.desks[0]}/ready")
                    opened = answer.status_code == 200
                self._note_since("the desk", over=opened)
                await asyncio.sleep(KNOCK)

    def _note_since(self, place: str, *, over: bool) -> None:
        """Note how long ago a wait at a place was over for the last time."""
        now = time.monotonic()
        self.note(place, now - self._over.setdefault(place, now))
        if over:
            self._over[place] = now
