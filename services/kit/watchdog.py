"""Ends a process that works no more, so that whoever supervises it starts another."""

import asyncio
import faulthandler
import logging
import os
import threading
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from services.kit.bus import Bus
from services.kit.orders import STUCK
from services.kit.outbox import told_to_end
from services.kit.service import background

log = logging.getLogger(__name__)

STALL = 60.0
"""Seconds for which the event loop may stand still."""


@asynccontextmanager
async def watched(buses: Sequence[Bus], *, stall: float = STALL) -> AsyncIterator[None]:
    """End this process when the loop stands still for `stall` seconds or a handler has no end.

    The interpreter's own watchdog does it, which needs no turn of the loop and no lock of the
    interpreter: an endless loop in C is ended too. The log gets the traceback of every thread.
    """
    faulthandler.enable()
    turned = _Turned(stall)
    turned.start()
    try:
        async with background(_turn(buses, turned, stall)):
            yield
    finally:
        faulthandler.cancel_dump_traceback_later()
        turned.over.set()


class _Turned(threading.Thread):
    """Says in good time that the loop stands still, where other threads may run then."""

    def __init__(self, stall: float) -> None:
        super().__init__(name="watchdog", daemon=True)
        self._stall = stall
        self.at = time.monotonic()
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.wait(self._stall / 4):
            stood = time.monotonic() - self.at
            if stood > self._stall / 2:
                log.critical(
                    "the event loop has stood still for %.0f s: this process ends after %.0f s,"
                    " with the traceback of every thread", stood, self._stall,
                )  # fmt: skip


async def _turn(buses: Sequence[Bus], turned: _Turned, stall: float) -> None:
    while not told_to_end():
        faulthandler.dump_traceback_later(stall, exit=True)
        turned.at = time.monotonic()
        for bus in buses:
            if late := bus.overdue():
                log.critical("a handler of %s came to no end: this process ends", late)
                faulthandler.dump_traceback()
                os._exit(STUCK)
        await asyncio.sleep(stall / 4)
