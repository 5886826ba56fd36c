"""Check each connection a few times an hour, and at once when somebody asks for it."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta

from services.ingest.poll import PASSING
from services.kit.db import Pool, transaction
from services.kit.outbox import told_to_end
from services.kit.pseudonym import short_key
from services.networks.connected import Connected
from services.networks.doctor import diagnose, findings, to_json
from services.networks.network import Diagnosis, Network
from services.store.connection_states import is_check_due, save_diagnosis
from services.store.items import tell_desks

log = logging.getLogger(__name__)

EVERY = timedelta(minutes=15)
SPREAD = 0.2
PULSE = 2.0
"""Seconds after which an order to check is noticed."""


def rhythm(connection: str) -> timedelta:
    """Return how often a connection is checked: a little differently each, and always the same."""
    share = int(short_key(connection), 16) / 16**16
    return EVERY * (1 - SPREAD + 2 * SPREAD * share)


async def watch(network: Network, pool: Pool, *, pulse: float = PULSE) -> None:
    """Check a network for ever, whenever a check is due."""
    while not told_to_end():
        try:
            await check_when_due(network, pool, datetime.now(UTC))
        except PASSING as error:
            log.warning("%s could not be checked: %r", network.connection, error)
        await asyncio.sleep(pulse)


async def check_when_due(network: Network, pool: Pool, now: datetime) -> bool:
    """Check and store what was found if it is due; tell whether it was."""
    if not await _is_due(pool, network.connection, now):
        return False
    await _store(pool, network.connection, await diagnose(network), now)
    return True


async def tell_unusable(connected: Connected, pool: Pool, now: datetime) -> None:
    """Store why connections cannot even be asked, for the people at the desk."""
    for name, diagnosis in connected.unusable.items():
        if await _is_due(pool, name, now):
            await _store(pool, name, diagnosis, now)


async def _is_due(pool: Pool, name: str, now: datetime) -> bool:
    async with pool.connection() as connection:
        return await is_check_due(connection, name, now - rhythm(name))


async def _store(pool: Pool, name: str, diagnosis: Diagnosis, now: datetime) -> None:
    for fault in findings(diagnosis, now):
        log.warning("%s: %s %s", name, fault.code, fault.detail)
    async with transaction(pool) as connection:
        await save_diagnosis(connection, name, to_json(diagnosis), now)
        await tell_desks(connection, None)
