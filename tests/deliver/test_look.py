"""The last look before posting, as a table."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from services.deliver.look import MOST_IN_THREAD, MOST_TO_AUTHOR, why_not
from services.networks.network import Standing
from services.store.deliveries import Approval

APPROVAL = Approval(
    decision_id="d", text="Ja.", comment_key="k", thread_key="t", network="sandbox",
    connection="sandbox:x", native_id="c1",
    approved_at=datetime(2026, 5, 1, tzinfo=UTC), approved_revision=2, native_revision="b",
    revision=2, deleted=False, muted=False, withheld=None, ahead=0, lately=0,
    lately_to_author=0, state=None, attempts=0, tried_at=None, reply_id=None, url=None,
    code=None,
)  # fmt: skip
STANDING = Standing("c1", "b", "Frage?", "public", can_reply=True)


@pytest.mark.parametrize("visibility", ["public", "unlisted"])
def test_what_stands_as_it_was_approved_may_be_answered(visibility: Any) -> None:
    assert why_not(APPROVAL, replace(STANDING, visibility=visibility)) is None


def test_a_lively_thread_is_no_circle() -> None:
    busy = replace(APPROVAL, lately=MOST_IN_THREAD - 1, lately_to_author=MOST_TO_AUTHOR - 1)
    assert why_not(busy, STANDING) is None


@pytest.mark.parametrize(
    ("here", "there", "code"),
    [
        ({}, None, "parent_gone"),
        ({"deleted": True}, {}, "parent_gone"),
        ({"muted": True}, {}, "thread_muted"),
        ({"revision": 3, "native_revision": "c"}, {"revision": "c"}, "parent_edited"),
        ({}, {"revision": "c"}, "parent_edited"),
        ({"approved_revision": 1}, {}, "parent_edited"),
        ({"withheld": "blocked"}, {}, "blocked"),
        ({"withheld": "locked"}, {}, "locked"),
        ({"withheld": "hidden"}, {}, "hidden"),
        ({"lately_to_author": MOST_TO_AUTHOR}, {}, "circuit_open"),
        ({"lately": MOST_IN_THREAD}, {}, "circuit_open"),
        ({}, {"visibility": "direct"}, "not_public"),
        ({}, {"visibility": "followers"}, "not_public"),
        ({}, {"visibility": "unknown"}, "not_public"),
        ({}, {"can_reply": False, "why_not": "blocked"}, "blocked"),
        ({}, {"can_reply": False, "why_not": "hidden"}, "hidden"),
        ({}, {"can_reply": False}, "locked"),
    ],
)
def test_what_changed_meanwhile_goes_back_to_a_person(
    here: dict[str, Any], there: dict[str, Any] | None, code: str
) -> None:
    """INVARIANT: an approval holds for the words and the place the person saw, for nothing else."""
    standing = None if there is None else replace(STANDING, **there)
    assert why_not(replace(APPROVAL, **here), standing) == code
