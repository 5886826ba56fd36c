import asyncio
from collections.abc import Sequence

import numpy as np
import pytest

from services.kit.embed.batching import MicroBatcher
from services.kit.embed.embedder import Vectors
from services.kit.embed.errors import EmbeddingError


class Recorder:
    """An engine that writes down its calls; the vector of a text is its length and its kind."""

    name = "recorder"
    space = "lengths"
    dimensions = 2

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.called = asyncio.Event()
        self.closed = False

    async def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return await self._embed(texts, 0)

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return await self._embed(texts, 1)

    async def close(self) -> None:
        self.closed = True

    async def _embed(self, texts: Sequence[str], kind: int) -> Vectors:
        self.calls.append(list(texts))
        self.called.set()
        await self.gate.wait()
        if "poison" in texts:
            raise ValueError("poison")
        if "outage" in texts:
            raise EmbeddingError("down", temporary=True)
        if "short" in texts:
            texts = texts[1:]
        return np.array([[len(text), kind] for text in texts], np.float32).reshape(-1, 2)


@pytest.fixture
def engine() -> Recorder:
    return Recorder()


async def test_texts_that_come_together_go_together(engine: Recorder) -> None:
    batcher = MicroBatcher(engine)
    vectors = await asyncio.gather(*(batcher.embed_query("x" * size) for size in range(1, 11)))
    assert [vector.tolist() for vector in vectors] == [[size, 0] for size in range(1, 11)]
    assert len(engine.calls) == 1


async def test_a_full_batch_does_not_wait(engine: Recorder) -> None:
    batcher = MicroBatcher(engine, max_texts=4, max_wait_seconds=3600)
    async with asyncio.timeout(10):
        await asyncio.gather(*(batcher.embed_query("x") for _ in range(8)))
    assert [len(call) for call in engine.calls] == [4, 4]


async def test_queries_and_passages_are_kept_apart(engine: Recorder) -> None:
    batcher = MicroBatcher(engine)
    query, passage = await asyncio.gather(
        batcher.embed_query("Frage"), batcher.embed_passage("Absatz")
    )
    assert (query.tolist(), passage.tolist()) == ([5, 0], [6, 1])


async def test_a_poisonous_text_fails_its_own_caller_only(engine: Recorder) -> None:
    """INVARIANT: one comment that the engine cannot embed holds up no other comment."""
    batcher = MicroBatcher(engine)
    answers = await asyncio.gather(
        *(batcher.embed_query(text) for text in ("gut", "poison", "auch gut")),
        return_exceptions=True,
    )
    assert isinstance(answers[1], ValueError)
    assert [answer.tolist() for answer in answers[::2] if isinstance(answer, np.ndarray)] == [
        [3, 0],
        [8, 0],
    ]


async def test_an_outage_is_told_to_all_at_once(engine: Recorder) -> None:
    batcher = MicroBatcher(engine)
    answers = await asyncio.gather(
        *(batcher.embed_query(text) for text in ("gut", "outage")), return_exceptions=True
    )
    assert [type(answer) for answer in answers] == [EmbeddingError, EmbeddingError]
    assert len(engine.calls) == 1


async def test_an_engine_that_loses_a_vector_leaves_nobody_waiting(engine: Recorder) -> None:
    batcher = MicroBatcher(engine)
    async with asyncio.timeout(10):
        answers = await asyncio.gather(
            *(batcher.embed_query(text) for text in ("short", "gut")), return_exceptions=True
        )
    assert isinstance(answers[0], ValueError)
    assert isinstance(answers[1], np.ndarray)


async def test_a_cancelled_caller_takes_nothing_from_the_others(engine: Recorder) -> None:
    batcher = MicroBatcher(engine)
    engine.gate.clear()
    leaving = asyncio.create_task(batcher.embed_query("geht"))
    staying = asyncio.create_task(batcher.embed_query("bleibt"))
    await engine.called.wait()
    leaving.cancel()
    engine.gate.set()
    assert (await staying).tolist() == [6, 0]
    with pytest.raises(asyncio.CancelledError):
        await leaving


async def test_a_text_nobody_waits_for_is_not_embedded(engine: Recorder) -> None:
    batcher = MicroBatcher(engine, max_wait_seconds=3600)
    leaving = asyncio.create_task(batcher.embed_query("geht"))
    await asyncio.sleep(0)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    await batcher.close()
    assert engine.calls == []


async def test_closing_answers_who_waits_and_refuses_who_comes(engine: Recorder) -> None:
    batcher = MicroBatcher(engine, max_wait_seconds=3600)
    waiting = asyncio.create_task(batcher.embed_query("wartet"))
    await asyncio.sleep(0)
    await batcher.close()
    assert (await waiting).tolist() == [6, 0]
    with pytest.raises(RuntimeError, match="closed"):
        await batcher.embed_query("zu spät")
    assert not engine.closed
