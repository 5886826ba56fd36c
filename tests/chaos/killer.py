"""A question that ends every process which hands it to the language model."""

import os
import signal
from contextlib import suppress
from pathlib import Path

MARK = "[killer]"
QUESTION = f"Bis wann muss der Antrag beim Schattenfonds eingereicht sein? {MARK}"
PROC = Path("/proc")


def kill_who_asks(port: int) -> None:
    """Kill the process whose connection on this machine comes from `port`, as a crash would."""
    os.kill(process_at(port), signal.SIGKILL)


def process_at(port: int) -> int:
    """Return whose connection comes from `port`; LookupError when it has ended already."""
    lines = (PROC / "net" / "tcp").read_text(encoding="ascii").splitlines()[1:]
    inodes = {
        f"socket:[{fields[9]}]"
        for fields in map(str.split, lines)
        if int(fields[1].rpartition(":")[2], 16) == port
    }
    for descriptor in PROC.glob("[0-9]*/fd/*"):
        with suppress(OSError):  # it was closed while we looked
            if str(descriptor.readlink()) in inodes:
                return int(descriptor.parts[2])
    raise LookupError(f"nobody has a connection from port {port}")
