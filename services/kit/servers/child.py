"""A direct child process that is never left behind: not by a stop, a cancellation or kill -9."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

from services.kit.servers import launch

_LAUNCHER = Path(launch.__file__).resolve()
_PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
_LOG_LIMIT = 5_000_000
_LOG_TAIL = 4_000


@dataclass(frozen=True)
class Account:
    """The user and group that a child runs as."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Finished:
    """What a program that ran to its end returned and printed (stdout and stderr)."""

    code: int
    output: str


async def _spawn(
    program: Sequence[str | Path],
    *,
    death_signal: signal.Signals,
    account: Account | None,
    folder: Path,
    stdin: int,
    stdout: int | IO[bytes],
) -> Process:
    user = [str(account.uid), str(account.gid)] if account else ["-", "-"]
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *["-I", "-S", str(_LAUNCHER), str(os.getpid()), str(int(death_signal)), *user],
        *map(str, program),
        cwd=folder,
        stdin=stdin,
        stdout=stdout,
        stderr=STDOUT,
        # A session of its own: Ctrl-C in the terminal reaches us, and we stop the servers in order.
        start_new_session=True,
        env={name: os.environ[name] for name in _PASSED_ON if name in os.environ} | {"LC_ALL": "C"},
    )


async def run_to_end(
    program: Sequence[str | Path], *, account: Account | None, folder: Path, given: str = ""
) -> Finished:
    """Run a short program in `folder` with `given` on its stdin; it dies when we are cancelled."""
    process = await _spawn(
        program,
        death_signal=signal.SIGTERM,
        account=account,
        folder=folder,
        stdin=PIPE,
        stdout=PIPE,
    )
    try:
        output, _ = await process.communicate(given.encode())
    finally:
        await _end(process)
    return Finished(process.returncode or 0, output.decode(errors="replace"))


async def _end(process: Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
    await process.wait()


class Child:
    """A running server process; its output goes to a log file."""

    def __init__(self, process: Process, log_file: Path, log_start: int) -> None:
        self._process = process
        self._log_start = log_start
        self.log_file = log_file
        self.told_to_stop = False

    @classmethod
    async def start(
        cls,
        program: Sequence[str | Path],
        *,
        log_file: Path,
        death_signal: signal.Signals,
        account: Account | None = None,
        folder: Path,
    ) -> Self:
        """Start `program` in `folder`; on Linux it gets `death_signal` when this process dies."""
        with _open_log(log_file) as log:
            log_start = log.tell()
            process = await _spawn(
                program,
                death_signal=death_signal,
                account=account,
                folder=folder,
                stdin=DEVNULL,
                stdout=log,
            )
            return cls(process, log_file, log_start)

    @property
    def pid(self) -> int:
        return self._process.pid

    async def ended(self) -> int:
        """Wait for the end; the exit code, or the negative number of the signal that killed it."""
        return await self._process.wait()

    def how_it_ended(self) -> str | None:
        """Say how the process ended; None while it runs."""
        code = self._process.returncode
        if code is None:
            return None
        if code == -signal.SIGKILL:
            return "killed by SIGKILL, as happens when memory runs out"
        return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"

    def log(self) -> str:
        """Return the end (about 4 kB) of what this process, not an earlier one, has logged."""
        try:
            with self.log_file.open("rb") as log:
                size = log.seek(0, os.SEEK_END)
                log.seek(max(self._log_start, size - _LOG_TAIL))
                return log.read().decode(errors="replace")
        except FileNotFoundError:
            return f"{self.log_file} was removed"

    async def stop(self, steps: Sequence[tuple[signal.Signals, float]]) -> None:
        """Send each signal and wait its seconds until the process has ended; at last SIGKILL."""
        self.told_to_stop = True
        try:
            for step, patience in steps:
                if self._process.returncode is not None:
                    return
                with suppress(TimeoutError, ProcessLookupError):
                    self._process.send_signal(step)
                    await asyncio.wait_for(self._process.wait(), patience)
        finally:
            await _end(self._process)

    async def kill(self) -> None:
        """Kill the process as a crash would (SIGKILL) and wait for its end."""
        await _end(self._process)


def _open_log(log_file: Path) -> IO[bytes]:
    if log_file.exists() and log_file.stat().st_size > _LOG_LIMIT:
        log_file.replace(log_file.with_suffix(".old.log"))
    log = log_file.open("ab")
    log.seek(0, os.SEEK_END)
    return log
