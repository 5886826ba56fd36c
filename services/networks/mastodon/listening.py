"""Listens for one connection: the stream rings, timers ring, and then we look."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from schemas.inbound import Page
from services.networks.mastodon.arrivals import Arrivals
from services.networks.mastodon.client import MastodonClient
from services.networks.mastodon.memory import Memory
from services.networks.mastodon.stream import Ears, NoStream, Rung, Silence, open_stream
from services.networks.mastodon.threads import Threads, Told
from services.networks.network import Batch, NetworkError, Refused, Temporary

_log = logging.getLogger(__name__)

_RESERVE = 60
"""Requests of a window that looking at threads leaves to everything else."""

_Task = tuple[Literal["stream", "notifications", "page", "thread"], str]


@dataclass(frozen=True)
class Timings:
    """When we look without being rung for, in seconds."""

    notifications: float = 300.0
    without_stream: float = 30.0
    again: float = 5.0
    """After which a ring that brought nothing is followed once more: replicas lag."""
    pages: float = 300.0
    decay: tuple[tuple[float, float], ...] = (
        (600.0, 60.0),
        (3600.0, 180.0),
        (21_600.0, 600.0),
        (172_800.0, 1800.0),
    )
    """Up to which age of a thread's last comment it is looked at how often."""
    between: float = 2.0
    """Between two looks at threads: 150 of the 300 requests that Mastodon grants in 5 minutes."""
    ping: float = 20.0


class Listener:
    """Yields what happens to one account from a memory on; `pages` as for Threads."""

    def __init__(
        self,
        client: MastodonClient,
        *,
        own_id: str,
        pages: Mapping[str, Page],
        memory: Memory,
        timings: Timings,
        source: str,
    ) -> None:
        self._client = client
        self._pages = pages
        self._memory = memory
        self._timings = timings
        self._source = source
        self._threads = Threads(client, own_id, pages, memory, source)
        self._arrivals = Arrivals(client, own_id, memory, self._threads)
        self._due: dict[_Task, float] = {("notifications", ""): 0.0}
        self._due |= {("page", account_id): 0.0 for account_id in pages}
        self._no_thread_before = 0.0
        self._rung_in_vain = True
        self._said = ""

    async def batches(
        self, address: str | None, token: str, patience: float
    ) -> AsyncGenerator[Batch]:
        """Yield batches for ever; raises Temporary when the stream breaks, Refused.

        The stream is open before the first look, so that nothing falls between the two.
        """
        ears = await self._ears(address, token, patience)
        try:
            while True:
                task = self._next()
                if task is not None and task[0] == "stream":
                    ears = await self._ears(address, token, patience)
                    self._due["notifications", ""] = _clock()
                elif task is not None:
                    async for told in self._do(task, deaf=isinstance(ears, Silence)):
                        if (batch := self._batch(told)) is not None:
                            yield batch
                    self._align()
                for rung in await ears.wait(self._until_next()):
                    self._schedule(rung)
        finally:
            await ears.close()

    async def _ears(self, address: str | None, token: str, patience: float) -> Ears:
        self._due.pop(("stream", ""), None)
        if address is None:
            return Silence()
        try:
            return await open_stream(
                address, token, wanted=self._wanted, ping=self._timings.ping, patience=patience
            )
        except NoStream as error:
            _log.warning("%s: no stream, news is polled: %s", self._source, error)
            self._due["stream", ""] = _clock() + self._timings.notifications
            return Silence()

    def _batch(self, told: Told) -> Batch | None:
        cursor = self._memory.dump()
        if cursor == self._said and not told.events and not told.unreadable:
            return None
        self._said = cursor
        return Batch(told.events, cursor, told.unreadable)

    def _wanted(self, rung: Rung) -> bool:
        memory = self._memory
        if rung.kind == "posted":
            return rung.account_id in self._pages or memory.root_of(rung.parent_id) is not None
        return rung.kind == "notification" or memory.root_of(rung.status_id) is not None

    def _schedule(self, rung: Rung) -> None:
        now = _clock()
        if rung.kind == "notification":
            self._due["notifications", ""] = now
            self._rung_in_vain = False
            return
        root_id = self._memory.root_of(rung.status_id) or self._memory.root_of(rung.parent_id)
        if root_id is not None:
            self._due["thread", root_id] = now
            if rung.kind == "edited" and rung.status_id == root_id:
                self._threads.reread(root_id)
        elif rung.kind == "posted" and rung.parent_id is None:
            self._due["page", rung.account_id] = now

    def _next(self) -> _Task | None:
        now = _clock()
        ready = [task for task in self._due if self._moment(task) <= now]
        return min(ready, key=lambda task: (task[0] == "thread", self._due[task]), default=None)

    def _until_next(self) -> float:
        return max(0.0, min(self._moment(task) for task in self._due) - _clock())

    def _moment(self, task: _Task) -> float:
        due = self._due[task]
        return max(due, self._no_thread_before) if task[0] == "thread" else due

    def _align(self) -> None:
        """Give each thread under watch its turn, and no other."""
        threads = self._memory.threads
        for task in [t for t in self._due if t[0] == "thread" and t[1] not in threads]:
            del self._due[task]
        for root_id in threads:
            self._due.setdefault(("thread", root_id), _clock())

    async def _do(self, task: _Task, *, deaf: bool) -> AsyncIterator[Told]:
        """Look once; a page or thread in trouble is put off, so that it holds up no other.

        What was told before the trouble came is told: the memory holds it already.
        """
        kind = task[0]
        left = self._client.reads_left()
        if kind == "thread" and left is not None and left < _RESERVE:
            self._no_thread_before = _clock() + self._timings.without_stream
            return
        if kind == "notifications":
            before = self._memory.notification
            async for told in self._arrivals.notifications():
                yield told
            self._plan_notifications(brought=before != self._memory.notification, deaf=deaf)
            self._memory.tidy(datetime.now(UTC))
            self._threads.tidy()
        else:
            told = Told()
            try:
                await self._look(task, told)
            except NetworkError as error:
                if isinstance(error, Refused) and error.code == "token":
                    raise
                _log.warning("%s: one %s is looked at again later: %s", self._source, kind, error)
                wait = error.retry_after if isinstance(error, Temporary) else None
                self._no_thread_before = _clock() + (wait or 0.0)
            self._plan_look(task)
            yield told

    def _plan_notifications(self, *, brought: bool, deaf: bool) -> None:
        wait = self._timings.without_stream if deaf else self._timings.notifications
        if not brought and not self._rung_in_vain:
            self._rung_in_vain = True
            wait = min(wait, self._timings.again)
        self._due["notifications", ""] = _clock() + wait

    async def _look(self, task: _Task, told: Told) -> None:
        kind, name = task
        if kind == "page":
            await self._arrivals.look_at_page(name)
        else:
            await self._threads.look(name, told)

    def _plan_look(self, task: _Task) -> None:
        kind, name = task
        now = _clock()
        if kind == "page":
            self._due[task] = now + self._timings.pages
            return
        self._no_thread_before = max(self._no_thread_before, now + self._timings.between)
        thread = self._memory.threads.get(name)
        if thread is not None:
            age = (datetime.now(UTC) - thread.active).total_seconds()
            rungs = self._timings.decay
            self._due[task] = now + next((e for upto, e in rungs if age < upto), rungs[-1][1])


def _clock() -> float:
    return asyncio.get_running_loop().time()
