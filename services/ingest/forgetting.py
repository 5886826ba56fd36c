"""Erase the words of posts of others under which nobody spoke up, once they are old."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta

from services.kit.db import Pool, transaction
from services.kit.faults import INFRASTRUCTURE, describe
from services.kit.outbox import told_to_end
from services.store import intake, watch_readings

log = logging.getLogger(__name__)

EVERY = 600.0
"""Seconds between two looks."""
AT_ONCE = 500


async def forget_for_ever(pool: Pool, kept: timedelta) -> None:
    """Erase what is too old, for ever; a database that does not answer is waited for."""
    while not told_to_end():
        try:
            while await forget_old_posts(pool, datetime.now(UTC), kept=kept) == AT_ONCE:
                continue
        except INFRASTRUCTURE as error:
            log.warning("old posts wait to be erased: %s", describe(error))
        await asyncio.sleep(EVERY)


async def forget_old_posts(pool: Pool, now: datetime, *, kept: timedelta) -> int:
    """Erase watched posts that are older than `kept`; return how many.

    Those under which somebody of us spoke up stay: they say what our words answered. Of YouTube
    nothing stays, for its policies let nobody keep what was not read again within 30 days.
    """
    async with transaction(pool) as connection:
        await intake.enter(connection)
        keys = await watch_readings.old_posts(
            connection, before=now - kept, strictly_before=now - watch_readings.YOUTUBE_KEEPS,
            limit=AT_ONCE,
        )  # fmt: skip
        await intake.erase_comments(connection, keys, now)
    return len(keys)
