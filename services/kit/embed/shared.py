"""One embedding engine for all services of a process: opened by the first, closed by the last."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import numpy as np

from services.kit.embed.batching import MicroBatcher
from services.kit.embed.choose import EmbedSettings, open_embedder
from services.kit.embed.embedder import Embedder, Step, Vectors
from services.kit.settings import Settings


def _quiet(_: str) -> None:
    """Report progress to nobody."""


class SharedEmbedder:
    """An embedder that exists before its engine does; single texts are embedded in batches."""

    def __init__(self, settings: Settings, on_progress: Callable[[str], None] = _quiet) -> None:
        self._settings = settings
        self._on_progress = on_progress
        self._opening = asyncio.Lock()
        self._users = 0
        self._engine: Embedder | None = None
        self._batcher: MicroBatcher | None = None

    @asynccontextmanager
    async def in_use(self) -> AsyncIterator[None]:
        """Keep the engine open while the block runs; raises EmbeddingError when it cannot open."""
        async with self._opening:
            if self._engine is None:
                self._engine = await self._open()
                self._batcher = MicroBatcher(self._engine)
            self._users += 1
        try:
            yield
        finally:
            async with self._opening:
                self._users -= 1
                if self._users == 0:
                    await self._close()

    async def _open(self) -> Embedder:
        settings = self._settings
        return await open_embedder(
            EmbedSettings(
                engine=settings.embed_engine,
                model=settings.embed_model or None,
                base_url=settings.embed_base_url or None,
                api_key=settings.embed_api_key,
                threads=settings.embed_threads,
            ),
            settings.data_dir,
            on_progress=self._tell,
        )

    async def _close(self) -> None:
        engine, self._engine = self._engine, None
        batcher, self._batcher = self._batcher, None
        if batcher is not None:
            await batcher.close()
        if engine is not None:
            await engine.close()

    def _tell(self, step: Step, share: float) -> None:
        self._on_progress(f"embedding model: {step} ({share:.0%})")

    @property
    def _opened(self) -> Embedder:
        if self._engine is None:
            raise RuntimeError("the embedding engine is used outside of `in_use()`")
        return self._engine

    @property
    def name(self) -> str:
        return self._opened.name

    @property
    def space(self) -> str:
        return self._opened.space

    @property
    def dimensions(self) -> int:
        return self._opened.dimensions

    async def embed_queries(self, texts: Sequence[str]) -> Vectors:
        if len(texts) == 1 and self._batcher is not None:
            return np.stack([await self._batcher.embed_query(texts[0])])
        return await self._opened.embed_queries(texts)

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        if len(texts) == 1 and self._batcher is not None:
            return np.stack([await self._batcher.embed_passage(texts[0])])
        return await self._opened.embed_passages(texts)
