"""Work off what is to be erased, for ever: orders, dead letters on the bus, what time has taken."""

import asyncio
import logging
import time
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

from services.ingest.erase import Eraser
from services.ingest.retiring import retire_due
from services.kit.bus import Bus
from services.kit.db import Pool
from services.kit.faults import describe, retry_delay
from services.kit.outbox import told_to_end
from services.kit.purge import purge_messages

log = logging.getLogger(__name__)

PULSE = 2.0
"""Seconds between two looks at what is ordered."""
RETIRING = 300.0
"""Seconds between two looks at what time has taken."""


def eraser_of(pool: Pool, bus: Bus, key: bytes, ledger: Path | None) -> Eraser:
    """Return an eraser that uses the service's own connection to the bus."""
    bus.erases("dead")

    async def purge(dead_ids: Collection[str]) -> None:
        await purge_messages(bus.broker.connection.jetstream(), "dead", dead_ids)

    return Eraser(pool, key, purge, ledger)


async def erase_for_ever(eraser: Eraser) -> None:
    """Erase what is due as it falls due; whatever goes wrong, it is taken up again."""
    failures, retired_at = 0, float("-inf")
    while not told_to_end():
        try:
            if time.monotonic() - retired_at > RETIRING:
                while await retire_due(eraser.pool, datetime.now(UTC)):
                    pass
                retired_at = time.monotonic()
            while await eraser.work(datetime.now(UTC)):
                pass
            while await eraser.clear_bus():
                pass
            failures = 0
            await asyncio.sleep(PULSE)
        except Exception as error:  # noqa: BLE001 - whatever it is, what was ordered stays ordered
            failures += 1
            log.warning("erasing waits: %s", describe(error))
            await asyncio.sleep(retry_delay(failures))
