"""When a decision is refused: pure rules over what is stored at the moment of deciding."""

import re
from collections.abc import Sequence
from typing import Literal

from services.networks.length import fits
from services.networks.places import place
from services.review.standing import CLOSING, was_kept, was_returned
from services.store.approvals import Endorsement
from services.store.decisions import ShownDraft
from services.store.items import Facts, Item

Refusal = Literal[
    "deleted", "decided", "muted", "edited", "stale", "other_draft", "empty", "too_long",
    "no_reason", "days", "not_decided", "answered", "mute_over", "settled", "no_stream",
    "blocked", "locked", "hidden", "nothing_stands", "outdated", "joined",
    "closed_already", "held", "held_elsewhere", "erased", "planted", "debate",
    "sent_already", "own_text", "two_needed", "second_senior", "no_colleague", "no_image", "urgent",
    "last_admin", "name_taken", "no_address", "unfit_name", "unfit_password", "not_alike",
    "disabled", "wrong_password", "wrong_code", "second_required", "wait", "no_question", "often",
    "password_off", "needs_email",
]  # fmt: skip

MAX_REASON = 1000
MAX_DAYS = 365

_UNSTORABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


class Refused(Exception):
    """The decision was not made; nothing was written."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal = refusal


class Unknown(Exception):
    """There is no such item, mute or letter."""


def clean(text: str) -> str:
    """Return a form's text as it is stored, counted and posted."""
    return _UNSTORABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def to_decision(
    facts: Facts, item: Item, seen_revision: int, seen_joined: Sequence[str] | None = None
) -> Refusal | None:
    """Return why an item cannot be decided by somebody who saw this revision and this burst."""
    if item.status in ("cancelled", "paused"):
        return "deleted" if facts.deleted else facts.withheld
    if facts.revision != seen_revision:
        return "edited"
    if item.status == "joined":
        return "joined"
    if item.status == "decided":
        return "decided"
    if item.status == "muted":
        return "muted"
    if seen_joined is not None and list(seen_joined) != facts.joined:
        return "edited"
    return None


def to_approval(
    facts: Facts,
    item: Item,
    seen_revision: int,
    text: str,
    seen_joined: Sequence[str] | None = None,
) -> Refusal | None:
    """Return why this text cannot be approved as the answer to this item."""
    if refusal := to_decision(facts, item, seen_revision, seen_joined):
        return refusal
    if facts.deleted:
        return "deleted"
    if facts.withheld:
        return facts.withheld
    if facts.thread_muted:
        return "muted"
    if item.draft_state == "stale":
        return "outdated" if facts.draft_outdated else "stale"
    if not text:
        return "empty"
    if not fits(text, place(facts.network)):
        return "too_long"
    return None


def to_shown_draft(facts: Facts, shown: ShownDraft | None) -> Refusal | None:
    """Return why the draft that a person had before their eyes is no ground to approve on."""
    if shown is None:
        return "other_draft"
    if shown.outdated:
        return "outdated"
    return "stale" if shown.joined != facts.joined else None


def to_seconding(first: Endorsement | None, account_id: str, *, may_second: bool) -> Refusal | None:
    """Return why somebody cannot be the second to approve the text that was approved `first`."""
    if first is None:
        return None
    if first.account_id == account_id:
        return "own_text"
    return None if may_second else "second_senior"


def to_request(facts: Facts, item: Item, seen_revision: int) -> Refusal | None:
    """Return why no draft can be asked for: the answer service would not make it."""
    if refusal := to_decision(facts, item, seen_revision):
        return refusal
    if facts.deleted:
        return "deleted"
    return facts.withheld or ("muted" if facts.thread_muted else None)


def to_relaning(facts: Facts, item: Item, seen_revision: int) -> Refusal | None:
    """Return why nobody can say any more what kind of comment it is."""
    return to_decision(facts, item, seen_revision) or ("deleted" if facts.deleted else None)


def to_handing_over(item: Item) -> Refusal | None:
    """Return why an item cannot be given to a colleague."""
    return None if item.status == "open" else "decided"


def to_planning(item: Item) -> Refusal | None:
    """Return why an item cannot be put aside."""
    if item.status != "open":
        return "decided"
    return "urgent" if item.lane == "urgent" else None


def to_reason(reason: str) -> Refusal | None:
    """Return why a reason does not do."""
    if not reason:
        return "no_reason"
    return "too_long" if len(reason) > MAX_REASON else None


def to_reopening(facts: Facts, item: Item) -> Refusal | None:
    """Return why an item cannot be put back into the queue."""
    if item.status == "cancelled":
        return "deleted" if facts.deleted else facts.withheld
    if item.status != "decided" or facts.last_action not in CLOSING:
        return "not_decided"
    if facts.last_action == "approve" and not was_returned(facts):
        return "answered"
    if facts.last_action == "withdraw" and facts.answer_stands:
        return "answered"
    return None


def to_withdrawal(facts: Facts) -> Refusal | None:
    """Return why our answer cannot be taken down."""
    if not facts.answer_stands:
        return "nothing_stands"
    return "decided" if facts.last_action == "withdraw" and not was_kept(facts) else None
