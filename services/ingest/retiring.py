"""Let go what nobody has touched for as long as the rules say."""

from datetime import datetime
from uuid import uuid4

from services.kit.db import Pool, transaction
from services.store import retention
from services.store.erasures import Erasure, add_order, drop_finished

AT_ONCE = 20
"""Threads that one look orders to be erased."""
RECORDS = 200


async def retire_due(pool: Pool, now: datetime) -> int:
    """Order the next threads to be erased whose time is over, and blank the next old records.

    Returns how many that were; 0 also when another instance is at it. Whoever is interrupted
    loses nothing: what is not ordered is found again.
    """
    async with transaction(pool) as connection:
        if not await retention.look_alone(connection):
            return 0
        due = await retention.read_due(connection, now, AT_ONCE)
        for thread in due:
            order = Erasure(uuid4().hex, "thread", thread.thread_key, "retention", now)
            await add_order(connection, order, due_at=now)
        records = await retention.blank_old_records(connection, now, RECORDS)
        await drop_finished(connection, now)
    return len(due) + records
