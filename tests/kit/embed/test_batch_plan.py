from services.kit.embed.batch_plan import plan_batches


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
