"""Hear that a publication was handed in or withdrawn: take it in, or out."""

import logging

from schemas.publications import PublicationSubmitted, PublicationWithdrawn
from schemas.streams import INDEX_SUBMITTED, INDEX_WITHDRAWN
from services.index.add import Indexing, add, remove
from services.kit.bus import Bus
from services.store.publications import read_publication

log = logging.getLogger(__name__)


def listen(bus: Bus, indexing: Indexing) -> None:
    """Register the handlers of the index service."""

    @bus.on(INDEX_SUBMITTED)
    async def on_submitted(event: PublicationSubmitted) -> None:
        """Read, cut and embed a submitted publication; refusals are kept with their reason."""
        added = await add(indexing, event.submission_id)
        if added is not None and added.outcome == "refused":
            log.warning("submission %s is refused: %s", event.submission_id, added.refusal)

    @bus.on(INDEX_WITHDRAWN)
    async def on_withdrawn(event: PublicationWithdrawn) -> None:
        """Take a withdrawn edition out of the search; a newer one that came meanwhile stays."""
        async with indexing.pool.connection() as connection:
            found = await read_publication(connection, event.publication_id)
        if found is not None and found.edition == event.edition:
            await remove(indexing.pool, found)
