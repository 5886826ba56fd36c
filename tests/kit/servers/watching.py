"""What the server tests look at from outside: processes, logs and ports."""

import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.kit.servers.child import Child
from services.kit.servers.readiness import until


def is_alive(pid: int) -> bool:
    """Tell whether the process runs; one that only waits to be collected does not."""
    try:
        os.kill(pid, 0)
        status = Path(f"/proc/{pid}/status").read_text()
    except (ProcessLookupError, FileNotFoundError):
        return False
    return "State:\tZ" not in status


def command_of(pid: int) -> list[str]:
    """Return the command line a process was started with; from /proc, so on Linux only."""
    return Path(f"/proc/{pid}/cmdline").read_text().rstrip("\0").split("\0")


async def gone(pid: int, seconds: float = 20) -> None:
    async def look() -> bool | None:
        return not is_alive(pid) or None

    async with asyncio.timeout(seconds):
        await until(look)


async def logged(child: Child, word: str) -> None:
    async def look() -> bool | None:
        return word in child.log() or None

    async with asyncio.timeout(30):
        await until(look)


@contextmanager
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port: int = listener.getsockname()[1]
        yield port
