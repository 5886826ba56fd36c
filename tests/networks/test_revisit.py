"""What a visit makes of what it finds and of what it remembers."""

from datetime import UTC, datetime, timedelta

from services.networks.network import Unreadable
from services.networks.revisit import (
    Found,
    Letters,
    Remembered,
    Visit,
    difference,
    following,
)

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
WEEK = timedelta(days=7)
DAY = timedelta(days=1)


def found(native_id: str, revision: str = "1", *, hidden: bool = False, days: float = 0) -> Found:
    return Found("post", native_id, revision, hidden, NOON - timedelta(days=days))


def remembering(*comments: Found, at: datetime = NOON) -> Visit:
    start = Visit(since=NOON - 30 * DAY, at=at)
    return following(start, comments, forgotten=frozenset(), at=at, recheck=WEEK)


def test_a_cursor_survives_being_stored() -> None:
    visit = remembering(found("a"), found("b", hidden=True))
    stored = Visit.resumed(visit.model_dump_json(), NOON + DAY, DAY)
    assert stored == visit
    assert stored.remembers("post", "b") == Remembered("1", True, int(NOON.timestamp()))


def test_each_change_is_told_apart() -> None:
    before = remembering(
        found("same"), found("edited"), found("hidden"), found("shown", hidden=True), found("gone")
    )
    now = [
        found("same"), found("edited", "2"), found("hidden", hidden=True), found("shown"),
        found("new"), found("new and hidden", hidden=True),
    ]  # fmt: skip
    changes = difference(before, now, {"post": NOON - WEEK})
    assert changes.new == ("new", "new and hidden")
    assert changes.edited == ("edited",)
    assert changes.hidden == ("hidden", "new and hidden")
    assert changes.shown == ("shown",)
    assert changes.missing == (("post", "gone"),)


def test_only_where_was_read_can_something_be_missing() -> None:
    """INVARIANT: what a visit did not read is not taken for deleted."""
    before = remembering(found("old", days=3), found("young", days=1))
    assert difference(before, [], {}).missing == ()
    assert difference(before, [], {"other": NOON - WEEK}).missing == ()
    partly = difference(before, [], {"post": NOON - 2 * DAY})
    assert partly.missing == (("post", "young"),)


def test_what_is_too_old_is_forgotten_and_not_missed() -> None:
    visit = remembering(found("old", days=6.5), found("young"))
    later = following(visit, [found("young")], forgotten=frozenset(), at=NOON + DAY, recheck=WEEK)
    assert list(later.threads["post"]) == ["young"]
    after = following(later, [], forgotten=frozenset({"young"}), at=NOON + 2 * DAY, recheck=WEEK)
    assert after.threads == {}


def test_an_outage_lengthens_the_stretch_that_is_looked_at() -> None:
    """INVARIANT: nothing is lost because nobody looked for a long time."""
    visit = remembering(found("a"), at=NOON)
    assert visit.floor(WEEK) == NOON - WEEK
    young = Visit(since=NOON - DAY, at=NOON)
    assert young.floor(WEEK) == NOON - DAY


def test_an_unreadable_thing_is_told_once() -> None:
    letters, bad = Letters(), Unreadable(b"bad", "why")
    assert letters.new([bad]) == [bad]
    assert letters.new([bad, Unreadable(b"other", "why")]) == [Unreadable(b"other", "why")]
