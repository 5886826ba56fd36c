"""Listen to a network for ever: each batch and its cursor are stored in one transaction."""

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from schemas.inbound import InboundEvent
from services.ingest.take import Taken, take_in
from services.kit.bus import Bus, describe, retry_delay
from services.kit.db import Pool, transaction
from services.kit.faults import INFRASTRUCTURE
from services.networks.network import Batch, Network, Temporary
from services.store.intake import read_cursor, save_cursor

log = logging.getLogger(__name__)

WAIT_FOR: tuple[type[Exception], ...] = (Temporary, *INFRASTRUCTURE)


@dataclass(frozen=True)
class Intake:
    """The one way in, for networks, webhooks and files alike."""

    pool: Pool
    bus: Bus
    pseudonym_key: bytes

    async def take(self, events: Sequence[InboundEvent]) -> list[Taken]:
        """Store events that come without a cursor."""
        async with transaction(self.pool) as connection:
            taken = await take_in(
                connection, events, pseudonym_key=self.pseudonym_key, now=datetime.now(UTC)
            )
        self.count(taken)
        return taken

    async def take_batch(self, network: Network, batch: Batch) -> list[Taken]:
        """Store a network's batch together with its cursor; what cannot be stored is buried."""
        for letter in batch.unreadable:
            await self._bury(network, letter.raw, letter.reason)
        try:
            return await self._store(network, batch.events, batch.cursor)
        except INFRASTRUCTURE:
            raise
        except Exception:
            log.exception("a batch of %s is taken in one by one", network.connection)
        taken: list[Taken] = []
        for event in batch.events:
            try:
                taken += await self._store(network, [event], None)
            except INFRASTRUCTURE:
                raise
            except Exception as error:  # noqa: BLE001 - one bad event must not stop its neighbours
                await self._bury(network, event.model_dump_json().encode(), describe(error))
        return taken + await self._store(network, [], batch.cursor)

    async def _store(
        self, network: Network, events: Sequence[InboundEvent], cursor: str | None
    ) -> list[Taken]:
        now = datetime.now(UTC)
        async with transaction(self.pool) as connection:
            taken = await take_in(connection, events, pseudonym_key=self.pseudonym_key, now=now)
            if cursor is not None:
                await save_cursor(connection, network.connection, cursor, now)
        self.count(taken)
        return taken

    async def _bury(self, network: Network, raw: bytes, reason: str) -> None:
        await self.bus.publish_raw(
            f"dead.ingest.{network.name}", raw, stream="dead",
            msg_id=f"ingest:{network.connection}:{hashlib.sha256(raw).hexdigest()}",
            headers={
                "Dead-Consumer": "ingest", "Dead-Stream": network.name,
                "Dead-Reason": reason, "Dead-Attempts": "1",
            },
        )  # fmt: skip

    def count(self, taken: Sequence[Taken]) -> None:
        """Tell the metrics what became of the events."""
        for one in taken:
            self.bus.telemetry.taken.labels(
                self.bus.service, one.event.data.network, one.outcome
            ).inc()


async def poll(network: Network, intake: Intake) -> None:
    """Read a network from its stored cursor; a broken connection is taken up again."""
    failures = 0
    while True:
        try:
            async with intake.pool.connection() as connection:
                cursor = await read_cursor(connection, network.connection)
            async for batch in network.listen(cursor):
                await intake.take_batch(network, batch)
                failures = 0
        except WAIT_FOR as error:
            failures += 1
            wanted = error.retry_after if isinstance(error, Temporary) else None
            delay = wanted if wanted is not None else retry_delay(failures)
            log.warning("%s waits %.1f s: %s", network.connection, delay, error)
            await asyncio.sleep(delay)
