"""Hear that a publication was handed in, and take it in."""

import logging

from schemas.publications import PublicationSubmitted
from schemas.streams import INDEX_SUBMITTED
from services.index.add import Indexing, add
from services.kit.bus import Bus

log = logging.getLogger(__name__)


def listen(bus: Bus, indexing: Indexing) -> None:
    """Register the handler of the index service."""

    @bus.on(INDEX_SUBMITTED)
    async def on_submitted(event: PublicationSubmitted) -> None:
        """Read, cut and embed a submitted publication; refusals are kept with their reason."""
        added = await add(indexing, event.submission_id)
        if added is not None and added.outcome == "refused":
            log.warning("submission %s is refused: %s", event.submission_id, added.refusal)
