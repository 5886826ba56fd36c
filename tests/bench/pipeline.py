"""The whole way of a comment, each service a process of its own; what each takes to start."""

import asyncio
import base64
import os
import secrets
import shutil
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from pydantic import SecretStr

from services import house
from services.commands.stress import put_under_stress
from services.commands.stress_figures import Figures
from services.commands.stress_load import Script, texts_of
from services.demo import sample
from services.index.add import submit
from services.kit.servers.child import Child
from services.kit.servers.readiness import until
from services.kit.settings import Settings
from services.store.underway import work_left
from tests.bench.ground import Ground
from tests.bench.measuring import Outcome, Size, cpu_below, memory

ROOT = Path(__file__).parents[2]
PATIENCE = 900.0
WARMING_UP = 40
"""Comments that come through before anything is counted."""
SEED = 1
OURS = "offering and taking in"


@dataclass(frozen=True)
class Started:
    """A service's process once it said that it is up."""

    child: Child
    seconds: float
    cpu: float
    mib: float


async def run(on: Ground, size: Size) -> Outcome:
    """Start the services one after another, then let comments in all at once, without a model."""
    key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    settings = on.settings.model_copy(update={"secret_keys": (SecretStr(key),)})
    async with AsyncExitStack() as stack:
        services = {
            name: await stack.enter_async_context(service(settings, key, name))
            for name in house.SERVICES
        }
        for name, body in sample.publications():
            await submit(on.pool, name=name, body=body, media_type=None, url=None)
        await _all_read(on)
        await offer(settings, WARMING_UP, "warm")
        await _settled(on)
        pids = {name: one.child.pid for name, one in services.items()}
        pids |= {"NATS": on.broker, "Postgres": on.database}
        before = {name: cpu_below(pid) for name, pid in pids.items()}
        own = time.process_time()
        found = await offer(settings, size.comments, "counted")
        await _settled(on)
        used = {name: cpu_below(pid) - before[name] for name, pid in pids.items()}
        used[OURS] = time.process_time() - own
        loaded = {name: memory(pid) for name, pid in pids.items()}
    return Outcome(
        _started(services) + _way(found, used, loaded),
        [] if found.at_desk == found.offered else [f"{found.dropped} comments did not arrive"],
    )


async def offer(settings: Settings, count: int, name: str) -> Figures:
    """Let comments in, all at once, and wait until each is ready for a person."""
    texts = texts_of({}, count, Random(SEED))
    script = Script(f"bench-{name}", texts)
    return await put_under_stress(settings, script, [0.0] * count, patience=PATIENCE, keep=True)


@asynccontextmanager
async def service(settings: Settings, key: str, name: str) -> AsyncIterator[Started]:
    """Run a service as a container would, and end it with the block."""
    told: Mapping[str, str] = {
        "PYTHONPATH": str(ROOT), "NATS_URL": settings.nats_url,
        "DATABASE_URL": settings.database_url, "DATA_DIR": str(settings.data_dir),
        "PSEUDONYM_KEY": settings.pseudonym_key.get_secret_value(), "SECRET_KEYS": key,
        "PORT": "0", "LOG_LEVEL": "WARNING",
    }  # fmt: skip
    began = time.perf_counter()
    child = await Child.start(
        [
            shutil.which("env") or "/usr/bin/env", *(f"{one}={word}" for one, word in told.items()),
            sys.executable, "-m", "services.cli", "run", name,
        ],
        log_file=settings.data_dir / f"{name}.log",
        death_signal=signal.SIGKILL,
        folder=settings.data_dir,
    )  # fmt: skip

    async def up() -> bool | None:
        if end := child.how_it_ended():
            raise RuntimeError(f"{name}: {end}\n{child.log()}")
        return "up: " in child.log() or None

    try:
        await asyncio.wait_for(until(up), PATIENCE)
        seconds = time.perf_counter() - began
        yield Started(child, seconds, cpu_below(child.pid), memory(child.pid))
    finally:
        await child.stop([(signal.SIGTERM, 40.0)])


async def _all_read(on: Ground) -> None:
    async def read() -> bool | None:
        async with on.pool.connection() as connection:
            left = await connection.execute("select from submissions where outcome is null limit 1")
            return await left.fetchone() is None or None

    await asyncio.wait_for(until(read), PATIENCE)


async def _settled(on: Ground) -> None:
    async def done() -> bool | None:
        async with on.pool.connection() as connection:
            return await work_left(connection) == 0 or None

    await asyncio.wait_for(until(done), PATIENCE)


def _started(services: Mapping[str, Started]) -> list[str]:
    lines = [f"{'service, alone':12s} {'up after s':>12s} {'CPU s':>8s} {'MiB':>8s}"]
    lines += [
        f"{name:12s} {one.seconds:14.1f} {one.cpu:8.1f} {one.mib:8.0f}"
        for name, one in services.items()
    ]
    return lines


def _way(found: Figures, used: Mapping[str, float], loaded: Mapping[str, float]) -> list[str]:
    count, total = found.offered, sum(used.values())
    lines = [
        "",
        (
            f"{found.at_desk} of {count} comments ready for a person: {found.rate:.1f} a second,"
            f" {count / total:.1f} a CPU second of all processes ({os.cpu_count()} cores)"
        ),
        f"{'process':24s} {'ms CPU each':>12s} {'share':>7s} {'MiB':>6s}",
    ]
    for name, seconds in sorted(used.items(), key=lambda one: -one[1]):
        size = f"{loaded[name]:6.0f}" if name in loaded else ""
        lines.append(f"{name:24s} {1000 * seconds / count:12.1f} {seconds / total:7.0%} {size}")
    return lines
