"""Which texts are taken together."""

from collections.abc import Iterator, Sequence


def plan_batches(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Yield batches of indices, similar lengths together, each at most `budget` padded tokens.

    A text longer than the budget is a batch of its own.
    """
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) + 1) * lengths[index] > budget:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


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
