"""Bring items up to date with what is stored."""

from collections.abc import Sequence

from services.kit.db import Connection, Pool, transaction
from services.kit.faults import Hopeless, TryLater
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


async def look_again(pool: Pool, comment_key: str, thread_key: str, *, wait: bool = True) -> None:
    """Bring one item up to date and tell the desks.

    Raises TryLater while nobody has sorted the comment, unless told not to wait, and Hopeless when
    it is not in the database at all: others commit before they speak.
    """
    async with transaction(pool) as connection:
        await items.lock_thread(connection, thread_key)
        if await items.thread_of(connection, comment_key) != thread_key:
            raise Hopeless(f"comment {comment_key} is not in the database")
        if await refresh(connection, [comment_key]):
            await items.tell_desks(connection, thread_key)
        elif wait:
            raise TryLater(f"comment {comment_key} is not sorted yet", delay=PATIENCE)
