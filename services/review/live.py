"""Tell open browsers that something changed: one LISTEN connection for all of them."""

import asyncio
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from services.kit.faults import retry_delay
from services.store.items import CHANNEL

log = logging.getLogger(__name__)

PULSE = 20.0
"""Seconds of silence after which the connection is tried."""
GATHER = 0.25
"""Seconds in which changes are joined into one event."""
EVERYTHING = "*"


def changed_thread(payload: str) -> str | None:
    """Return the thread a notification names; EVERYTHING when it cannot be read."""
    try:
        thread_key = json.loads(payload)["thread"]
    except (ValueError, KeyError, TypeError):
        return EVERYTHING
    return str(thread_key) if thread_key is not None else None


class Subscription:
    """What changed since one browser was told last."""

    def __init__(self, thread_key: str | None) -> None:
        self._thread_key = thread_key
        self._names: set[str] = set()
        self._changed = asyncio.Event()

    def note(self, thread_key: str | None) -> None:
        """Remember a change in a thread; EVERYTHING means that changes may have been missed."""
        self._names.add("desk")
        if thread_key == EVERYTHING or (thread_key and thread_key == self._thread_key):
            self._names.add("thread")
        self._changed.set()

    async def next(self, stopping: asyncio.Event, *, patience: float) -> list[str] | None:
        """Wait for changes and return the events to send; None when it is time to end."""
        waits = [asyncio.ensure_future(event.wait()) for event in (self._changed, stopping)]
        try:
            done, _ = await asyncio.wait(
                waits, timeout=patience, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            for wait in waits:
                wait.cancel()
        if not done or stopping.is_set():
            return None
        await asyncio.sleep(GATHER)
        names, self._names = sorted(self._names), set()
        self._changed.clear()
        return names


class Live:
    """Hears notifications of the database and passes them on to this process's browsers."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._subscriptions: set[Subscription] = set()
        self.listening = asyncio.Event()
        """Set while changes are heard."""

    @contextmanager
    def subscribed(self, thread_key: str | None) -> Iterator[Subscription]:
        subscription = Subscription(thread_key)
        self._subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)

    def _tell(self, thread_key: str | None) -> None:
        for subscription in self._subscriptions:
            subscription.note(thread_key)

    async def run(self) -> None:
        """Listen for ever; after an interruption every browser looks again."""
        failures = 0
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    self._url, autocommit=True, connect_timeout=10
                ) as connection:
                    await connection.execute(f"listen {CHANNEL}")
                    self.listening.set()
                    self._tell(EVERYTHING)
                    failures = 0
                    while True:
                        async for heard in connection.notifies(timeout=PULSE):
                            self._tell(changed_thread(heard.payload))
                        async with asyncio.timeout(PULSE):
                            await connection.execute("select 1")
            except (psycopg.Error, OSError) as error:
                failures += 1
                log.warning("the desk hears no changes for a moment: %r", error)
                await asyncio.sleep(retry_delay(failures))
            finally:
                self.listening.clear()
