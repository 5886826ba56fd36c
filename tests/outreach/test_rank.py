"""A page's score is explained, and tells no more than the figures that are shown."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.networks.scout import Sighting
from services.outreach.figures import FEWEST, figures, from_five, on_topics
from services.outreach.rank import WEIGHTS, Figures, parts_of, score

NOW = datetime(2026, 11, 20, tzinfo=UTC)
PAGE = Figures(
    posts=12, share=0.4, answers=30, newest=NOW - timedelta(days=1), readers=3000, partners=6,
    is_followed=True, links=7, is_linking=True,
)  # fmt: skip


def post(number: int, text: str = "Hitze in der Stadt", days: float = 1) -> Sighting:
    return Sighting(
        "p", str(number), text, NOW - timedelta(days=days), f"https://x.example/{number}"
    )


@pytest.mark.parametrize(
    "less",
    [
        {"posts": None}, {"share": 0.1}, {"answers": None}, {"newest": NOW - timedelta(days=29)},
        {"readers": None}, {"partners": None}, {"is_followed": False, "partners": None},
        {"links": None}, {"is_linking": False, "links": None},
    ],
    ids="-".join,
)  # fmt: skip
def test_each_part_counts(less: dict[str, object]) -> None:
    fewer = replace(PAGE, **less)  # type: ignore[arg-type]  # fields of the figures
    assert score(parts_of(fewer, NOW)) < score(parts_of(PAGE, NOW)) <= 1
    assert set(parts_of(fewer, NOW)) == set(WEIGHTS)
    assert all(0 <= size <= 1 for size in parts_of(fewer, NOW).values())


@pytest.mark.parametrize("count", range(1, FEWEST))
def test_counts_under_five_cannot_be_told_apart(count: int) -> None:
    """INVARIANT: what is kept of a page is the same for one, two, three or four people."""
    assert from_five(count) is None
    own = [post(n) for n in range(20)]
    few = figures("Hitze", own, own, [f"a{n}" for n in range(count)])
    none = figures("Hitze", own, own, [])
    assert few == none
    rare = figures("Hitze", own[:count], own, [])
    assert (rare.posts, rare.share) == (None, None)


def test_only_recent_posts_on_a_topic_count_once() -> None:
    own = [post(1), post(2, "Guten Morgen"), post(3, days=40)]
    found = on_topics(own, [post(1), post(4, "Sommerhitze")], ["Hitze", "Miete"], NOW)
    assert {topic: {one.post_id for one in posts} for topic, posts in found.items()} == {
        "Hitze": {"1", "4"}
    }
