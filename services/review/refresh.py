"""Bring items up to date with what is stored."""

from collections.abc import Sequence

from services.kit.db import Connection, Pool, transaction
from services.kit.faults import TryLater
from services.review.standing import settle
from services.store import items

PATIENCE = 0.5
"""Seconds until a message that came before its cause is looked at again."""


async def refresh(connection: Connection, comment_keys: Sequence[str]) -> list[items.Item]:
    """Derive and store the items of comments whose thread is locked; return them as they stand."""
    settled = [settle(facts) for facts in await items.read_facts(connection, comment_keys)]
    standing = [item for item in settled if item is not None]
    await items.write_items(connection, standing)
    return standing


async def look_again(pool: Pool, comment_key: str, thread_key: str) -> None:
    """Bring one item up to date and tell the desks; raise TryLater when nobody sorted it yet."""
    async with transaction(pool) as connection:
        await items.lock_thread(connection, thread_key)
        if not await refresh(connection, [comment_key]):
            raise TryLater(f"comment {comment_key} is not sorted yet", delay=PATIENCE)
        await items.tell_desks(connection, thread_key)
