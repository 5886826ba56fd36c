"""The engine of the optional extra: any sentence-transformers model, or the bundled weights."""

import asyncio
import importlib
import os
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, Self

import numpy as np

from services.kit.embed.batch_plan import plan_portions
from services.kit.embed.clean import clean
from services.kit.embed.convert import MODEL_NAME, ensure_sentence_transformers_folder
from services.kit.embed.embedder import PASSAGE_PREFIX, QUERY_PREFIX, Progress, Vectors
from services.kit.embed.errors import EmbeddingError
from services.kit.embed.packed_bert import PackedBert

_BATCH: Final = 32
# Between portions other callers get their turn; a portion takes about a second.
_PORTION_TEXTS: Final = 256
_PORTION_CHARACTERS: Final = 32_000
_PROBE: Final = "Guten Tag"

_Encode = Callable[[Sequence[str]], Vectors]


@dataclass(frozen=True)
class _Loaded:
    """A model with its two encoders: cleaned texts to unit vectors, each adding its prefix."""

    name: str
    dimensions: int
    query: _Encode
    passage: _Encode


class MissingExtraError(EmbeddingError):
    """The packages of the optional extra are not installed."""


class SentenceTransformersEmbedder:
    """Embeds with torch on the CPU, in bfloat16 where this CPU is faster with it."""

    def __init__(self, loaded: _Loaded, space: str, pool: ThreadPoolExecutor) -> None:
        self.name = loaded.name
        self.space = space
        self.dimensions = loaded.dimensions
        self._loaded = loaded
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
        MissingExtraError when the extra is not installed, EmbeddingError when the model is none.
        """
        # One worker thread: torch spreads over `threads` cores itself, and tokenizers of
        # transformers must not be used from two threads.
        pool = ThreadPoolExecutor(1, thread_name_prefix="embed")

        def load() -> _Loaded:
            torch, sentence_transformers = _import_extra()
            torch.set_num_threads(threads)
            dtype = _faster_dtype(torch)
            source = model or str(ensure_sentence_transformers_folder(data_dir, on_progress))
            try:
                loaded = sentence_transformers.SentenceTransformer(
                    source,
                    device="cpu",
                    prompts=None if prompts is None else dict(prompts),
                    model_kwargs={"dtype": dtype},
                )
            except (OSError, ValueError) as error:
                raise EmbeddingError(f"the model {source} cannot be loaded: {error}") from error
            name = f"sentence-transformers-{str(dtype).removeprefix('torch.')}"
            query, passage = _own_encoders(loaded) if model else _packed_encoders(torch, loaded)
            return _Loaded(name, query([_PROBE]).shape[1], query, passage)

        try:
            loaded = await asyncio.get_running_loop().run_in_executor(pool, load)
        except BaseException:
            pool.shutdown(wait=False)
            raise
        return cls(loaded, model or MODEL_NAME, pool)

    async def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return await self._embed(self._loaded.query, texts)

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return await self._embed(self._loaded.passage, texts)

    async def close(self) -> None:
        await asyncio.to_thread(self._pool.shutdown)

    async def _embed(self, encode: _Encode, texts: Sequence[str]) -> Vectors:
        loop = asyncio.get_running_loop()
        vectors = np.empty((len(texts), self.dimensions), np.float32)
        sizes = [len(text) for text in texts]
        for start, end in plan_portions(sizes, _PORTION_TEXTS, _PORTION_CHARACTERS):
            vectors[start:end] = await loop.run_in_executor(
                self._pool, _encode_cleaned, encode, texts[start:end]
            )
        return vectors


def _encode_cleaned(encode: _Encode, texts: Sequence[str]) -> Vectors:
    return encode([clean(text) for text in texts])


def _import_extra() -> tuple[Any, Any]:
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        torch = importlib.import_module("torch")
        sentence_transformers = importlib.import_module("sentence_transformers")
        transformers = importlib.import_module("transformers")
    except ImportError as error:
        raise MissingExtraError(
            "the engine needs: pip install 'dialogwerk[sentence-transformers]'"
        ) from error
    transformers.utils.logging.disable_progress_bar()
    return torch, sentence_transformers


def _own_encoders(model: Any) -> tuple[_Encode, _Encode]:
    options = {
        "batch_size": _BATCH,
        "normalize_embeddings": True,
        "show_progress_bar": False,
    }
    return partial(model.encode_query, **options), partial(model.encode_document, **options)


def _packed_encoders(torch: Any, model: Any) -> tuple[_Encode, _Encode]:
    packed = PackedBert(torch, model)

    def encode(prefix: str, texts: Sequence[str]) -> Vectors:
        return packed.encode([prefix + text for text in texts])

    return partial(encode, QUERY_PREFIX), partial(encode, PASSAGE_PREFIX)


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
