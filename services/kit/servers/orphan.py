"""A server that outlived its killed parent: found by its pid file, ended before a new start."""

import asyncio
import os
import signal
from contextlib import suppress
from functools import partial
from pathlib import Path

from services.kit.servers.errors import EmbeddedServerError
from services.kit.servers.readiness import until

_PROCESSES = Path("/proc")


def _noted_pid(pid_file: Path) -> int | None:
    try:
        first, *_ = pid_file.read_text().split()
        return int(first)
    except (FileNotFoundError, ValueError):
        return None


async def _command_line(pid: int) -> str:
    """Return a process's command line; empty when it is gone or hidden from us."""
    if (_PROCESSES / "self").exists():
        with suppress(OSError):
            return (_PROCESSES / str(pid) / "cmdline").read_text(errors="replace")
        return ""
    ps = await asyncio.create_subprocess_exec(
        *["ps", "-ww", "-o", "command=", "-p", str(pid)], stdout=asyncio.subprocess.PIPE
    )
    output, _ = await ps.communicate()
    return output.decode(errors="replace")


async def _is_gone(pid: int, mark: str) -> bool | None:
    return mark not in await _command_line(pid) or None


def _forget(pid_file: Path) -> None:
    pid_file.unlink(missing_ok=True)


async def end_orphan(
    pid_file: Path, *, mark: str, stop_signal: signal.Signals, patience: float = 30
) -> None:
    """End the process that `pid_file` names if `mark` is in its command line; remove the file.

    Only for the holder of the folder's lock. Another process that got the same number is left
    alone. Raises EmbeddedServerError when the orphan does not end within `patience` seconds.
    """
    pid = _noted_pid(pid_file)
    if pid is not None and not await _is_gone(pid, mark):
        with suppress(ProcessLookupError):
            os.kill(pid, stop_signal)
        try:
            async with asyncio.timeout(patience):
                await until(partial(_is_gone, pid, mark))
        except TimeoutError as fault:
            raise EmbeddedServerError(
                f"A server of an earlier Dialogwerk still runs as process {pid} and does not "
                f"stop: end it with `kill -9 {pid}` and start again."
            ) from fault
    _forget(pid_file)
