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

A draft is also `stale` when it cites a passage that is withdrawn, or answers other messages of a
burst than stand now. Of a burst the last message's item is shown; the others are `joined` to it.

What a person says about a comment's kind wins over how it was sorted, until a newer text of it is.
"""

from collections.abc import Iterable, Sequence

from schemas.comments import LANE_OF, Lane, Reason
from services.store.items import DraftState, Facts, Item, Status

CLOSING = ("approve", "reject", "close", "withdraw")
LEADING: tuple[Lane, ...] = ("answer", "acknowledge", "discuss", "rest", "urgent")
"""Whose lane a burst goes to: the first that one of its messages is in."""


def settle_together(
    facts: Iterable[Facts], bursts: Iterable[Sequence[str]]
) -> list[tuple[Facts, Item]]:
    """Return what stands; of each burst (comments' keys, oldest first) one item is in sight.

    The item of the last message goes to the lane of the one that asks most, and waits since the
    first. Urgent ones and attacks are in no burst.
    """
    known = {one.comment_key: as_a_person_says(one) for one in facts}
    together = {burst[-1]: [known[key] for key in burst if key in known] for burst in bursts}
    last_of = {one.comment_key: last for last, burst in together.items() for one in burst}
    settled: list[tuple[Facts, Item]] = []
    for key, one in known.items():
        last = last_of.get(key, key)
        whole = _whole(one, together[key]) if key in together else one
        item = settle(whole)
        if item is not None and last != key and item.status == "open":
            item = item.model_copy(
                update={"status": "joined", "note": f"joined:{last}", "draft_id": None,
                        "draft_state": "none"}
            )  # fmt: skip
        if item is not None:
            settled.append((whole, item))
    return settled


def as_a_person_says(facts: Facts) -> Facts:
    """Return the facts with the kind that a person said, in that kind's lane."""
    if facts.relaned is None:
        return facts
    return facts.model_copy(
        update={
            "lane": LANE_OF[facts.relaned], "kind": facts.relaned,
            "reasons": [Reason(rule="a_person_says")],
            "lane_brings_draft": facts.lane == "answer",
        }
    )  # fmt: skip


def _whole(last: Facts, burst: Sequence[Facts]) -> Facts:
    lead = min(burst, key=lambda one: (_rank(one), one is not last))
    return last.model_copy(
        update={
            "lane": lead.lane, "kind": lead.kind, "reasons": lead.reasons,
            "language": lead.language, "first_seen": min(one.first_seen for one in burst),
            "lane_brings_draft": last.lane_brings_draft if last.relaned else last.lane == "answer",
        }
    )  # fmt: skip


def _rank(facts: Facts) -> int:
    return LEADING.index(facts.lane) if facts.lane else len(LEADING)


def is_overtaken(facts: Facts) -> bool:
    """True when there is a draft for the newest text that nobody may approve any more."""
    return (
        facts.draft_id is not None
        and facts.draft_revision == facts.revision
        and (facts.draft_outdated or facts.draft_joined != facts.joined)
    )


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


def _waits_for_second(facts: Facts) -> bool:
    return facts.last_action == "endorse" and facts.decided_revision == facts.revision


def _is_under_way(facts: Facts) -> bool:
    return facts.last_action == "approve" and facts.delivery_state not in ("sent", "returned")


def _is_no_question(facts: Facts) -> bool:
    """Tell whether a person took the comment out of the lane that its draft was made for."""
    out_of_lane = facts.relaned is not None and facts.lane != "answer"
    return out_of_lane and facts.lane_brings_draft and facts.draft_stance == "answer"


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
    if status == "open" and _waits_for_second(facts):
        return "second"
    if status == "decided" and _is_under_way(facts) and facts.network_waits_until:
        return f"waiting:{facts.network_waits_until.isoformat()}"
    return None


def _draft(facts: Facts, status: Status) -> tuple[str | None, DraftState]:
    if facts.deleted:
        return facts.draft_id, "none"
    if status != "decided" and is_overtaken(facts):
        return facts.draft_id, "stale"
    if facts.draft_id is not None and facts.draft_revision == facts.revision:
        if facts.draft_outcome == "proposed":
            return facts.draft_id, "proposed"
        if not facts.requested:
            return (None, "none") if _is_no_question(facts) else (facts.draft_id, "declined")
    if facts.requested and status == "open":
        return None, "pending"
    if facts.lane != "answer":
        return None, "none"
    if (facts.routed_revision or 0) < facts.revision:
        return facts.draft_id, "stale"
    return None, "pending" if status == "open" else "none"
