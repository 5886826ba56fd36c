"""Listens to the event stream and to the AppView in turn; one memory, one cursor."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from services.networks.bluesky.firehose import Change, Firehose, FutureCursor, open_firehose
from services.networks.bluesky.pace import DECAY
from services.networks.bluesky.repos import Repos
from services.networks.bluesky.stream_news import News, news_of
from services.networks.bluesky.teller import Teller
from services.networks.bluesky.view import NoView, View
from services.networks.bluesky.view_news import ViewNews
from services.networks.network import Batch

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rhythm:
    """How often is asked, in seconds."""

    look: float = 20.0
    """Between two looks at the AppView."""
    without_view: float = 300.0
    """Between two looks while the AppView is missing and the stream alone carries us."""
    ping: float = 20.0
    """Between two heartbeats of the stream, and how long each may take."""
    commit: float = 30.0
    """After how long a cursor is handed on although nothing concerned us."""
    decay: tuple[float, ...] = DECAY
    """Between visits to a thread, by the number of visits in a row that brought nothing."""


class Listening:
    """One listener's run, from a memory on."""

    def __init__(
        self,
        teller: Teller,
        repos: Repos,
        view: View,
        *,
        firehose: str | None,
        look_back: timedelta,
        patience: float,
        rhythm: Rhythm,
    ) -> None:
        self._teller = teller
        self._memory = teller.memory
        self._repos = repos
        self._view_news = ViewNews(view, teller, repos, decay=rhythm.decay)
        self._host = firehose
        self._look_back = look_back
        self._patience = patience
        self._rhythm = rhythm
        self._handed_on = time.monotonic()
        self._look_at = 0.0
        self._view_answers = False

    async def batches(self) -> AsyncGenerator[Batch]:
        """Yield batches for ever; raises Temporary or Refused."""
        if self._memory.host != self._host:
            self._memory.host, self._memory.seq = self._host, None
        while True:
            try:
                async with AsyncExitStack() as open_things:
                    stream = None
                    if self._host is not None:
                        stream = await open_things.enter_async_context(self._open(self._host))
                    async for batch in self._in_turn(stream):
                        yield batch
            except FutureCursor:
                self._begin_anew()

    def _open(self, host: str) -> AbstractAsyncContextManager[Firehose]:
        return open_firehose(
            host, self._memory.seq or 0, patience=self._patience, ping=self._rhythm.ping
        )

    def _begin_anew(self) -> None:
        """Take the stream from its start: its host does not know our cursor any more."""
        log.warning("%s: the stream began anew", self._teller.scene.source)
        self._memory.seq = None
        earliest = datetime.now(UTC) - self._look_back
        self._memory.since = max(self._memory.since, earliest)

    async def _in_turn(self, stream: Firehose | None) -> AsyncIterator[Batch]:
        while True:
            left = self._look_at - time.monotonic()
            if left <= 0:
                async for news in self._look(alone=stream is None):
                    yield self._batch(news)
            elif stream is None:
                await asyncio.sleep(left)
            elif (news := await self._heard(stream, left)) or self._is_overdue():
                yield self._batch(news)

    async def _look(self, *, alone: bool) -> AsyncIterator[News]:
        pause = self._rhythm.look
        try:
            async for news in self._view_news.look(datetime.now(UTC)):
                self._view_answers = True
                if news:
                    yield news
        except NoView:
            if alone:
                raise
            self._view_answers = False
            pause = self._rhythm.without_view
        self._look_at = time.monotonic() + pause

    async def _heard(self, stream: Firehose, seconds: float) -> News:
        change = await stream.next(seconds)
        if change is None:
            return News()
        revisit = self._view_news.open_thread if self._view_answers else None
        news = await news_of(change, self._teller, self._repos, revisit)
        if isinstance(change, Change):
            self._memory.seq = change.seq
        return news

    def _is_overdue(self) -> bool:
        return time.monotonic() - self._handed_on > self._rhythm.commit

    def _batch(self, news: News) -> Batch:
        self._handed_on = time.monotonic()
        return Batch(news.events, self._memory.dump(datetime.now(UTC)), news.unreadable)
