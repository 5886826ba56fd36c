from services.kit.embed.batch_plan import plan_batches, plan_portions


def test_every_text_is_in_one_batch_and_no_batch_is_over_budget() -> None:
    lengths = [5, 300, 7, 512, 7, 90, 3, 88, 6]
    batches = list(plan_batches(lengths, 384))
    assert sorted(index for batch in batches for index in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * max(lengths[index] for index in batch) <= 384


def test_texts_of_similar_length_go_together() -> None:
    assert list(plan_batches([10, 100, 10, 100], 200)) == [[0, 2], [1, 3]]


def test_nothing_makes_no_batch() -> None:
    assert list(plan_batches([], 384)) == []


def test_portions_cover_all_texts_in_order_and_stay_small() -> None:
    assert list(plan_portions([1] * 7, 3, 100)) == [(0, 3), (3, 6), (6, 7)]
    assert list(plan_portions([40, 40, 40, 500, 10], 3, 100)) == [(0, 2), (2, 3), (3, 4), (4, 5)]
    assert list(plan_portions([], 3, 100)) == []
