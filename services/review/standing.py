"""Where a comment stands, derived from everything that is stored about it.

Messages only say "look again": whatever their order and however often they come, the same stored
facts give the same item. What a network tells, and what follows:

| The network tells      | Nobody has decided yet          | We have answered                    |
|------------------------|---------------------------------|-------------------------------------|
| edited                 | draft `stale` until the new one | note; open again once sorted anew   |
| deleted, account gone  | `cancelled`, the text is erased | open: `answer_stands`, to withdraw  |
| thread deleted         | `cancelled`, the text is erased | `cancelled`: our answer went along  |
| hidden                 | `paused`                        | stays `decided`                     |
| shown again            | open again                      | stays `decided`                     |
| thread locked, blocked | `cancelled` with that reason    | stays `decided`                     |
| unlocked, unblocked    | open again                      | stays `decided`                     |

An approval on its way is bound to the text and the revision that the person saw: deliver looks at
all of this just before it posts, and brings back what does not fit any more. What was brought back
stays in sight with its reason, and so does what looks urgent: only a deletion takes them away.
"""

from services.store.items import DraftState, Facts, Item, Status

CLOSING = ("approve", "reject", "close", "withdraw")


def settle(facts: Facts) -> Item | None:
    """Return the item as it stands; None while a comment is neither sorted nor deleted.

    - Deleted on its network: `cancelled`, whatever was decided, unless our answer stands there and
      nobody has looked at that yet.
    - Decided: stays `decided` when its text is edited, with a note. Once the new text is sorted it
      is open again, for nobody has decided about these words; an answer of ours may now stand
      under a different question.
    - An approved text that the network or the last look before posting refused: open again.
    - Hidden: `paused`. Thread locked, or either side has blocked the other: `cancelled`.
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
        note=_note(facts, status),
        opened_at=facts.first_seen,
    )


def was_returned(facts: Facts) -> bool:
    """True when the last decision was an approval and its text could not be posted."""
    return facts.last_action == "approve" and facts.delivery_state == "returned"


def answers_nothing(facts: Facts) -> bool:
    """True when our answer stands under a deleted comment and nobody has decided about that."""
    return facts.deleted and facts.answer_stands and not facts.decided_since_deleted


def was_kept(facts: Facts) -> bool:
    """True when the last decision was to take our answer down, and that could not be done."""
    return facts.last_action == "withdraw" and facts.delivery_state == "returned"


def _status(facts: Facts) -> Status:
    if was_kept(facts):
        return "open"
    if facts.deleted:
        return "open" if answers_nothing(facts) else "cancelled"
    returned = was_returned(facts)
    if facts.last_action in CLOSING and not returned and not _overtaken(facts):
        return "decided"
    if facts.lane == "urgent":
        return "open"
    if facts.withheld and not returned:
        return "paused" if facts.withheld == "hidden" else "cancelled"
    return "muted" if facts.thread_muted or facts.routed_muted else "open"


def _overtaken(facts: Facts) -> bool:
    return (facts.routed_revision or 0) > (facts.decided_revision or 0)


def _is_under_way(facts: Facts) -> bool:
    return facts.last_action == "approve" and facts.delivery_state not in ("sent", "returned")


def _note(facts: Facts, status: Status) -> str | None:
    if was_kept(facts):
        return "not_removed"
    if answers_nothing(facts):
        return "answer_stands"
    if was_returned(facts):
        return f"returned:{facts.delivery_code}"
    if facts.deleted:
        return "deleted"
    if facts.withheld and status != "decided":
        return facts.withheld
    if facts.last_action in CLOSING and facts.revision > (facts.decided_revision or 0):
        return "edited_after_answer" if facts.last_action == "approve" else "edited_after_decision"
    if status == "decided" and _is_under_way(facts) and facts.network_waits_until:
        return f"waiting:{facts.network_waits_until.isoformat()}"
    return None


def _draft(facts: Facts, status: Status) -> tuple[str | None, DraftState]:
    if facts.deleted:
        return facts.draft_id, "none"
    if facts.draft_id is not None and facts.draft_revision == facts.revision:
        return facts.draft_id, "proposed" if facts.draft_outcome == "proposed" else "declined"
    if facts.lane != "answer":
        return None, "none"
    if (facts.routed_revision or 0) < facts.revision:
        return facts.draft_id, "stale"
    return None, "pending" if status == "open" else "none"
