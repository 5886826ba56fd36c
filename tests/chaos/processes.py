"""The services as processes, one or several of each, started again whenever they end."""

import asyncio
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from services.kit.servers.child import Child
from services.kit.servers.readiness import until
from tests.chaos.plan import service_of

ROOT = Path(__file__).parents[2]
AGAIN = 0.3
"""Seconds after which a supervisor starts a process that ended again."""


class Processes:
    """Keeps `dialogwerk run SERVICE` running for each process, as a container runtime would.

    `environments` has what each process is started with, by its name: `answer`, or `answer.2`.
    """

    def __init__(self, folder: Path, environments: Mapping[str, Mapping[str, str]]) -> None:
        self._folder = folder
        self._environments = environments
        self._children: dict[str, Child] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._pause: Counter[str] = Counter()
        self.starts: Counter[str] = Counter()
        self.ended_alone: Counter[str] = Counter()
        """Ends that nobody ordered, by process."""
        self._killed: set[str] = set()

    def start(self) -> None:
        """Start all processes and keep them running."""
        self._tasks = [asyncio.create_task(self._keep(name)) for name in self._environments]

    async def up(self) -> None:
        """Wait until every process says that it is up."""
        await until(self._all_up)

    async def _all_up(self) -> bool | None:
        logs = [child.log() for child in self._children.values()]
        said = sum("up: " in log for log in logs)
        return said == len(self._environments) or None

    async def kill(self, name: str, away: float) -> None:
        """Kill a process, or all of a service, as a crash would; started again after `away` s."""
        named = [one for one in self._environments if name in (one, service_of(one))]
        await asyncio.gather(*(self._kill(one, away) for one in named))

    async def _kill(self, name: str, away: float) -> None:
        child = self._children.get(name)
        if child is not None:
            self._pause[name] = round(1000 * away)
            self._killed.add(name)
            await child.kill()

    def memory(self) -> dict[str, int]:
        """Return the resident memory of each running process in bytes."""
        found = {}
        for name, child in self._children.items():
            with suppress(OSError):
                pages = Path(f"/proc/{child.pid}/statm").read_text(encoding="ascii").split()[1]
                found[name] = int(pages) * 4096
        return found

    async def stop(self) -> dict[str, str]:
        """End all processes as a person would; return how each ended."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(
            *(child.stop([(signal.SIGTERM, 40.0)]) for child in self._children.values())
        )
        return {name: child.how_it_ended() or "?" for name, child in self._children.items()}

    async def _keep(self, name: str) -> None:
        environment = shutil.which("env") or "/usr/bin/env"
        set_to = [f"{key}={value}" for key, value in self._environments[name].items()]
        while True:
            self.starts[name] += 1
            child = self._children[name] = await Child.start(
                [
                    environment,
                    *set_to,
                    sys.executable,
                    "-m",
                    "services.cli",
                    "run",
                    service_of(name),
                ],
                log_file=self._folder / f"{name}.log",
                death_signal=signal.SIGKILL,
                folder=self._folder,
            )
            await child.ended()
            if name in self._killed:
                self._killed.discard(name)
            else:
                self.ended_alone[name] += 1
            await asyncio.sleep(AGAIN + self._pause.pop(name, 0) / 1000)
