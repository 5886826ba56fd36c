"""Where a comment stands, derived from everything that is stored about it.

Messages only say "look again": whatever their order and however often they come, the same stored
facts give the same item.
"""

from services.store.items import DraftState, Facts, Item, Status

CLOSING = ("approve", "reject", "close")


def settle(facts: Facts) -> Item | None:
    """Return the item as it stands; None while a comment is neither sorted nor deleted.

    - Deleted on its network: `cancelled`, whatever was decided.
    - Decided: stays `decided` when its text is edited, with a note. Once the new text is sorted it
      is open again, for nobody has decided about these words; an answer of ours may now stand
      under a different question.
    - An approved text that the network or the last look before posting refused: open again.
    - `muted` while a mute of the thread stands or route found one standing, but never in the lane
      `urgent`: a mute is not blind.
    """
    if facts.lane is None and not facts.deleted:
        return None
    status = _status(facts)
    draft_id, draft_state = _draft(facts, status)
    return Item(
        comment_key=facts.comment_key,
        thread_key=facts.thread_key,
        revision=facts.revision,
        lane=facts.lane or "rest",
        kind=facts.kind or "other",
        reasons=facts.reasons or [],
        language=facts.language or "und",
        status=status,
        draft_id=draft_id,
        draft_state=draft_state,
        note=_note(facts),
        opened_at=facts.first_seen,
    )


def was_returned(facts: Facts) -> bool:
    """True when the last decision was an approval and its text could not be posted."""
    return facts.last_action == "approve" and facts.delivery_state == "returned"


def _status(facts: Facts) -> Status:
    if facts.deleted:
        return "cancelled"
    if facts.last_action in CLOSING and not was_returned(facts) and not _overtaken(facts):
        return "decided"
    if facts.lane != "urgent" and (facts.thread_muted or facts.routed_muted):
        return "muted"
    return "open"


def _overtaken(facts: Facts) -> bool:
    return (facts.routed_revision or 0) > (facts.decided_revision or 0)


def _note(facts: Facts) -> str | None:
    if facts.deleted:
        return None
    if was_returned(facts):
        return f"returned:{facts.delivery_code}"
    if facts.last_action in CLOSING and facts.revision > (facts.decided_revision or 0):
        return "edited_after_answer" if facts.last_action == "approve" else "edited_after_decision"
    return None


def _draft(facts: Facts, status: Status) -> tuple[str | None, DraftState]:
    if facts.draft_id is not None and facts.draft_revision == facts.revision:
        return facts.draft_id, "proposed" if facts.draft_outcome == "proposed" else "declined"
    if facts.lane != "answer":
        return None, "none"
    if (facts.routed_revision or 0) < facts.revision:
        return facts.draft_id, "stale"
    return None, "pending" if status == "open" else "none"
