"""Which messages of one person are one thing to answer."""

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.store.bursts import Said, bursts, keys_of

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def said(name: str, minutes: float, **changes: Any) -> Said:
    fields: dict[str, Any] = {
        "comment_key": name, "thread_key": "t", "author_key": "a", "native_id": f"n-{name}",
        "parent_id": None, "created_at": at(minutes), "revision": 1, "text": name,
        "stands": True, "decided": False, "lane": "answer", "kind": "question", **changes,
    }  # fmt: skip
    return Said(**fields)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def groups(comments: Sequence[Said], *replies: datetime) -> list[str]:
    return ["".join(keys_of(burst)) for burst in bursts(comments, replies)]


THREE = [said("a", 0), said("b", 9), said("c", 19)]


@pytest.mark.parametrize(
    ("comments", "replies", "found"),
    [
        ([said("a", 0)], [], ["a"]),
        (THREE, [], ["abc"]),
        ([said("a", 0), said("b", 10.1)], [], ["a", "b"]),
        (THREE, [at(10)], ["ab", "c"]),
        (THREE, [at(-1), at(20)], ["abc"]),
        ([said("a", 0), said("b", 1, parent_id="n-a")], [], ["ab"]),
        ([said("a", 0), said("b", 1, parent_id="n-x")], [], ["a", "b"]),
        ([said("a", 0), said("b", 1, parent_id="n-x"), said("c", 2)], [], ["a", "b", "c"]),
        ([said("a", 0, parent_id="n-x"), said("b", 1, parent_id="n-x")], [], ["ab"]),
        ([said("a", 0), said("b", 1, decided=True), said("c", 2)], [], ["a", "c"]),
        ([said("a", 0), said("b", 1, stands=False), said("c", 2)], [], ["ac"]),
    ],
    ids=[
        "one", "three", "a long pause", "our reply", "our reply elsewhere", "under the own one",
        "under somebody's", "somebody answered in between", "below the same", "decided",
        "one taken back",
    ],
)  # fmt: skip
def test_what_belongs_together(
    comments: list[Said], replies: list[datetime], found: list[str]
) -> None:
    for order in itertools.permutations(comments):
        assert groups(order, *replies) == found


@pytest.mark.parametrize(
    "apart",
    [{"lane": "urgent"}, {"kind": "attack"}, {"kind": "threat"}, {"kind": "help"}],
    ids=str,
)
def test_what_alarms_is_never_inside_a_burst(apart: dict[str, Any]) -> None:
    """INVARIANT: a threat, an attack or a call for help keeps an item of its own."""
    for position, left in enumerate(("bc", "ac", "ab")):
        comments = [
            said(name, minute, **(apart if minute == position else {}))
            for minute, name in enumerate("abc")
        ]
        assert groups(comments) == [left]
