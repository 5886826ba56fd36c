"""Collects single texts of concurrent callers into joint calls of an engine."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from services.kit.embed.embedder import Embedder, Vectors

MAX_TEXTS: Final = 32
MAX_WAIT_SECONDS: Final = 0.004

_EmbedMany = Callable[[Sequence[str]], Awaitable[Vectors]]


@dataclass(frozen=True)
class _Request:
    text: str
    answer: asyncio.Future[Vectors]


class MicroBatcher:
    """An engine whose single texts are embedded together: up to 32, or what a few ms bring.

    A text the engine cannot embed fails its own caller only, and a caller that is cancelled takes
    nothing from the others. Calls with several texts go straight through. One event loop only.
    """

    def __init__(
        self,
        embedder: Embedder,
        *,
        max_texts: int = MAX_TEXTS,
        max_wait_seconds: float = MAX_WAIT_SECONDS,
    ) -> None:
        self.name = embedder.name
        self.space = embedder.space
        self.dimensions = embedder.dimensions
        self._embedder = embedder
        self._queries = _Collector(embedder.embed_queries, max_texts, max_wait_seconds)
        self._passages = _Collector(embedder.embed_passages, max_texts, max_wait_seconds)

    async def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return await self._queries.embed(texts)

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return await self._passages.embed(texts)

    async def close(self) -> None:
        """Accept nobody else, answer everybody who is waiting, then close the engine."""
        try:
            await asyncio.gather(self._queries.close(), self._passages.close())
        finally:
            await self._embedder.close()


class _Collector:
    """Waiting texts of one kind."""

    def __init__(self, embed: _EmbedMany, max_texts: int, max_wait_seconds: float) -> None:
        self._embed = embed
        self._max_texts = max_texts
        self._max_wait_seconds = max_wait_seconds
        self._waiting: list[_Request] = []
        self._timer: asyncio.TimerHandle | None = None
        self._running: set[asyncio.Task[None]] = set()
        self._closed = False

    async def embed(self, texts: Sequence[str]) -> Vectors:
        if self._closed:
            raise RuntimeError("the micro-batcher is closed")
        if len(texts) != 1:
            return await self._embed(texts)
        request = _Request(texts[0], asyncio.get_running_loop().create_future())
        self._waiting.append(request)
        if len(self._waiting) >= self._max_texts:
            self._flush()
        elif self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._max_wait_seconds, self._flush)
        return await request.answer

    async def close(self) -> None:
        self._closed = True
        self._flush()
        while self._running:
            await asyncio.wait(self._running)

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        batch, self._waiting = self._waiting, []
        if batch:
            task = asyncio.get_running_loop().create_task(self._answer(batch))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _answer(self, batch: Sequence[_Request]) -> None:
        wanted = [request for request in batch if not request.answer.done()]
        if not wanted:
            return
        try:
            vectors = await self._embed([request.text for request in wanted])
        except Exception as error:  # noqa: BLE001 - handed to the caller whose text failed
            if len(wanted) == 1:
                _fail(wanted[0], error)
                return
            for request in wanted:
                await self._answer([request])
            return
        for index, request in enumerate(wanted):
            if not request.answer.done():
                request.answer.set_result(vectors[index : index + 1])


def _fail(request: _Request, error: Exception) -> None:
    if not request.answer.done():
        request.answer.set_exception(error)
