"""Which texts are taken together."""

from collections.abc import Iterator, Sequence


def plan_batches(lengths: Sequence[int], budget: int, start_cost: int) -> list[list[int]]:
    """Return the batches of indices that cost least, each at most `budget` padded tokens.

    A batch costs its padded tokens (texts times the longest) and `start_cost`, in tokens. Texts go
    by length, so each batch is a run of the sorted texts; the cheapest cut is found by dynamic
    programming. A text longer than the budget is a batch of its own.
    """
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    costs = [0]  # of the cheapest plan for the shortest 0, 1, 2 ... texts
    starts = [0]  # where the last batch of that plan starts
    for end, longest in enumerate((lengths[index] for index in order), 1):
        fitting = max(1, min(end, budget // max(1, longest)))
        cost, start = min(
            (costs[end - texts] + texts * longest, end - texts) for texts in range(1, fitting + 1)
        )
        costs.append(cost + start_cost)
        starts.append(start)
    batches = []
    end = len(order)
    while end:
        batches.append(order[starts[end] : end])
        end = starts[end]
    return batches[::-1]


def plan_portions(
    sizes: Sequence[int], most_texts: int, most_characters: int
) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of consecutive texts, so that no portion takes long.

    A text of more than `most_characters` is a portion of its own.
    """
    start, characters = 0, 0
    for index, size in enumerate(sizes):
        full = index - start == most_texts or characters + size > most_characters
        if full and index > start:
            yield start, index
            start, characters = index, 0
        characters += size
    if start < len(sizes):
        yield start, len(sizes)
