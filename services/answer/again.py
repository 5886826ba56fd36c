"""What must be drafted again when the publications change."""

from datetime import UTC, datetime
from typing import cast

from schemas.drafts import DraftOutdated, MadeStance
from schemas.publications import PublicationIndexed, PublicationRemoved
from services.kit.db import Pool
from services.store import gaps

AGAIN = "again"
AT_ONCE = 5000
"""Comments that one change of a publication has looked at again."""


def changed(event: PublicationIndexed | PublicationRemoved) -> str:
    """Return the cause that a change of a publication is: its id and edition."""
    kind = "removed" if isinstance(event, PublicationRemoved) else "indexed"
    return f"{event.publication_id}-{event.edition}-{kind}"


def publication_of(cause: str) -> str | None:
    """Return the publication in a cause, None for a draft that is to be replaced or no cause."""
    name, _, _ = cause.partition("-")
    return None if name in ("replaces", AGAIN) else name or None


def is_asked_again(cause: str) -> bool:
    """True when a person wants another try: they are told of its outcome, whatever it is."""
    return cause.partition("-")[0] == AGAIN


async def outdated(pool: Pool, cause: str, *, gaps_too: bool) -> list[DraftOutdated]:
    """Return a message per comment whose draft cites withdrawn words, and per waiting question."""
    async with pool.connection() as connection:
        found = await gaps.drafts_on_withdrawn(connection, limit=AT_ONCE)
        if gaps_too:
            found += await gaps.waiting_questions(connection, limit=AT_ONCE)
    now = datetime.now(UTC)
    return [
        DraftOutdated(
            happened_at=now,
            network=one.network,
            thread_key=one.thread_key,
            comment_key=one.comment_key,
            revision=one.revision,
            stance=cast("MadeStance", one.stance),
            cause=cause,
        )
        for one in found
    ]
