"""Collects single texts of concurrent callers into joint calls of an engine."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from services.kit.embed.embedder import Embedder, Vectors
from services.kit.embed.errors import EmbeddingError

MAX_TEXTS: Final = 32
MAX_WAIT_SECONDS: Final = 0.004

_EmbedMany = Callable[[Sequence[str]], Awaitable[Vectors]]


@dataclass(frozen=True)
class _Request:
    text: str
    answer: asyncio.Future[Vectors]


class MicroBatcher:
    """Embeds single texts together: up to 32 of them, or what a few milliseconds bring.

    A text the engine cannot embed fails its own caller only; an engine out of order fails all
    that wait. A caller that is cancelled takes nothing from the others. Must be used on one event
    loop.
    """

    def __init__(
        self,
        embedder: Embedder,
        *,
        max_texts: int = MAX_TEXTS,
        max_wait_seconds: float = MAX_WAIT_SECONDS,
    ) -> None:
        self._queries = _Collector(embedder.embed_queries, max_texts, max_wait_seconds)
        self._passages = _Collector(embedder.embed_passages, max_texts, max_wait_seconds)

    async def embed_query(self, text: str) -> Vectors:
        """Return the unit vector (dimensions,) of one query; raises what the engine raises."""
        return await self._queries.embed(text)

    async def embed_passage(self, text: str) -> Vectors:
        """Return the unit vector (dimensions,) of one passage; raises what the engine raises."""
        return await self._passages.embed(text)

    async def close(self) -> None:
        """Answer everybody who is waiting, accept nobody else; the engine stays open."""
        await asyncio.gather(self._queries.close(), self._passages.close())


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

    async def embed(self, text: str) -> Vectors:
        if self._closed:
            raise RuntimeError("the micro-batcher is closed")
        loop = asyncio.get_running_loop()
        request = _Request(text, loop.create_future())
        self._waiting.append(request)
        if len(self._waiting) >= self._max_texts:
            self._flush()
        elif self._timer is None:
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
            answered = list(zip(wanted, vectors, strict=True))
        except Exception as error:  # noqa: BLE001 - handed to those whose texts failed
            if len(wanted) == 1 or _concerns_all(error):
                _fail(wanted, error)
            else:
                for request in wanted:
                    await self._answer([request])
        else:
            for request, vector in answered:
                if not request.answer.done():
                    request.answer.set_result(vector)
        finally:
            for request in wanted:
                request.answer.cancel()


def _concerns_all(error: Exception) -> bool:
    """Tell whether the engine itself is out of order, so that one by one would only take longer."""
    return isinstance(error, EmbeddingError) and error.temporary


def _fail(requests: Sequence[_Request], error: Exception) -> None:
    for request in requests:
        if not request.answer.done():
            request.answer.set_exception(error)
