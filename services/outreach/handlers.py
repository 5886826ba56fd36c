"""Hear of posts on watched pages."""

from datetime import UTC, datetime

from schemas.comments import OfComment
from schemas.streams import OUTREACH_DELETED, OUTREACH_EDITED, OUTREACH_SEEN
from schemas.watches import PostDeleted, PostEdited, PostSeen
from services.kit.bus import Bus
from services.kit.db import transaction
from services.outreach.read import Reading, find_in
from services.store.opportunities import close_deleted
from services.store.post_readings import forget_reading, save_reading


def listen(bus: Bus, reading: Reading) -> None:
    """Register the handlers of the outreach service."""

    @bus.on(OUTREACH_SEEN)
    async def on_seen(event: PostSeen) -> None:
        """Find out how near a new post is to what we publish."""
        await read(reading, event)

    @bus.on(OUTREACH_EDITED)
    async def on_edited(event: PostEdited) -> None:
        """Read the new text of a post."""
        await read(reading, event)

    @bus.on(OUTREACH_DELETED)
    async def on_deleted(event: PostDeleted) -> None:
        """Forget what was found in a post that is gone, and offer it no longer."""
        async with transaction(reading.pool) as connection:
            await forget_reading(connection, event.comment_key)
            await close_deleted(connection, event.comment_key, datetime.now(UTC))


async def read(reading: Reading, event: OfComment) -> None:
    """Read and store; a deleted or overtaken revision is left alone."""
    found = await find_in(reading, event)
    if found is None:
        return
    async with transaction(reading.pool) as connection:
        await save_reading(connection, found, datetime.now(UTC))
