"""The desk's pages: each over real HTTP at many items, its own process's CPU beside the time.

The first request of each page is not counted: what a page costs cold says more about the disk.
"""

import secrets
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from services.kit.db import Pool, migrate, open_pool, transaction
from services.kit.servers.postgres import embedded_postgres
from services.kit.web import listening_socket, serving
from services.review.app import create_app
from services.review.security import digest
from services.store import sessions
from services.store.migrations import MIGRATIONS
from tests.bench.crowd import crowd
from tests.bench.measuring import Outcome, Size, p95
from tests.bench.pages import PAGES, look_up
from tests.review.room import make_desk

TARGET = 150.0
"""Milliseconds on the server that nineteen of twenty requests may take."""


@dataclass
class Visits:
    """What a page's requests took, in milliseconds."""

    taken: list[float]
    cpu: list[float]
    """Of the desk's process and the visitor in it; the database's is not in it."""
    size: int

    def line(self, name: str) -> str:
        late = "  above the target" if p95(self.taken) > TARGET else ""
        return (
            f"{name:28s} {statistics.median(self.taken):8.1f} {p95(self.taken):8.1f}"
            f" {statistics.median(self.cpu):8.1f} {self.size / 1024:8.0f}{late}"
        )


async def run(size: Size) -> Outcome:
    """Visit every page of the desk."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        async with embedded_postgres(Path(folder)) as server:
            await migrate(server.url, MIGRATIONS)
            async with open_pool(server.url) as pool:
                await crowd(pool, size.items)
                visits = await visit_all(pool, server.url, size.visits)
    lines = [
        f"{size.items:,} items, {size.visits} requests each",
        f"{'page':28s} {'p50 ms':>8s} {'p95 ms':>8s} {'CPU ms':>8s} {'KiB':>8s}",
    ]
    lines += [one.line(name) for name, one in visits.items()]
    return Outcome(
        lines,
        [
            f"desk, {name}: p95 {p95(one.taken):.0f} ms, aim {TARGET:.0f}"
            for name, one in visits.items()
            if p95(one.taken) > TARGET
        ],
    )


async def visit_all(pool: Pool, url: str, count: int) -> dict[str, Visits]:
    """Request each page so many times and once more."""
    known = await look_up(pool)
    found: dict[str, Visits] = {}
    async with visiting(pool, url) as client:
        for name, path in PAGES.items():
            visits = Visits([], [], 0)
            for _ in range(count + 1):
                started, cpu = time.perf_counter(), time.process_time()
                answer = await client.get(path.format(**known))
                visits.taken.append(1000 * (time.perf_counter() - started))
                visits.cpu.append(1000 * (time.process_time() - cpu))
                answer.raise_for_status()
            found[name] = Visits(visits.taken[1:], visits.cpu[1:], len(answer.content))
    return found


@asynccontextmanager
async def visiting(pool: Pool, url: str) -> AsyncIterator[httpx.AsyncClient]:
    """Serve the desk and yield a browser that is signed in as somebody who may do everything."""
    desk = make_desk(pool, url)
    app = create_app(desk, version="bench", routes=[])
    async with (
        serving(app, listening_socket(), before_stop=desk.stopping.set) as address,
        httpx.AsyncClient(
            base_url=address, timeout=120, cookies={"dialogwerk": await _session(pool)}
        ) as client,
    ):
        yield client


async def _session(pool: Pool) -> str:
    token = secrets.token_urlsafe()
    async with transaction(pool) as connection:
        row = await (
            await connection.execute("select now() + interval '1 hour', account_id from accounts")
        ).fetchone()
        assert row is not None
        await sessions.open_session(
            connection, token_hash=digest(token), account_id=row[1], csrf="x", expires_at=row[0]
        )
    return token
