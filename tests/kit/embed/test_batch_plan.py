from hypothesis import given
from hypothesis import strategies as st

from services.kit.embed.batch_plan import plan_batches, plan_portions


def test_every_text_is_in_one_batch_and_no_batch_is_over_budget() -> None:
    lengths = [5, 300, 7, 512, 7, 90, 3, 88, 6]
    batches = plan_batches(lengths, 384, 5)
    assert sorted(index for batch in batches for index in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * max(lengths[index] for index in batch) <= 384


def test_texts_of_similar_length_go_together() -> None:
    assert plan_batches([10, 100, 10, 100], 200, 5) == [[0, 2], [1, 3]]


def test_padding_is_weighed_against_one_batch_more() -> None:
    assert plan_batches([10, 12, 30], 384, 5) == [[0, 1], [2]]
    assert plan_batches([10, 12, 30], 384, 100) == [[0, 1, 2]]


@given(st.lists(st.integers(1, 60), max_size=8), st.integers(20, 200), st.integers(0, 40))
def test_no_other_cut_of_the_sorted_texts_is_cheaper(
    lengths: list[int], budget: int, start_cost: int
) -> None:
    batches = plan_batches(lengths, budget, start_cost)
    planned = [[lengths[index] for index in batch] for batch in batches]
    assert [length for batch in planned for length in batch] == sorted(lengths)

    def cost(cut: list[list[int]]) -> int:
        return sum(start_cost + len(batch) * max(batch) for batch in cut)

    within = [
        cut
        for cut in _cuts(sorted(lengths))
        if all(len(batch) == 1 or len(batch) * max(batch) <= budget for batch in cut)
    ]
    assert cost(planned) == min(map(cost, within))


def _cuts(texts: list[int]) -> list[list[list[int]]]:
    """Return every way to cut a list into runs."""
    if not texts:
        return [[]]
    return [
        [texts[:size], *rest] for size in range(1, len(texts) + 1) for rest in _cuts(texts[size:])
    ]


def test_nothing_makes_no_batch() -> None:
    assert plan_batches([], 384, 5) == []


def test_portions_cover_all_texts_in_order_and_stay_small() -> None:
    assert list(plan_portions([1] * 7, 3, 100)) == [(0, 3), (3, 6), (6, 7)]
    assert list(plan_portions([40, 40, 40, 500, 10], 3, 100)) == [(0, 2), (2, 3), (3, 4), (4, 5)]
    assert list(plan_portions([], 3, 100)) == []
