"""Messages that end the process they are handled in, and such as only happened to be there."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path

import nats
import pytest

from schemas.streams import CONSUMERS, STREAMS
from services.kit.bus import Bus
from services.kit.provision import provision_bus
from services.kit.servers.readiness import until
from services.kit.servers.running import RunningServer
from services.kit.telemetry import Telemetry
from tests.kit.killing import FAULTY, HANG, IMPATIENT, SEGFAULT, SLOW
from tests.kit.test_bus import dead_letters, received

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("KILLS", "4"))
"""More than a message may end processes in which nothing else is handled."""


class House:
    """One service, started again whenever it ends, as a container runtime would."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder
        self.starts = 0
        self._process: asyncio.subprocess.Process | None = None

    async def keep(self) -> None:
        with (self.folder / "log").open("ab") as log:
            while True:
                self.starts += 1
                self._process = await asyncio.create_subprocess_exec(
                    sys.executable, "-m", "tests.kit.killing", self.url, str(self.folder),
                    cwd=ROOT, stderr=log,
                )  # fmt: skip
                await self._process.wait()

    def kill(self) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()

    async def end(self) -> None:
        self.kill()
        if self._process is not None:
            await self._process.wait()

    def said(self, name: str) -> list[str]:
        """Return the keys that are written down under a name."""
        file = self.folder / name
        return file.read_text(encoding="ascii").split() if file.exists() else []

    def has_begun_more_than(self, count: int) -> bool:
        return len(self.said("begun")) > count

    async def publish(self, keys: Sequence[str]) -> None:
        bus = Bus(self.url, service="ingest", telemetry=Telemetry("ingest"))
        await bus.broker.connect()
        for key in keys:
            await bus.publish(received(key))
        await bus.broker.stop()

    async def buried(self) -> int:
        connection = await nats.connect(self.url)
        try:
            return (await connection.jetstream().stream_info("dead")).state.messages
        finally:
            await connection.close()


@pytest.fixture
async def house(nats_server: RunningServer, tmp_path: Path) -> AsyncIterator[House]:
    consumers = [IMPATIENT if one.name == IMPATIENT.name else one for one in CONSUMERS]
    await provision_bus(nats_server.url, STREAMS, consumers)
    house = House(nats_server.url, tmp_path)
    keeping = asyncio.create_task(house.keep())
    yield house
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
    await house.end()


async def comes_true(fact: Callable[[], bool]) -> None:
    async def look() -> bool | None:
        return fact() or None

    async with asyncio.timeout(240):
        await until(look)


async def test_who_ends_processes_is_buried_and_its_neighbours_get_through(house: House) -> None:
    """INVARIANT: a message that ends every process it is handled in never blocks the others.

    One crashes its process, one keeps the interpreter busy for ever, one fails as messages do.
    """
    neighbours = {f"{number:032x}" for number in range(50)}
    killers = {kind.ljust(32, "0") for kind in (SEGFAULT, HANG)}
    faulty = FAULTY.ljust(32, "0")
    ordered = sorted(neighbours)
    await house.publish([*ordered[:20], *sorted(killers), faulty, *ordered[20:]])

    await comes_true(lambda: neighbours <= set(house.said("handled")))
    found = await dead_letters(house.url, 3, timeout=240)
    letters = {letter.headers["Dead-Reason"]: letter for letter in found}
    assert sorted(letters) == [
        "ValueError: as always",
        "ended 3 processes that handled nothing else: SIGSEGV",
        "ended 3 processes that handled nothing else: its event loop stood still",
    ]
    assert set(house.said("handled")) == neighbours
    for reason, letter in letters.items():
        first = datetime.fromisoformat(letter.headers["Dead-First-Failed-At"])
        assert first < letter.metadata.timestamp, reason
        assert int(letter.headers["Dead-Attempts"]) >= 2, reason
    assert house.starts <= 6, "a killer is told from its neighbours by its second end of a process"


async def test_a_process_killed_from_outside_buries_nothing(house: House) -> None:
    """INVARIANT: who kills a service again and again, at whatever it is, buries no message."""
    keys = {SLOW.ljust(32, str(number)) for number in range(3)}
    await house.publish(sorted(keys))
    for _ in range(KILLS):
        begun = len(house.said("begun"))
        await comes_true(partial(house.has_begun_more_than, begun))
        house.kill()
    (house.folder / "go").touch()

    await comes_true(lambda: set(house.said("handled")) == keys)
    assert await house.buried() == 0
