"""Handles messages that may have ended a process: one at a time, in a process beside this one.

This process lives on and sees how that one ended, so no doubt is left whose doing it was: nothing
else was handled there, and what kills this process - a deployment, a person, a machine without
power - leaves no witness and counts for nothing.
"""

import asyncio
import logging
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import nats.errors

from services.kit.faults import TryLater
from services.kit.orders import LEFT, STUCK, Order, Word
from services.kit.servers import launch

log = logging.getLogger(__name__)

LAUNCHER = str(Path(launch.__file__).resolve())
"""What makes a process end with us."""
START_PATIENCE = 300.0
"""Seconds in which the process beside is up; loading a model takes its time."""
AGAIN = 30.0
"""Seconds until a message is tried again for which no process could be had."""
IDLE = 60.0
"""Seconds after the last message until the process beside ends."""
MOMENT = 1.0
"""Seconds until a SIGKILL counts: whoever kills the container has killed us too by then."""
ENDED_BY_US = {1: "its event loop stood still", STUCK: "its handler came to no end"}
"""What a watchdog's exit codes mean; the interpreter's own has 1."""
FROM_OUTSIDE = {-signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP, LEFT}
"""Ends that somebody ordered, or that the process chose: no message does that."""


class Deadly(Exception):
    """A message ended the process in which nothing else was handled; says how."""


class NoneBeside(TryLater):
    """There is no process beside that could handle the message; it has not been tried."""


class Bulkhead:
    """Keeps one process for messages under suspicion; it is started when one comes."""

    def __init__(
        self, command: Sequence[str], environment: dict[str, str], *, idle: float = IDLE
    ) -> None:
        """`command` runs `work_alone` for the same service with the same settings."""
        self._command = command
        self._environment = environment
        self._idle = idle
        self._turn = asyncio.Lock()
        self._taken: set[str] = set()
        self._process: Process | None = None
        self._leave: asyncio.TimerHandle | None = None
        self._closed = False

    @contextmanager
    def taking(self, letter: str) -> Iterator[None]:
        """Keep a message for the block alone; raises NoneBeside for one that is taken already.

        One that waits for its turn may be delivered again, when no sign of life gets through: it
        would end as many processes once more.
        """
        if letter in self._taken:
            raise NoneBeside("it is handled alone already", delay=AGAIN)
        self._taken.add(letter)
        try:
            yield
        finally:
            self._taken.discard(letter)

    async def handle(
        self, order: Order, *, limit: float, attempt: int, sign: Callable[[], Awaitable[None]],
        every: float,
    ) -> None:  # fmt: skip
        """Have a message handled alone; call `sign` each `every` seconds meanwhile.

        Raises what the handler failed with (TryLater or FailedAlone), Deadly when the process
        ended or the handler did not return within `limit` seconds, NoneBeside when there is no
        process to be had.
        """
        async with _signs(sign, every), self._turn:
            if self._leave is not None:
                self._leave.cancel()
            word = await self._answer(order, limit)
            self._leave = asyncio.get_running_loop().call_later(self._idle, self._end)
        if failure := word.failure(attempt):
            raise failure

    async def close(self) -> None:
        """End the process beside, whatever it does, and start no other."""
        self._closed = True
        if self._leave is not None:
            self._leave.cancel()
        await self._kill()

    async def _answer(self, order: Order, limit: float) -> Word:
        heard = False
        try:
            process = await self._ready()
            await self._send(process, order)
            word = await self._hear(process, limit)
            heard = True
        finally:
            if not heard:
                await self._kill()
        return word

    async def _ready(self) -> Process:
        if self._process is not None and self._process.returncode is None:
            return self._process
        if self._closed:
            raise NoneBeside("this service ends", delay=0.0)
        # a session of its own: Ctrl-C in the terminal reaches us, and we end it
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-S", LAUNCHER, str(os.getpid()), str(int(signal.SIGKILL)),
            "-", "-", *self._command,
            stdin=PIPE, stdout=PIPE, start_new_session=True, env=os.environ | self._environment,
        )  # fmt: skip
        try:
            async with asyncio.timeout(START_PATIENCE):
                line = await _stdout(self._process).readline()
        except TimeoutError as error:
            raise NoneBeside("the process beside does not come up", delay=AGAIN) from error
        if not line:
            how = how_it_ended(await self._process.wait())
            raise NoneBeside(f"the process beside did not come up: {how}", delay=AGAIN)
        return self._process

    async def _send(self, process: Process, order: Order) -> None:
        """Hand an order over; an end of the process before it has begun is not its doing."""
        writer = process.stdin
        if writer is None:
            raise RuntimeError("the process beside has no standard input")
        with suppress(ConnectionError):
            writer.write(order.model_dump_json().encode() + b"\n")
            await writer.drain()
            if await _stdout(process).readline():
                return
        raise NoneBeside("the process beside ended before it had begun", delay=AGAIN)

    async def _hear(self, process: Process, limit: float) -> Word:
        try:
            async with asyncio.timeout(limit):
                line = await _stdout(process).readline()
        except TimeoutError as error:
            raise Deadly(f"no end within {limit:.0f} s") from error
        if line:
            return Word.model_validate_json(line)
        code = await process.wait()
        if self._closed or code in FROM_OUTSIDE:
            raise NoneBeside(f"the process beside was ended: {how_it_ended(code)}", delay=AGAIN)
        if code == -signal.SIGKILL:
            await asyncio.sleep(MOMENT)
        raise Deadly(how_it_ended(code))

    def _end(self) -> None:
        """Let an idle process go: it ends when its input does."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            self._process = None

    async def _kill(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
        await process.wait()


def how_it_ended(code: int) -> str:
    """Return how a process ended, of its exit code or negative signal."""
    if code >= 0:
        return ENDED_BY_US.get(code, f"exit code {code}")
    name = signal.Signals(-code).name
    return f"{name}, as happens when memory runs out" if name == "SIGKILL" else name


def _stdout(process: Process) -> asyncio.StreamReader:
    if process.stdout is None:
        raise RuntimeError("the process beside has no standard output")
    return process.stdout


@asynccontextmanager
async def _signs(sign: Callable[[], Awaitable[None]], every: float) -> AsyncIterator[None]:
    """Give a sign of life again and again while the block runs."""

    async def give() -> None:
        while True:
            await asyncio.sleep(every)
            with suppress(nats.errors.Error):  # the next one may get through
                await sign()

    giving = asyncio.create_task(give())
    try:
        yield
    finally:
        giving.cancel()
        await asyncio.gather(giving, return_exceptions=True)
