"""`dialogwerk stress`: offer comments to running services and see how they come through."""

import asyncio
import json
import logging
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Annotated

import nats
import typer
from nats.aio.msg import Msg
from nats.js.api import DeliverPolicy

from services import house
from services.commands.shell import DataDir, complain, fail, load, run, say
from services.commands.stress_figures import (
    Figures,
    Limit,
    Trace,
    breaches,
    figures_of,
    lines,
    read_limit,
)
from services.commands.stress_load import Load, Script, UnfitLoad, read_mix, texts_of
from services.ingest.intake import Intake
from services.kit.bus import Bus, servers_of
from services.kit.db import Pool, open_pool
from services.kit.pseudonym import pseudonym_keys
from services.kit.servers.readiness import until
from services.kit.service import background
from services.kit.settings import Settings
from services.kit.telemetry import Telemetry
from services.store.dead_letters import comments_among_letters
from services.store.items import shown_since

log = logging.getLogger(__name__)

WATCHED = ("comments.received.>", "comments.routed.>", "drafts.proposed.>", "drafts.declined.>")
LOOK = 0.2
"""Seconds between looks at the desk's items; times of that hop are no finer."""
AT_ONCE = 100


@dataclass
class Run:
    """One stress run: what was offered and where each comment was seen."""

    script: Script
    intake: Intake
    traces: dict[str, Trace] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)

    async def offer(self, moments: Sequence[float]) -> None:
        """Take comments in at their moments, or as soon after as the way in allows.

        Times count from the moment that was meant: a way in that is blocked looks slow, not idle.
        """
        self.began, meant = time.monotonic(), datetime.now(UTC)
        done = 0
        while done < len(moments):
            due = sum(1 for moment in moments[done : done + AT_ONCE] if moment <= self._elapsed)
            if not due:
                await asyncio.sleep(max(0.0, moments[done] - self._elapsed))
                continue
            now = datetime.now(UTC)
            numbers = range(done, done + due)
            for number in numbers:
                offered = meant + timedelta(seconds=moments[number])
                self.traces[self.script.key(number)] = Trace(offered)
            await self.intake.take([self.script.event(number, now) for number in numbers])
            done += due

    @property
    def _elapsed(self) -> float:
        return time.monotonic() - self.began

    async def hear(self, message: Msg) -> None:
        """Note when the broker stored what was said about one of our comments."""
        said = json.loads(message.data)
        trace = self.traces.get(str(said.get("comment_key")))
        if trace is None:
            return
        family, _, verb = message.subject.partition(".")
        at = message.metadata.timestamp
        if family == "drafts":
            trace.drafted = trace.drafted or at
        elif verb.startswith("received"):
            trace.received = trace.received or at
        elif trace.routed is None:
            trace.routed, trace.lane = at, verb.split(".")[1]

    async def watch_desk(self, pool: Pool) -> None:
        """Note for ever which comments stand at the desk, or among the dead letters."""
        while True:
            waiting = [key for key, trace in self.traces.items() if trace.at_desk is None]
            async with pool.connection() as connection:
                shown = await shown_since(connection, waiting)
                buried = await comments_among_letters(connection, waiting)
            for key, at in shown.items():
                self.traces[key].at_desk = at
            for key in buried:
                self.traces[key].dead = True
            await asyncio.sleep(LOOK)

    async def arrive(self, patience: float) -> None:
        """Wait until every comment is ready or dead, at most so many seconds."""

        async def all_ready() -> bool | None:
            return all(trace.ready or trace.dead for trace in self.traces.values()) or None

        with suppress(TimeoutError):
            await asyncio.wait_for(until(all_ready), patience)

    async def clear(self) -> None:
        """Take all that was offered away again, as a network would that lost it."""
        now = datetime.now(UTC)
        for start in range(0, len(self.traces), AT_ONCE):
            numbers = range(start, min(start + AT_ONCE, len(self.traces)))
            await self.intake.take(
                [self.script.event(number, now, gone=True) for number in numbers]
            )


@asynccontextmanager
async def heard(url: str, one: Run) -> AsyncIterator[None]:
    """Listen to the bus while the block runs."""
    client = await nats.connect(servers_of(url), connect_timeout=5, error_cb=_note)
    try:
        jetstream = client.jetstream()
        for subject in WATCHED:
            await jetstream.subscribe(
                subject, cb=one.hear, stream=subject.partition(".")[0],
                ordered_consumer=True, deliver_policy=DeliverPolicy.NEW,
            )  # fmt: skip
        yield
    finally:
        with suppress(OSError):
            await client.close()


async def _note(error: Exception) -> None:
    """Leave it to the desk's watch, and to the limits, to say that something is away."""
    log.debug("the bus: %r", error)


async def put_under_stress(
    settings: Settings, script: Script, moments: Sequence[float], *, patience: float, keep: bool
) -> Figures:
    """Offer the script to the services that run on these servers and return how it went."""
    bus = Bus(settings.nats_url, service="ingest", telemetry=Telemetry("ingest"))
    key, *_ = pseudonym_keys(settings)
    async with open_pool(settings.database_url, name="dialogwerk-stress") as pool:
        one = Run(script, Intake(pool, bus, key))
        try:
            async with heard(settings.nats_url, one), background(one.watch_desk(pool)):
                await one.offer(moments)
                await one.arrive(patience)
        finally:
            if not keep:
                await one.clear()
    return figures_of(list(one.traces.values()))


def stress(
    data: DataDir = None,
    *,
    rate: Annotated[float, typer.Option(min=0.01, help="Comments a second.")] = 5.0,
    duration: Annotated[float, typer.Option(min=1, help="Seconds.")] = 30.0,
    burst: Annotated[int, typer.Option(min=0, help="Extra comments all at once.")] = 0,
    burst_every: Annotated[float, typer.Option(min=0, help="Seconds between bursts.")] = 10.0,
    mix: Annotated[str, typer.Option(help="Share of lanes, e.g. answer=60,discuss=40.")] = "",
    seed: Annotated[int, typer.Option(help="The same seed offers the same comments.")] = 1,
    patience: Annotated[float, typer.Option(min=0, help="Seconds to wait for the last.")] = 120.0,
    max_drop: Annotated[float, typer.Option(min=0, max=1, help="Most that may be lost.")] = 0.0,
    limit: Annotated[
        list[str] | None, typer.Option("--limit", help="E.g. whole.p95=30 (seconds); repeatable.")
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the comments in the queue.")] = False,
    figures: Annotated[Path | None, typer.Option("--json", help="File for the figures.")] = None,
) -> None:
    """Put running services under load; exit with 1 when a limit is broken.

    The comments come in through the same door as all others, under a connection of their own to
    which nothing can be posted, and are deleted again afterwards.
    """
    try:
        limits: list[Limit] = [read_limit(text) for text in limit or ()]
        moments = list(Load(rate, duration, burst, burst_every).moments())
        texts = texts_of(read_mix(mix), len(moments), Random(seed))  # noqa: S311 - repeatable, not secret
    except UnfitLoad as error:
        raise fail(str(error)) from error
    script = Script(f"stress-{secrets.token_hex(4)}", texts)

    async def work() -> Figures:
        async with house.on_servers(load(data), say) as on:
            say(f"offering {len(moments)} comments in {duration:g} s")
            return await put_under_stress(on, script, moments, patience=patience, keep=keep)

    found = run(work())
    for line in lines(found):
        say(line)
    if figures:
        shown = {**asdict(found), "dropped": found.dropped, "drop_rate": found.drop_rate}
        figures.write_text(json.dumps(shown, indent=1), encoding="utf-8")
    broken = breaches(found, limits, max_drop)
    for sentence in broken:
        complain(sentence)
    raise typer.Exit(1 if broken else 0)
