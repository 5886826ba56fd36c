"""`dialogwerk ingest`: comments from a file, one JSON event a line."""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from schemas.inbound import InboundEvent
from services.ingest.take import take_in
from services.kit.bus import Bus, describe
from services.kit.db import Pool, open_pool, transaction
from services.kit.outbox import Relay
from services.kit.service import CannotStart, listening
from services.kit.settings import Settings
from services.kit.telemetry import Telemetry

BATCH = 200
MAX_LINE = 1024 * 1024


@contextmanager
def opened(file: str) -> Iterator[BinaryIO]:
    """Open a file or, for `-`, standard input; raise CannotStart with the reason."""
    if file == "-":
        yield sys.stdin.buffer
        return
    try:
        with Path(file).open("rb") as stream:
            yield stream
    except OSError as error:
        raise CannotStart(f"{file} cannot be read: {error.strerror}") from error


def parse_line(line: bytes) -> InboundEvent:
    """Read one event; raises ValueError with a sentence."""
    if len(line) > MAX_LINE:
        raise ValueError(f"the line is longer than {MAX_LINE} bytes")
    try:
        return InboundEvent.model_validate_json(line)
    except ValidationError as error:
        raise ValueError(describe(error).removeprefix("invalid message: ")) from error


async def ingest_file(settings: Settings, file: str, out: Console, err: Console) -> int:
    """Take a file in and print what became of its lines; 1 when a line was refused.

    Reading the same file again makes nothing twice. The messages leave through the outbox even
    when no service runs: the ingest service publishes what is left.
    """
    bus = Bus(settings.nats_url, service="ingest", telemetry=Telemetry("ingest"))
    counts: Counter[str] = Counter()
    with opened(file) as stream:
        async with open_pool(settings.database_url, name="dialogwerk-ingest-file") as pool:
            key = settings.pseudonym_key.get_secret_value().encode()
            batch: list[InboundEvent] = []
            with _progress(err) as progress:
                task = progress.add_task("lines", total=None)
                for number, line in enumerate(stream, 1):
                    progress.advance(task)
                    if not line.strip():
                        continue
                    try:
                        batch.append(parse_line(line))
                    except ValueError as error:
                        counts["refused"] += 1
                        err.print(f"line {number}: {error}", markup=False, style="red")
                    if len(batch) == BATCH:
                        counts += await _take(pool, batch, key)
                        batch = []
                counts += await _take(pool, batch, key)
            async with listening(bus):
                relay = Relay(pool, bus, url=settings.database_url)
                while await relay.flush():
                    pass
    for outcome, count in sorted(counts.items()):
        out.print(f"{outcome:14s} {count:7d}", markup=False)
    return 1 if counts["refused"] else 0


async def _take(pool: Pool, batch: list[InboundEvent], key: bytes) -> Counter[str]:
    async with transaction(pool) as connection:
        taken = await take_in(connection, batch, pseudonym_key=key, now=datetime.now(UTC))
    return Counter(one.outcome for one in taken)


def _progress(err: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=err, transient=True,
    )  # fmt: skip
