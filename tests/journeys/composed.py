"""The compose file's services with its commands and environment, as processes or in containers."""

import asyncio
import os
import re
import sys
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import yaml

from tests.journeys.contained import ENGINE, container, remove_volume

ROOT = Path(__file__).parents[2]
KEPT = ("PATH", "HOME", "LANG", "PYTHONPATH")
"""What a process of this machine needs, and a container brings along itself."""
_VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


def read_compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(
        (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    )
    return loaded


def interpolate(value: str, given: Mapping[str, str]) -> str:
    """Fill `${NAME}`, `${NAME:-default}` and `${NAME:?message}` in as compose does."""

    def fill(found: re.Match[str]) -> str:
        name, sign, rest = found.groups()
        if given.get(name):
            return given[name]
        if sign == "?":
            raise ValueError(f"{name}: {rest}")
        return rest or ""

    return _VARIABLE.sub(fill, value)


@dataclass(frozen=True)
class Started:
    """A service's process and the address of its web side."""

    name: str
    process: asyncio.subprocess.Process
    url: str
    log: Path


class Composed:
    """Starts what the compose file describes: a process for each container, or the container."""

    def __init__(
        self,
        given: Mapping[str, str],
        reach: Sequence[tuple[str, str]],
        folder: Path,
    ) -> None:
        self.services = read_compose()["services"]
        self._given = given
        self._reach = reach
        self._folder = folder
        folder.chmod(0o755)  # a container reads it as another user
        self._volume = f"dialogwerk-{uuid.uuid4().hex}"

    def environment(self, name: str, **more: str) -> dict[str, str]:
        """Return a service's environment, as far as it can be the same on one machine's network.

        `reach` replaces parts of addresses.
        """
        declared = self.services[name]["environment"]
        filled = {key: interpolate(str(value), self._given) for key, value in declared.items()}
        for there, at_home in self._reach:
            for key in ("NATS_URL", "DATABASE_URL"):
                filled[key] = filled[key].replace(there, at_home)
        filled["HOST"] = "127.0.0.1"
        if not ENGINE:
            filled["DATA_DIR"] = str(self._folder / "data")
        return {**filled, **more}

    async def _start(
        self, name: str, arguments: Sequence[str], out: int | BinaryIO, **more: str
    ) -> asyncio.subprocess.Process:
        environment = self.environment(name, **more)
        service = self.services[name]
        command = [str(Path(sys.executable).with_name("dialogwerk"))]
        if ENGINE:
            image = interpolate(service["image"], self._given)
            command = container(
                service, image, environment, volume=self._volume, folder=self._folder
            )
        kept = {key: os.environ[key] for key in KEPT if key in os.environ}
        return await asyncio.create_subprocess_exec(
            *command, *(arguments or service["command"]),
            env={**kept, **environment}, cwd=self._folder,
            stdin=asyncio.subprocess.PIPE, stdout=out, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip

    async def run(self, name: str, *arguments: str, typed: str = "") -> tuple[int, str]:
        """Run a service's command, or other arguments in its environment, to its end.

        `typed` is what it reads from standard input.
        """
        process = await self._start(name, arguments, asyncio.subprocess.PIPE)
        out, _ = await process.communicate(typed.encode())
        return process.returncode or 0, out.decode()

    async def clear(self) -> None:
        """Remove what containers leave behind."""
        if ENGINE:
            await remove_volume(self._volume)

    @asynccontextmanager
    async def running(self, ports: Mapping[str, int]) -> AsyncIterator[dict[str, Started]]:
        """Run the services with these names and ports; end them when the block ends."""
        async with AsyncExitStack() as stack:
            started: dict[str, Started] = {}
            for name, port in ports.items():
                log = self._folder / f"{name}.log"
                out = stack.enter_context(log.open("wb"))
                process = await self._start(name, (), out, PORT=str(port))
                stack.push_async_callback(end, process)
                started[name] = Started(name, process, f"http://127.0.0.1:{port}", log)
            yield started


async def end(process: asyncio.subprocess.Process) -> int:
    """Ask a process to stop and return its exit code; kill it when it does not."""
    if process.returncode is None:
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 30)
        except TimeoutError:
            process.kill()
            await process.wait()
    return process.returncode if process.returncode is not None else -1
