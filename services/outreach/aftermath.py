"""Ask networks what came of our words under posts of others: likes, and who follows us by day."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta

from services.kit.db import Pool, transaction
from services.kit.faults import INFRASTRUCTURE, describe
from services.kit.outbox import told_to_end
from services.networks.connected import Connected
from services.networks.lookout import Counting, Watching
from services.networks.network import Network, NetworkError
from services.store import aftermath
from services.store.claims import alone_at

log = logging.getLogger(__name__)

EVERY = 600.0
"""Seconds between two looks at what is due."""
LIKES_LAST = timedelta(hours=3)
FOLLOWERS_LAST = timedelta(hours=8)


async def follow_up_for_ever(pool: Pool, connected: Connected) -> None:
    """Keep the figures up to date; what does not answer is waited for."""
    while not told_to_end():
        try:
            await follow_up(pool, connected, datetime.now(UTC))
        except INFRASTRUCTURE as error:
            log.warning("what came of it is not asked for: %s", describe(error))
        await asyncio.sleep(EVERY)


async def follow_up(pool: Pool, connected: Connected, now: datetime) -> None:
    """Ask each network for figures that are old, unless another process is at it."""
    async with alone_at(pool, "aftermath") as alone:
        if alone:
            await _ask_all(pool, connected, now)


async def _ask_all(pool: Pool, connected: Connected, now: datetime) -> None:
    for network in connected.networks:
        counting: object = network.lookout if isinstance(network, Watching) else None
        if not isinstance(counting, Counting):
            continue
        try:
            await _ask(pool, network, counting, now)
        except NetworkError as error:
            log.warning("%s tells no figures now: %s", network.connection, error)


async def _ask(pool: Pool, network: Network, counting: Counting, now: datetime) -> None:
    async with pool.connection() as connection:
        wanted = await aftermath.replies_to_follow(
            connection, network.connection, now, asked_before=now - LIKES_LAST
        )
        asked_at = await aftermath.followers_asked(connection, network.connection)
    if wanted:
        found = await counting.likes(list(wanted.values()))
        likes = {decision: found.get(native_id) for decision, native_id in wanted.items()}
        async with transaction(pool) as connection:
            await aftermath.keep_likes(connection, likes, now)
    if asked_at is None or now - asked_at > FOLLOWERS_LAST:
        followers = await counting.followers()
        if followers is not None:
            async with transaction(pool) as connection:
                await aftermath.keep_followers(connection, network.connection, followers, now)
