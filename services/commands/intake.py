"""`dialogwerk ingest`: comments from a file, one JSON event a line."""

import asyncio
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from schemas.inbound import Inbound
from services import house
from services.commands.shell import DataDir, load, run, say
from services.ingest.intake import AT_ONCE, Intake
from services.ingest.read import parse_json, read_event
from services.kit.bus import Bus
from services.kit.db import open_pool
from services.kit.outbox import Relay
from services.kit.pseudonym import pseudonym_keys
from services.kit.service import CannotStart, listening
from services.kit.settings import Settings
from services.kit.telemetry import Telemetry

MAX_LINE = 1024 * 1024
"""Bytes of one line; of a longer one no more is held in memory."""
PATIENCE = 10.0
"""Seconds for the bus to answer."""


def ingest(file: str, data: DataDir = None) -> None:
    """Take comments in from a JSONL file, one event a line; `-` reads standard input."""

    async def work() -> int:
        async with house.on_servers(load(data), say) as settings:
            out = Console(highlight=False, soft_wrap=True)
            err = Console(stderr=True, highlight=False, soft_wrap=True)
            return await ingest_file(settings, file, out, err)

    raise typer.Exit(run(work()))


@contextmanager
def opened(file: str) -> Iterator[BinaryIO]:
    """Open a file or, for `-`, standard input; raise CannotStart with the reason."""
    if file == "-":
        yield sys.stdin.buffer
        return
    try:
        stream = Path(file).open("rb")  # noqa: SIM115 - closed below; the block's errors are its own
    except OSError as error:
        raise CannotStart(f"{file} cannot be read: {error.strerror}") from error
    with stream:
        yield stream


def read_lines(stream: BinaryIO) -> Iterator[bytes | None]:
    """Yield each line, None for one that is too long; raise CannotStart when reading fails."""
    try:
        while line := stream.readline(MAX_LINE + 1):
            if len(line) <= MAX_LINE:
                yield line
                continue
            while line and not line.endswith(b"\n"):
                line = stream.readline(MAX_LINE + 1)
            yield None
    except OSError as error:
        raise CannotStart(f"the file cannot be read any further: {error.strerror}") from error


def parse_line(line: bytes | None) -> Inbound:
    """Read one event; raises ValueError with a sentence."""
    if line is None:
        raise ValueError(f"the line is longer than {MAX_LINE} bytes")
    return read_event(parse_json(line))


@dataclass
class Reading:
    """A file on its way in: what was counted, and the lines that wait for a full batch."""

    intake: Intake
    err: Console
    counts: Counter[str] = field(default_factory=Counter)
    waiting: list[tuple[int, Inbound]] = field(default_factory=list)

    async def read(self, number: int, line: bytes | None) -> None:
        """Take a line in with the next batch; empty ones are skipped."""
        if line is not None and not line.strip():
            return
        try:
            self.waiting.append((number, parse_line(line)))
        except ValueError as error:
            self._refuse(number, str(error))
        if len(self.waiting) == AT_ONCE:
            await self.take()

    async def take(self) -> None:
        """Store the waiting lines."""
        result = await self.intake.take([event for _, event in self.waiting])
        self.counts.update(one.outcome for one in result.taken)
        for refused in result.refused:
            self._refuse(self.waiting[refused.position][0], refused.reason)
        self.waiting.clear()

    def _refuse(self, number: int, reason: str) -> None:
        self.counts["refused"] += 1
        self.err.print(f"line {number}: {reason}", markup=False, style="red")


async def ingest_file(
    settings: Settings, file: str, out: Console, err: Console, *, patience: float = PATIENCE
) -> int:
    """Take a file in and print what became of its lines; 1 when a line was refused.

    Reading the same file again makes nothing twice. The messages leave through the outbox even
    when no service runs; raises CannotStart when the bus does not answer: they wait there.
    """
    bus = Bus(settings.nats_url, service="ingest", telemetry=Telemetry("ingest"))
    with opened(file) as stream:
        async with open_pool(settings.database_url, name="dialogwerk-ingest-file") as pool:
            key, *former = pseudonym_keys(settings)
            reading = Reading(Intake(pool, bus, key, tuple(former)), err)
            with _progress(err) as progress:
                task = progress.add_task("lines", total=None)
                for number, line in enumerate(read_lines(stream), 1):
                    progress.advance(task)
                    await reading.read(number, line)
                await reading.take()
            for outcome, count in sorted(reading.counts.items()):
                out.print(f"{outcome:14s} {count:7d}", markup=False)
            await _publish(Relay(pool, bus, url=settings.database_url), bus, patience)
    return 1 if reading.counts["refused"] else 0


async def _publish(relay: Relay, bus: Bus, patience: float) -> None:
    try:
        async with asyncio.timeout(patience) as until, listening(bus):
            until.reschedule(None)
            while await relay.flush():
                pass
    except TimeoutError as error:
        raise CannotStart(
            "NATS does not answer: the comments are stored, and their messages wait in the outbox"
            " until the ingest service runs"
        ) from error


def _progress(err: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=err, transient=True,
    )  # fmt: skip
