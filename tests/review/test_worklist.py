"""What comes next in a list that is worked through."""

from services.review.worklist import Worklist

LIST = Worklist(["a", "b", "c", "d"], {"b", "d"})


def test_what_waits_comes_next_from_there_on_and_then_from_the_top() -> None:
    assert [LIST.next_waiting(key) for key in ("a", "b", "c", "d")] == ["b", "d", "d", "b"]
    assert LIST.next_waiting("gone") == "b"
    assert Worklist(["a", "b"], {"b"}).next_waiting("b") is None


def test_the_wanted_one_is_open_else_what_waits_else_the_first() -> None:
    assert [LIST.opened(key) for key in ("c", "gone")] == ["c", "b"]
    assert Worklist(["a"], []).opened("") == "a"
    assert Worklist([], []).opened("a") is None


def test_neighbours_end_at_both_ends() -> None:
    assert [LIST.before(key) for key in ("a", "b", "gone")] == [None, "a", None]
    assert [LIST.after(key) for key in ("c", "d", "gone")] == ["d", None, None]
