from datetime import UTC, datetime

from services.review.conversation import DEEPEST, arrange
from services.store.desk_item import ThreadComment


def comment(key: str, parent: str | None = None, native: str | None = "") -> ThreadComment:
    return ThreadComment(
        comment_key=key, native_id=key if native == "" else native, parent_id=parent,
        author_name="A", author_handle="@a", is_self=False, approved_by=None, text=key, revision=1,
        created_at=datetime(2026, 5, 1, tzinfo=UTC), url=None, status=None,
    )  # fmt: skip


def placed(*comments: ThreadComment) -> list[tuple[str, int, bool]]:
    return [
        (one.comment.comment_key, one.depth, one.parent_missing)
        for one in arrange(comments, root_id="post")
    ]


def test_answers_stand_below_what_they_answer() -> None:
    shown = placed(comment("a", "post"), comment("b"), comment("c", "a"), comment("d", "c"))
    assert shown == [("a", 0, False), ("c", 1, False), ("d", 2, False), ("b", 0, False)]


def test_an_answer_to_something_not_shown_says_so() -> None:
    assert placed(comment("a", "gone")) == [("a", 0, True)]


def test_comments_in_a_circle_and_of_themselves_are_all_shown_once() -> None:
    shown = placed(comment("a", "b"), comment("b", "a"), comment("c", "c"))
    assert sorted(key for key, _, _ in shown) == ["a", "b", "c"]


def test_a_very_deep_thread_is_neither_cut_nor_endlessly_indented() -> None:
    chain = [comment("0")] + [comment(str(n), str(n - 1)) for n in range(1, 3000)]
    shown = placed(*chain)
    assert len(shown) == 3000
    assert max(depth for _, depth, _ in shown) == DEEPEST


def test_our_unechoed_replies_without_a_native_id_stay_apart() -> None:
    shown = placed(comment("a"), comment("r1", "a", native=None), comment("r2", "a", native=None))
    assert [key for key, _, _ in shown] == ["a", "r1", "r2"]
