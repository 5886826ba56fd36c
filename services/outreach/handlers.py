"""Hear of posts on watched pages."""

from datetime import UTC, datetime

from schemas.comments import OfComment
from schemas.streams import OUTREACH_DELETED, OUTREACH_EDITED, OUTREACH_SEEN
from schemas.watches import PostDeleted, PostEdited, PostSeen
from services.kit.bus import Bus
from services.kit.db import transaction
from services.outreach.radar.spot import Radar, note, spot
from services.outreach.read import Reading, find_in
from services.store.opportunities import close_deleted
from services.store.post_readings import forget_reading, save_reading


def listen(bus: Bus, reading: Reading, radar: Radar) -> None:
    """Register the handlers of the outreach service."""

    @bus.on(OUTREACH_SEEN)
    async def on_seen(event: PostSeen) -> None:
        """Find out how near a new post is to what we publish."""
        await read(reading, radar, event)

    @bus.on(OUTREACH_EDITED)
    async def on_edited(event: PostEdited) -> None:
        """Read the new text of a post."""
        await read(reading, radar, event)

    @bus.on(OUTREACH_DELETED)
    async def on_deleted(event: PostDeleted) -> None:
        """Forget what was found in a post that is gone, and offer it no longer."""
        async with transaction(reading.pool) as connection:
            await forget_reading(connection, event.comment_key)
            await close_deleted(connection, event.comment_key, datetime.now(UTC))


async def read(reading: Reading, radar: Radar, event: OfComment) -> None:
    """Read and store; a deleted or overtaken revision is left alone."""
    found = await find_in(reading, event)
    if found is None:
        return
    now = datetime.now(UTC)
    item = await spot(radar, event, now)
    async with transaction(reading.pool) as connection:
        await save_reading(connection, found, now)
        await note(connection, event, item, now)
