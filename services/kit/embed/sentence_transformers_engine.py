"""The engine for the optional extra: any sentence-transformers model, by default the bundled one."""

import asyncio
import os
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, Self

import numpy as np

from services.kit.embed.clean import clean
from services.kit.embed.convert import MODEL_NAME, Progress, ensure_sentence_transformers_folder
from services.kit.embed.embedder import Vectors

_BATCH: Final = 32
_WINDOW: Final = 256


class MissingExtraError(ImportError):
    """The packages of the optional extra are not installed."""


class SentenceTransformersEmbedder:
    """Embeds with torch on the CPU, in bfloat16 where this CPU is faster with it."""

    def __init__(self, name: str, space: str, model: Any, pool: ThreadPoolExecutor) -> None:
        self.name = name
        self.space = space
        self.dimensions = int(model.get_embedding_dimension())
        self._model = model
        self._pool = pool

    @classmethod
    async def open(
        cls,
        data_dir: Path,
        *,
        model: str | None,
        prompts: Mapping[str, str] | None,
        threads: int,
        on_progress: Progress,
    ) -> Self:
        """Load `model` (name or folder), or the bundled weights when it is None.

        `prompts` are prefixes for `query` and `document`; None leaves them to the model. Raises
        MissingExtraError when the extra is not installed, OSError when there is no such model.
        """
        pool = ThreadPoolExecutor(1, thread_name_prefix="embed")
        try:
            return await asyncio.get_running_loop().run_in_executor(
                pool, cls._load, data_dir, model, prompts, threads, on_progress, pool
            )
        except BaseException:
            pool.shutdown(wait=False)
            raise

    @classmethod
    def _load(
        cls,
        data_dir: Path,
        model: str | None,
        prompts: Mapping[str, str] | None,
        threads: int,
        on_progress: Progress,
        pool: ThreadPoolExecutor,
    ) -> Self:
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        try:
            import torch  # noqa: PLC0415 - large and optional
            from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - as above
        except ImportError as error:
            raise MissingExtraError(
                "the engine sentence-transformers needs: pip install 'dialogwerk[sentence-transformers]'"
            ) from error
        torch.set_num_threads(threads)
        dtype = _faster_dtype(torch)
        source = model or str(ensure_sentence_transformers_folder(data_dir, on_progress))
        loaded = SentenceTransformer(
            source,
            device="cpu",
            prompts=None if prompts is None else dict(prompts),
            model_kwargs={"dtype": dtype},
        )
        precision = str(dtype).removeprefix("torch.")
        return cls(f"sentence-transformers-{precision}", model or MODEL_NAME, loaded, pool)

    async def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return await self._embed(self._model.encode_query, texts)

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return await self._embed(self._model.encode_document, texts)

    async def close(self) -> None:
        await asyncio.to_thread(self._pool.shutdown)

    async def _embed(self, encode: Callable[..., Any], texts: Sequence[str]) -> Vectors:
        loop = asyncio.get_running_loop()
        vectors = np.empty((len(texts), self.dimensions), np.float32)

        def work(start: int) -> None:
            window = [clean(text) for text in texts[start : start + _WINDOW]]
            vectors[start : start + len(window)] = encode(
                window, batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False
            )

        for start in range(0, len(texts), _WINDOW):
            await loop.run_in_executor(self._pool, work, start)
        return vectors


def _faster_dtype(torch: Any) -> Any:
    """Return the torch dtype in which this CPU multiplies faster, by trying both."""

    def seconds(dtype: Any) -> float:
        left = torch.ones(256, 384, dtype=dtype)
        right = torch.ones(384, 1536, dtype=dtype)
        best = float("inf")
        for _ in range(5):
            start = time.perf_counter()
            torch.mm(left, right)
            best = min(best, time.perf_counter() - start)
        return best

    return min((torch.bfloat16, torch.float32), key=seconds)
