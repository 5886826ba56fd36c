"""The default engine: the bundled weights in ONNX Runtime, without torch."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, Self

import numpy as np

from services.kit.embed.batch_plan import plan_batches
from services.kit.embed.clean import clean
from services.kit.embed.convert import (
    EXACT,
    INT8,
    MODEL_NAME,
    PROBE,
    VOCABULARY,
    ensure_onnx_folder,
)
from services.kit.embed.embedder import PASSAGE_PREFIX, QUERY_PREFIX, Progress, Vectors
from services.kit.embed.onnx_run import Encoder
from services.kit.embed.unigram import Unigram

MAX_TOKENS: Final = 512
# Activations of this many tokens stay in a core's cache; more made every variant slower.
_TOKENS_PER_BATCH: Final = 384
# A call costs 2 ms beside its tokens at .4 ms each: a little padding is dearer than one call more.
_START_COST: Final = 5
_LEAST_AGREEMENT: Final = 0.995
# Texts are tokenised and sorted by length in portions, so no call keeps the others waiting long.
_WINDOW: Final = 256


class OnnxEmbedder:
    """Embeds on `threads` cores, one batch of similar lengths per core at a time."""

    space = MODEL_NAME

    def __init__(self, name: str, encoder: Encoder, tokenizer: Unigram, threads: int) -> None:
        self.name = name
        self.dimensions = encoder.dimensions
        self._encoder = encoder
        self._tokenizer = tokenizer
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="embed")

    @classmethod
    async def open(cls, data_dir: Path, *, threads: int, on_progress: Progress) -> Self:
        """Convert the weights under `data_dir` if need be and load the fastest correct model.

        Raises BrokenWeightsError when the weights are missing and OSError when they cannot be
        written.
        """
        return await asyncio.to_thread(cls._load, data_dir, threads, on_progress)

    @classmethod
    def _load(cls, data_dir: Path, threads: int, on_progress: Progress) -> Self:
        folder = ensure_onnx_folder(data_dir, on_progress)
        name, encoder = load_correct_encoder(folder)
        return cls(name, encoder, Unigram.load(folder / VOCABULARY), threads)

    async def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return await self._embed(QUERY_PREFIX, texts)

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return await self._embed(PASSAGE_PREFIX, texts)

    async def close(self) -> None:
        await asyncio.to_thread(self._pool.shutdown)

    async def _embed(self, prefix: str, texts: Sequence[str]) -> Vectors:
        vectors = np.empty((len(texts), self.dimensions), np.float32)
        for start in range(0, len(texts), _WINDOW):
            window = texts[start : start + _WINDOW]
            await self._embed_window(prefix, window, vectors[start : start + _WINDOW])
        return vectors

    async def _embed_window(self, prefix: str, texts: Sequence[str], vectors: Vectors) -> None:
        loop = asyncio.get_running_loop()
        token_ids = await loop.run_in_executor(self._pool, self._tokenise, prefix, texts)
        lengths = [len(tokens) for tokens in token_ids]
        batches = iter(plan_batches(lengths, _TOKENS_PER_BATCH, _START_COST))

        async def work() -> None:
            for batch in batches:
                ids = [token_ids[index] for index in batch]
                vectors[batch] = await loop.run_in_executor(self._pool, self._encoder.run, ids)

        # No more batches in flight than cores, so a query waits for one batch of a large import.
        async with asyncio.TaskGroup() as lanes:
            for _ in range(self._threads):
                lanes.create_task(work())

    def _tokenise(self, prefix: str, texts: Sequence[str]) -> list[list[int]]:
        return [self._tokenizer.encode(prefix + clean(text), MAX_TOKENS) for text in texts]


def load_correct_encoder(folder: Path) -> tuple[str, Encoder]:
    """Return the int8 model if this CPU computes it correctly, else the exact one, with its name.

    Int8 products overflow on some CPUs without the instructions for them, and silently so;
    therefore the model is asked for vectors that are known.
    """
    encoder = Encoder(folder / INT8)
    with np.load(folder / PROBE) as probe:
        expected = probe["vectors"]
        actual = np.concatenate([encoder.run([probe[key].tolist()]) for key in ("first", "second")])
    if np.all(np.sum(expected * actual, axis=1) >= _LEAST_AGREEMENT):
        return "onnx-int8", encoder
    return "onnx-4bit", Encoder(folder / EXACT)
