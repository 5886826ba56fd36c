"""Bring items up to date with what is stored."""

from collections.abc import Sequence

from services.kit.db import Connection, Pool, transaction
from services.kit.faults import Hopeless, TryLater
from services.review.standing import settle_together
from services.review.wanted import may_want_a_draft, promise_drafts
from services.store import bursts, items

PATIENCE = 0.5
"""Seconds until a message that came before its cause is looked at again."""


async def stand(
    connection: Connection, comment_keys: Sequence[str]
) -> list[tuple[items.Facts, items.Item]]:
    """Return what is known of comments whose thread is locked, and how they stand.

    What the same people said just before and after comes along: it may belong together.
    """
    around = await bursts.read_around(connection, comment_keys)
    found = around.bursts()
    joined = {burst[-1].comment_key: [one.stamp for one in burst[:-1]] for burst in found}
    keys = sorted({*comment_keys, *(one.comment_key for one in around.said)})
    facts = await items.read_facts(connection, keys, joined)
    return settle_together(facts, [[one.comment_key for one in burst] for burst in found])


async def refresh(connection: Connection, comment_keys: Sequence[str]) -> list[items.Item]:
    """Derive and store the items of comments whose thread is locked; return them as they stand."""
    settled = await stand(connection, comment_keys)
    asking = [item.comment_key for _, item in settled if may_want_a_draft(item)]
    before = await items.read_before(connection, asking) if asking else {}
    await items.write_items(connection, [item for _, item in settled])
    await promise_drafts(connection, settled, before)
    return [item for _, item in settled]


async def look_again(pool: Pool, comment_key: str, thread_key: str, *, wait: bool = True) -> None:
    """Bring one item up to date and tell the desks.

    A post of a watched page is no item. Raises TryLater while nobody has sorted the comment,
    unless told not to wait, and Hopeless when
    it is not in the database at all: others commit before they speak.
    """
    async with transaction(pool) as connection:
        if not await items.lock_thread_with(connection, thread_key, comment_key):
            raise Hopeless(f"comment {comment_key} is not in the database")
        standing = await refresh(connection, [comment_key])
        if standing:
            await items.tell_desks(connection, thread_key)
        known = any(item.comment_key == comment_key for item in standing)
        known = known or await items.is_watched_post(connection, comment_key)
    if wait and not known:
        raise TryLater(f"comment {comment_key} is not sorted yet", delay=PATIENCE)
