"""The process beside a service: handles what it is ordered to, one message at a time."""

import asyncio
import faulthandler
import logging
import os
import resource
import sys
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from services.kit.bus import Bus
from services.kit.orders import LEFT, LONGEST_LINE, Order, Word
from services.kit.service import Service
from services.kit.watchdog import STALL, watched

log = logging.getLogger(__name__)

MEMORY = 2 * 1024**3
"""Bytes that one message may take beyond what the service takes for itself."""


def run_alone(service: Service, *, stall: float = STALL) -> None:
    """Handle what standard input orders until it ends; answer on standard output, line by line.

    The service takes nothing from the bus meanwhile. Its own trouble ends the process with LEFT.
    """
    faulthandler.enable()
    _first_when_memory_ends()
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever else prints, prints to the log
    try:
        asyncio.run(_work(service, answers, stall))
    except Exception:
        log.exception("the process beside %s ends", service.name)
        logging.shutdown()
        os._exit(LEFT)


async def _work(service: Service, answers: TextIO, stall: float) -> None:
    orders = asyncio.StreamReader(limit=LONGEST_LINE)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(orders), sys.stdin
    )

    def say(word: Word) -> None:
        answers.write(word.model_dump_json() + "\n")

    service.bus.takes_orders = True
    async with service.running(), watched([service.bus], stall=stall):
        _limit_memory()
        say(Word(outcome="ready"))
        while line := await orders.readline():
            order = Order.model_validate_json(line)
            say(Word(outcome="begun"))
            say(await _outcome(service.bus, order))


async def _outcome(bus: Bus, order: Order) -> Word:
    try:
        await bus.handle_ordered(order)
    except Exception as error:
        log.warning("%s failed alone", order.consumer, exc_info=error)
        return Word.on(error)
    return Word(outcome="done")


def _first_when_memory_ends() -> None:
    """Have the kernel take this process before any other, and keep nobody's words in a core."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError):  # systems without /proc have another way to choose
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def _limit_memory() -> None:
    """Turn a message that takes all memory into a failure of its own, where the system tells."""
    with suppress(OSError):
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        used = next(line.split()[1] for line in status.splitlines() if line.startswith("VmData:"))
        most = int(used) * 1024 + MEMORY
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        if hard == resource.RLIM_INFINITY or most < hard:
            resource.setrlimit(resource.RLIMIT_DATA, (most, hard))
