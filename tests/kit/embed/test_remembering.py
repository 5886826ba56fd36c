"""What comes again is not embedded again, and nothing is mixed up."""

from collections.abc import Sequence

import numpy as np
import pytest

from services.kit.embed.embedder import Vectors
from services.kit.embed.errors import EmbeddingError
from services.kit.embed.remembering import Remembering


class Counting:
    """Gives each text a vector of its own and notes what it was asked for."""

    name, space, dimensions = "counting", "counting", 2

    def __init__(self) -> None:
        self.asked: list[tuple[str, list[str]]] = []
        self.broken = False

    async def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self._embed("query", texts)

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return self._embed("passage", texts)

    def _embed(self, kind: str, texts: Sequence[str]) -> Vectors:
        if self.broken:
            raise EmbeddingError("away", temporary=True)
        self.asked.append((kind, list(texts)))
        return np.array([[len(kind), len(text)] for text in texts], np.float32).reshape(-1, 2)


async def test_each_passage_has_its_own_vector_and_is_asked_for_once() -> None:
    engine = Counting()
    embedder = Remembering(engine)
    first = await embedder.embed_passages(["a", "bb", "a"])
    again = await embedder.embed_passages(["ccc", "bb", "a"])
    assert first.tolist() == [[7, 1], [7, 2], [7, 1]]
    assert again.tolist() == [[7, 3], [7, 2], [7, 1]]
    assert engine.asked == [("passage", ["a", "bb"]), ("passage", ["ccc"])]
    assert (await embedder.embed_passages([])).shape == (0, 2)


async def test_strangers_words_are_not_remembered() -> None:
    """INVARIANT: a question's words are not kept by the engine: erased is erased."""
    engine = Counting()
    embedder = Remembering(engine)
    for _ in range(2):
        assert (await embedder.embed_queries(["a"])).tolist() == [[5, 1]]
    assert engine.asked == [("query", ["a"]), ("query", ["a"])]


async def test_what_was_not_used_for_long_is_forgotten_and_failures_are_not_kept() -> None:
    engine = Counting()
    embedder = Remembering(engine, most=2)
    for text in ("a", "bb", "a", "ccc", "a", "bb"):
        await embedder.embed_passages([text])
    assert [texts for _, texts in engine.asked] == [["a"], ["bb"], ["ccc"], ["bb"]]
    engine.broken = True
    with pytest.raises(EmbeddingError):
        await embedder.embed_passages(["dddd"])
    engine.broken = False
    assert (await embedder.embed_passages(["dddd"])).tolist() == [[7, 4]]
    assert (await embedder.embed_passages(["a", "bb", "ccc", "e"])).shape == (4, 2)
