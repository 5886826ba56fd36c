"""Clocks for measuring on a machine that others use too: processor time beside wall time."""

import asyncio
import os
import statistics
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

AT_ONCE = 32
"""Handlers that work at the same time."""
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    messages: int
    """Through the broker, in all rounds together."""
    comments: int
    passages: tuple[int, ...]
    items: int
    visits: int
    """Requests of each page of the desk."""


FULL = Size(messages=4000, comments=300, passages=(1000, 50_000, 500_000), items=100_000, visits=20)
QUICK = Size(messages=800, comments=60, passages=(1000, 5000), items=5000, visits=5)


@dataclass
class Outcome:
    """A section's table, and a sentence for each target that was missed."""

    lines: list[str]
    missed: list[str] = field(default_factory=list)


@dataclass
class Measured:
    """Wall and CPU seconds of a piece of work."""

    count: int
    wall: float
    cpu: float
    """Of this process."""
    elsewhere: float = 0.0
    """CPU of the servers that worked for it."""

    def line(self, name: str, unit: str) -> str:
        wall, cpu = (1000 * seconds / self.count for seconds in (self.wall, self.cpu))
        rate = f"{self.count / self.wall:9.0f} {unit}/s"
        servers = f" {1000 * self.elsewhere / self.count:8.2f} ms servers" if self.elsewhere else ""
        return f"{name:46s} {rate} {wall:8.2f} ms wall {cpu:8.2f} ms CPU{servers}"


async def measure(
    count: int, work: Callable[[], Awaitable[object]], servers: Sequence[int] = ()
) -> Measured:
    """Time a piece of work; `servers` are ids of processes that work for it, with all below."""
    wall, cpu, elsewhere = time.perf_counter(), time.process_time(), cpu_below(*servers)
    await work()
    return Measured(
        count,
        time.perf_counter() - wall,
        time.process_time() - cpu,
        cpu_below(*servers) - elsewhere,
    )


async def in_parallel(count: int, one: Callable[[int], Awaitable[object]]) -> None:
    """Do it for each number, `AT_ONCE` at a time."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def guarded(number: int) -> None:
        async with gate:
            await one(number)

    await asyncio.gather(*(guarded(number) for number in range(count)))


def spread(milliseconds: Sequence[float]) -> str:
    """Return p50 and p95."""
    return f"p50 {statistics.median(milliseconds):7.1f} ms   p95 {p95(milliseconds):7.1f} ms"


def p95(values: Sequence[float]) -> float:
    """Return the value that one of twenty exceeds (nearest rank)."""
    return sorted(values)[max(0, -(-len(values) * 95 // 100) - 1)]


def load() -> str:
    """Return how busy the machine is."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


def cpu_below(*pids: int) -> float:
    """Return the CPU seconds of processes and all that they started, ended ones included."""
    if not pids:
        return 0.0
    used: dict[int, float] = {}
    children: dict[int, list[int]] = defaultdict(list)
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            said = (entry / "stat").read_text(encoding="utf-8", errors="replace")
        except OSError:  # ended meanwhile
            continue
        fields = said.rpartition(")")[2].split()
        used[int(entry.name)] = sum(map(int, fields[11:15])) / _TICKS
        children[int(fields[1])].append(int(entry.name))
    total, waiting = 0.0, list(pids)
    while waiting:
        pid = waiting.pop()
        total += used.get(pid, 0.0)
        waiting += children[pid]
    return total


def memory(pid: int) -> float:
    """Return the resident memory of a process in MiB."""
    pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * _PAGE / 2**20
