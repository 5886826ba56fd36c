"""Processes of services that are started and stopped one by one, each with its release's code."""

import asyncio
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import httpx

from services.kit.servers.child import Child
from services.kit.servers.readiness import until
from tests.chaos.release import Release

GRACE = 40.0
"""Seconds between SIGTERM and SIGKILL, as in the compose file."""
TROUBLE = ("Traceback", "ERROR", "is buried", " failed (", "end of an upgrade")
"""What a service's log holds when something went wrong that was not a server away."""


class Fleet:
    """Runs `dialogwerk run SERVICE` for each process, `route.1` being the first of `route`.

    `environments` has what each process is started with, its port among it.
    """

    def __init__(self, folder: Path, environments: Mapping[str, Mapping[str, str]]) -> None:
        self._folder = folder
        self._environments = environments
        self._children: dict[str, Child] = {}
        self.logs: list[Path] = []

    def of(self, service: str) -> list[str]:
        """Return the names of a service's processes."""
        return [name for name in self._environments if name.partition(".")[0] == service]

    @property
    def running(self) -> list[str]:
        """Names of the processes that were started and not stopped."""
        return list(self._children)

    async def start(self, name: str, release: Release) -> None:
        """Start a process with a release's code and wait until it says that it is ready."""
        service, environment = name.partition(".")[0], self._environments[name]
        log = self._folder / f"{name}.{release.name}.log"
        child = self._children[name] = await Child.start(
            release.command(environment, "run", service),
            log_file=log, death_signal=signal.SIGKILL, folder=self._folder,
        )  # fmt: skip
        if log not in self.logs:
            self.logs.append(log)
        async with httpx.AsyncClient(trust_env=False, timeout=5) as client:

            async def ready() -> bool | None:
                if child.how_it_ended() is not None:
                    raise RuntimeError(f"{name} did not start: {child.log()}")
                with suppress(httpx.HTTPError):
                    url = f"http://127.0.0.1:{environment['PORT']}/ready"
                    return (await client.get(url)).status_code == 200 or None
                await asyncio.sleep(0.1)
                return None

            await until(ready)

    async def stop(self, name: str) -> str:
        """Ask a process to end, wait until it has worked off what it holds; say how it ended."""
        child = self._children.pop(name)
        await child.stop([(signal.SIGTERM, GRACE)])
        return child.how_it_ended() or "?"

    async def stop_all(self) -> None:
        """Stop whatever still runs."""
        await asyncio.gather(*(self.stop(name) for name in list(self._children)))

    def troubles(self) -> Iterator[str]:
        """Yield the log lines that tell of more than a server that was away."""
        for log in self.logs:
            for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
                if any(word in line for word in TROUBLE):
                    yield f"{log.stem}: {line[:300]}"


def names(services: Sequence[str], instances: int) -> list[str]:
    """Return the names of `instances` processes of each service."""
    return [f"{service}.{n}" for service in services for n in range(1, instances + 1)]
