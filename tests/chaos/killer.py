"""A question that ends every process which hands it to the language model."""

import os
import signal
from contextlib import suppress
from pathlib import Path

MARK = "[killer]"
QUESTION = f"Bis wann muss der Antrag beim Schattenfonds eingereicht sein? {MARK}"
PROC = Path("/proc")


def kill_who_asks(connection: tuple[int, int]) -> None:
    """Kill the process at the asking end of a `connection`, as a crash would."""
    with suppress(LookupError):  # it has hung up, or its life was over already
        os.kill(process_at(connection), signal.SIGKILL)


def process_at(connection: tuple[int, int]) -> int:
    """Return which process on this machine connects from the first port to the second.

    One port alone does not tell: several connections may come from it, each to another server.
    LookupError when there is none.
    """
    lines = (PROC / "net" / "tcp").read_text(encoding="ascii").splitlines()[1:]
    inodes = {
        f"socket:[{fields[9]}]"
        for fields in map(str.split, lines)
        if (_port(fields[1]), _port(fields[2])) == connection
    }
    for descriptor in PROC.glob("[0-9]*/fd/*"):
        with suppress(OSError):  # it was closed while we looked
            if str(descriptor.readlink()) in inodes:
                return int(descriptor.parts[2])
    raise LookupError(f"nobody connects from port {connection[0]} to port {connection[1]}")


def _port(address: str) -> int:
    return int(address.rpartition(":")[2], 16)
