"""Ask the answer service for the drafts that the comments' lanes alone would not bring."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import uuid4

from schemas.drafts import DraftOutdated, DraftRequested, MadeStance
from services.kit.db import Connection
from services.kit.outbox import promise, promise_raw
from services.review.standing import is_overtaken
from services.store import requests
from services.store.items import Before, Facts, Item

SERVICE = "review"


def draft_requested(facts: Facts, stance: MadeStance, now: datetime) -> DraftRequested:
    """Return the message that asks for a draft of a comment's newest text."""
    return DraftRequested(
        happened_at=now,
        network=facts.network,
        thread_key=facts.thread_key,
        comment_key=facts.comment_key,
        revision=facts.revision,
        stance=stance,
    )


def may_want_a_draft(item: Item) -> bool:
    """True for an item without a draft that holds: only then does it matter how it stood before."""
    return item.status == "open" and item.draft_state in ("stale", "pending")


def wanted_draft(
    facts: Facts, item: Item, before: Before | None, now: datetime
) -> DraftRequested | DraftOutdated | None:
    """Return the message that asks for the draft an open item has come to lack, if it does.

    Nobody else asks for a draft in place of one that is overtaken, unless a publication went while
    it was in sight; nor for a draft of a burst whose last message is no question, or of a message
    that was joined to a later one and stands alone again.
    """
    if not may_want_a_draft(item):
        return None
    if item.draft_state == "stale" and is_overtaken(facts) and facts.draft_stance:
        return None if _is_known(facts, item, before) else _replacing(facts, now)
    if item.draft_state == "pending" and (before is None or _differs(item, before)):
        if facts.requested:
            was_away = before is not None and before.status != "open"
            return draft_requested(facts, facts.requested, now) if was_away else None
        was_joined = before is not None and before.status == "joined"
        if was_joined or not facts.lane_brings_draft:
            return draft_requested(facts, "answer", now)
    return None


async def promise_drafts(
    connection: Connection, settled: Sequence[tuple[Facts, Item]], before: Mapping[str, Before]
) -> None:
    """Promise what is wanted, under ids of their own: an earlier try may have come to nothing."""
    now = datetime.now(UTC)
    for facts, item in settled:
        message = wanted_draft(facts, item, before.get(item.comment_key), now)
        if message is not None:
            await promise_raw(
                connection, SERVICE, stream=message.stream, subject=message.subject(),
                msg_id=f"{message.msg_id()}:{uuid4().hex}",
                body=message.model_dump_json().encode(),
            )  # fmt: skip


async def promise_once_more(
    connection: Connection, facts: Facts, stance: MadeStance, now: datetime
) -> bool:
    """Promise another try if the model failed at the newest draft; at most one for each failure."""
    failed = await requests.failed_draft(connection, facts.comment_key, facts.revision, stance)
    if failed is None:
        return False
    asked = draft_requested(facts, stance, now)
    await promise(
        connection, SERVICE, [DraftOutdated(**asked.model_dump(), cause=f"again-{failed}")]
    )
    return True


def _replacing(facts: Facts, now: datetime) -> DraftOutdated:
    asked = draft_requested(facts, facts.draft_stance or "answer", now)
    return DraftOutdated(**asked.model_dump(), cause=f"replaces-{facts.draft_id}")


def _differs(item: Item, before: Before) -> bool:
    return (before.status, before.draft_state) != (item.status, item.draft_state)


def _is_known(facts: Facts, item: Item, before: Before | None) -> bool:
    if before is None or before.status != "open" or before.draft_id != item.draft_id:
        return False
    lost_its_source = facts.draft_outdated and facts.draft_joined == facts.joined
    return before.draft_state == "stale" or (lost_its_source and before.draft_state == "proposed")
