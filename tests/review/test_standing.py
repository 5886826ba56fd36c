from datetime import UTC, datetime
from typing import Any

import pytest

from services.review.standing import settle
from services.store.items import Facts, Item

ROUTED = {"routed_revision": 1, "lane": "answer", "kind": "question", "language": "de"}


def facts(**changes: Any) -> Facts:
    nothing: dict[str, Any] = dict.fromkeys(Facts.model_fields)
    stored = {
        "comment_key": "c" * 32, "network": "sandbox", "thread_key": "d" * 16, "revision": 1,
        "deleted": False, "first_seen": datetime(2026, 5, 1, tzinfo=UTC), "thread_muted": False,
        "routed_muted": False, "decided_since_deleted": False, "answer_stands": False,
        "draft_joined": [], "draft_outdated": False, "joined": [], "lane_brings_draft": True,
    }  # fmt: skip
    return Facts(**{**nothing, **stored, **ROUTED, **changes})


def item(**changes: Any) -> Item:
    settled = settle(facts(**changes))
    assert settled is not None
    return settled


DRAFT = {"draft_id": "a" * 32, "draft_revision": 1, "draft_outcome": "proposed"}
APPROVED = {"last_action": "approve", "decided_revision": 1}
EDITED = {"revision": 2}
SORTED_AGAIN = {"revision": 2, "routed_revision": 2}
URGENT = {"lane": "urgent", "kind": "threat"}
POSTED = {**APPROVED, "delivery_state": "sent", "answer_stands": True}
RETURNED = {**APPROVED, "delivery_state": "returned", "delivery_code": "blocked"}
LATER = datetime(2026, 5, 1, 15, 4, tzinfo=UTC)


def test_a_comment_that_nobody_sorted_has_no_item() -> None:
    assert settle(facts(lane=None, kind=None, routed_revision=None)) is None


def test_a_comment_deleted_before_it_was_sorted_has_a_cancelled_item() -> None:
    deleted = settle(facts(lane=None, kind=None, routed_revision=None, deleted=True))
    assert deleted is not None
    assert (deleted.status, deleted.lane) == ("cancelled", "rest")


@pytest.mark.parametrize(
    ("changes", "status", "draft_state", "note"),
    [
        ({}, "open", "pending", None),
        ({"lane": "discuss"}, "open", "none", None),
        (DRAFT, "open", "proposed", None),
        ({**DRAFT, "draft_outcome": "no_source"}, "open", "declined", None),
        (EDITED, "open", "stale", None),
        ({**DRAFT, **EDITED}, "open", "stale", None),
        ({**EDITED, "lane": "discuss"}, "open", "none", None),
        ({**DRAFT, **SORTED_AGAIN}, "open", "pending", None),
        ({"thread_muted": True}, "muted", "none", None),
        ({"routed_muted": True}, "muted", "none", None),
        ({"thread_muted": True, "lane": "urgent", "kind": "threat"}, "open", "none", None),
        ({"routed_muted": True, "lane": "urgent", "kind": "threat"}, "open", "none", None),
        ({**APPROVED, **DRAFT}, "decided", "proposed", None),
        ({**APPROVED, "thread_muted": True}, "decided", "none", None),
        ({**APPROVED, **EDITED}, "decided", "stale", "edited_after_answer"),
        ({**APPROVED, **SORTED_AGAIN}, "open", "pending", "edited_after_answer"),
        (
            {"last_action": "close", "decided_revision": 1, **SORTED_AGAIN},
            "open", "pending", "edited_after_decision",
        ),
        ({**APPROVED, "delivery_state": "sent"}, "decided", "none", None),
        ({**APPROVED, "delivery_state": "unknown"}, "decided", "none", None),
        (
            {**APPROVED, **DRAFT, "delivery_state": "returned", "delivery_code": "locked"},
            "open", "proposed", "returned:locked",
        ),
        (
            {**APPROVED, "delivery_state": "returned", "delivery_code": "thread_muted",
             "thread_muted": True},
            "muted", "none", "returned:thread_muted",
        ),
        ({"last_action": "reopen", "decided_revision": 1, **DRAFT}, "open", "proposed", None),
        ({**APPROVED, "deleted": True}, "cancelled", "none", "deleted"),
        ({**DRAFT, "deleted": True}, "cancelled", "none", "deleted"),
        ({**RETURNED, "deleted": True}, "cancelled", "none", "returned:blocked"),
        ({**POSTED, "deleted": True}, "open", "none", "answer_stands"),
        ({**POSTED, "deleted": True, **SORTED_AGAIN}, "open", "none", "answer_stands"),
        (
            {**POSTED, "deleted": True, "last_action": "close", "decided_since_deleted": True},
            "cancelled", "none", "deleted",
        ),
        ({**POSTED, "last_action": "withdraw"}, "decided", "none", None),
        (
            {**POSTED, "last_action": "withdraw", "delivery_state": "returned"},
            "open", "pending", "not_removed",
        ),
        (
            {**POSTED, "last_action": "withdraw", "deleted": True, "decided_since_deleted": True},
            "cancelled", "none", "deleted",
        ),
        ({**DRAFT, "withheld": "hidden"}, "paused", "proposed", "hidden"),
        ({**DRAFT, "withheld": "locked"}, "cancelled", "proposed", "locked"),
        ({**DRAFT, "withheld": "blocked"}, "cancelled", "proposed", "blocked"),
        ({"withheld": "hidden", "thread_muted": True}, "paused", "none", "hidden"),
        ({"withheld": "hidden", **EDITED}, "paused", "stale", "hidden"),
        ({"withheld": "hidden", **URGENT}, "open", "none", "hidden"),
        ({"withheld": "locked", **URGENT}, "open", "none", "locked"),
        ({**RETURNED, "withheld": "blocked"}, "open", "pending", "returned:blocked"),
        ({**APPROVED, "withheld": "locked"}, "decided", "none", None),
        ({**POSTED, "withheld": "blocked"}, "decided", "none", None),
        ({**POSTED, "withheld": "hidden", **SORTED_AGAIN}, "paused", "none", "hidden"),
        (
            {**APPROVED, "network_waits_until": LATER},
            "decided", "none", "waiting:2026-05-01T15:04:00+00:00",
        ),
        ({**POSTED, "network_waits_until": LATER}, "decided", "none", None),
        ({"network_waits_until": LATER}, "open", "pending", None),
    ],
)  # fmt: skip
def test_where_a_comment_stands(
    changes: dict[str, Any], status: str, draft_state: str, note: str | None
) -> None:
    settled = item(**changes)
    assert (settled.status, settled.draft_state, settled.note) == (status, draft_state, note)


def test_the_draft_of_an_older_text_is_shown_only_as_stale() -> None:
    assert item(**DRAFT, **EDITED).draft_id == DRAFT["draft_id"]
    assert item(**DRAFT, **SORTED_AGAIN).draft_id is None
