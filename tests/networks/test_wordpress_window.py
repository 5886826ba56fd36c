"""What a look at a WordPress site tells, by what was known before it. Without a site."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.networks.wordpress.mapping import Place, event_from
from services.networks.wordpress.said import SaidComment, SaidPost
from services.networks.wordpress.window import Change, Known, State, Thread, Window, compare

START = datetime(2026, 11, 22, 12, tzinfo=UTC)
PLACE = Place("example.org", "Beispiel", "https://example.org", "wordpress:example.org", 7)
PUBLIC = SaidPost(id=12, status="publish")


def said(
    number: int, text: str = "Hallo", status: str = "approved", minutes: float = 0, **more: Any
) -> SaidComment:
    at = START + timedelta(minutes=minutes)
    fields = {
        "id": number,
        "post": 12,
        "date_gmt": at.replace(tzinfo=None).isoformat(),
        "content": {"raw": text},
        "status": status,
    }
    return SaidComment.model_validate(fields | more)


def window(*comments: SaidComment) -> Window:
    """Return what is known after these were seen for the first time."""
    empty = Window.first(START, timedelta(hours=1))
    return empty.after(compare(empty, seen(*comments), []))


def seen(*comments: SaidComment) -> Mapping[int, SaidComment]:
    return {one.id: one for one in comments}


def told(changes: list[Change]) -> list[tuple[str, int]]:
    return [(change.happened, change.number) for change in changes]


@pytest.mark.parametrize(
    ("known", "now", "happened"),
    [
        (None, "approved", ["received"]),
        (None, "hold", []),
        (None, "spam", []),
        (None, "trash", ["deleted"]),
        ("shown", "approved", []),
        ("shown", "hold", ["hidden"]),
        ("shown", "spam", ["deleted"]),
        ("shown", "trash", ["deleted"]),
        ("shown", "post-trashed", ["deleted"]),
        ("hidden", "approved", ["unhidden"]),
        ("hidden", "hold", []),
        ("hidden", "trash", ["deleted"]),
        ("gone", "approved", ["returned"]),
        ("gone", "trash", []),
        ("gone", "hold", []),
    ],
)
def test_each_state_and_what_it_becomes(known: State | None, now: str, happened: list[str]) -> None:
    before = window(said(1))
    if known is None:
        before = window()
    else:
        was = before.known[1]._replace(state=known)
        before = Window(before.floor, {1: was})
    changes = compare(before, seen(said(1, status=now)), [])
    assert [change.happened for change in changes] == happened
    assert compare(before.after(changes), seen(said(1, status=now)), []) == []


def test_an_edit_while_hidden_is_told_when_it_is_shown_again() -> None:
    before = window(said(1))
    hidden = compare(before, seen(said(1, "Neu", "hold")), [])
    shown = compare(before.after(hidden), seen(said(1, "Neu")), [])
    assert told(hidden) + told(shown) == [("hidden", 1), ("unhidden", 1), ("edited", 1)]


def test_the_oldest_is_told_first_and_the_number_decides_within_a_second() -> None:
    comments = [said(9, minutes=1), said(3, minutes=2), said(8, minutes=1)]
    assert told(compare(window(), seen(*comments), [])) == [
        ("received", 8),
        ("received", 9),
        ("received", 3),
    ]


def test_only_what_a_list_should_name_is_missed() -> None:
    """INVARIANT: a list of the newest comments says nothing about the older ones."""
    before = window(said(1, minutes=1), said(2, minutes=2), said(3, minutes=3))
    bottom = said(2, minutes=2).said_at
    assert before.missing({3}, bottom) == []
    assert before.missing({2}, bottom) == [3]
    assert before.missing(set(), before.floor) == [1, 2, 3]
    hidden = Window(
        before.floor, dict(before.known) | {1: before.known[1]._replace(state="hidden")}
    )
    assert hidden.missing({3}, bottom) == [1]
    gone = Window(before.floor, dict(before.known) | {1: before.known[1]._replace(state="gone")})
    assert gone.missing({2, 3}, before.floor) == []


def test_the_window_keeps_the_newest_and_forgets_what_is_below_its_floor() -> None:
    full = window(*(said(number, minutes=number) for number in range(1, 11)))
    cut = full.trimmed(START, timedelta(days=14), 4)
    assert sorted(cut.known) == [7, 8, 9, 10]
    assert cut.floor == said(6, minutes=6).said_at
    assert cut.missing(set(cut.known), cut.floor) == []
    later = full.trimmed(START + timedelta(days=14, minutes=5), timedelta(days=14), 500)
    assert sorted(later.known) == [6, 7, 8, 9, 10]
    assert full.trimmed(START - timedelta(days=1), timedelta(days=14), 500) == full


def test_threads_leave_the_window_with_their_last_comment() -> None:
    threads = {12: Thread("/wp/v2/posts/12", "open"), 13: Thread("", "closed")}
    kept = Window(0, {1: Known("r", 10**10, 12, "shown")}, threads)
    assert set(kept.trimmed(START, timedelta(days=14), 500).threads) == {12}


def test_a_window_survives_as_a_cursor_and_stays_small() -> None:
    known = {number: Known("0" * 32, 1_795_000_000, 12, "shown") for number in range(500)}
    full = Window(5, known, {12: Thread("/wp/v2/posts/12", "open")})
    cursor = full.dumps()
    assert Window.loads(cursor) == full
    assert len(cursor) < 40_000
    with pytest.raises(ValueError, match="cursor"):
        Window.loads('{"since": 1}')


def test_a_visitor_is_a_hash_of_this_site_and_we_are_an_account() -> None:
    """INVARIANT: an id of a person without an account says nothing about the person."""

    def author(place: Place = PLACE, **fields: Any) -> tuple[str, bool]:
        (change,) = compare(window(), seen(said(1, **fields)), [])
        event = event_from(change, PUBLIC, place, START)
        return event.data.author.native_id, event.data.author.is_self

    by_mail = author(author_email=" Kim@Example.org ", author_name="Kim")
    assert by_mail == author(author_email="kim@example.org", author_name="Kim M.")
    elsewhere = Place("other.org", "x", "https://other.org", "wordpress:other.org", 7)
    assert by_mail[0].rpartition("-")[2] != author(elsewhere, author_email="kim@example.org")[0]
    assert "kim" not in by_mail[0]
    by_name = author(author_name="Kim")[0]
    assert by_name not in (by_mail[0], author(author_name="Mara")[0])
    assert author()[0] == "example.org/comment-1"
    assert author(author=3, author_email="kim@example.org") == ("example.org/user-3", False)
    assert author(author=7) == ("example.org/user-7", True)


def test_without_the_post_nothing_counts_as_public() -> None:
    """INVARIANT: what we do not know to be public is not passed on as public."""
    (change,) = compare(window(), seen(said(1)), [])
    assert event_from(change, None, PLACE, START).data.visibility == "unknown"
    draft = SaidPost(id=12, status="draft")
    assert event_from(change, draft, PLACE, START).data.visibility == "followers"
    assert event_from(change, PUBLIC, PLACE, START).data.visibility == "public"


def test_a_very_long_comment_is_cut_and_still_told_when_it_changes_at_its_end() -> None:
    long = "ä" * 30_000
    (change,) = compare(window(), seen(said(1, long)), [])
    assert len(event_from(change, PUBLIC, PLACE, START).data.text) == 20_000
    edits = compare(window(said(1, long)), seen(said(1, f"{long}!")), [])
    assert told(edits) == [("edited", 1)]


def test_ids_of_other_sites_are_not_ours() -> None:
    assert PLACE.comment_number("example.org/comment-5") == 5
    for other in ("other.org/comment-5", "example.org/post-5", "example.org/comment-x", "5", "x"):
        assert PLACE.comment_number(other) is None
