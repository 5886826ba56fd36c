"""`make bench`, desk: how long each page takes at 100,000 items, over real HTTP.

`python -m tests.bench_desk [ITEMS]`; ends with 1 when a page's p95 is above the target. The first
request of each page is not counted: what a page costs cold says more about the disk.
"""

import asyncio
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from services.kit.db import Pool, migrate, open_pool, transaction
from services.kit.servers.postgres import embedded_postgres
from services.kit.web import listening_socket, serving
from services.review.app import create_app
from services.review.security import digest
from services.store import sessions
from services.store.migrations import MIGRATIONS
from tests.bench_crowd import crowd
from tests.review.room import make_desk

ITEMS = 100_000
ROUNDS = 20
TARGET = 150.0
"""Milliseconds on the server that nineteen of twenty requests may take."""
PAGES = {
    "queue": "/",
    "queue, far back": "/{far}",
    "queue of a lane": "/?lane=answer&draft=ready",
    "queue, decided": "/?show=decided",
    "item": "/items/{open}",
    "item, decided": "/items/{decided}",
    "menu": "/nav",
    "deadlines": "/waiting",
    "muted": "/muted",
    "gaps": "/gaps",
    "books": "/books",
    "dead letters": "/dead",
    "publications": "/publications",
    "operations": "/queues",
    "connections": "/connections",
}


async def measure(
    client: httpx.AsyncClient, pages: dict[str, str], known: dict[str, str]
) -> dict[str, list[float]]:
    """Return the milliseconds of each page's requests, sorted."""
    taken: dict[str, list[float]] = {}
    for name, path in pages.items():
        times = []
        for _ in range(ROUNDS + 1):
            started = time.perf_counter()
            answer = await client.get(path.format(**known))
            times.append(1000 * (time.perf_counter() - started))
            answer.raise_for_status()
        taken[name] = sorted(times[1:])
    return taken


@asynccontextmanager
async def visiting(pool: Pool, url: str) -> AsyncIterator[httpx.AsyncClient]:
    """Serve the desk and yield a browser that is signed in."""
    desk = make_desk(pool, url)
    app = create_app(desk, version="bench", routes=[])
    async with (
        serving(app, listening_socket(), before_stop=desk.stopping.set) as address,
        httpx.AsyncClient(
            base_url=address, timeout=120, cookies={"dialogwerk": await _session(pool)}
        ) as client,
    ):
        yield client


async def look_up(pool: Pool) -> dict[str, str]:
    """Return keys that the addresses name."""
    async with pool.connection() as connection:
        row = await (
            await connection.execute(
                "select (select comment_key from items where status = 'open'"
                " order by opened_at offset 9000 limit 1),"
                " (select comment_key from items where status = 'decided' limit 1),"
                " (select concat('?after=n', (extract(epoch from opened_at) * 1e6)::bigint, '-',"
                " comment_key) from items where status = 'open' order by opened_at"
                " offset 9000 limit 1),"
                " (select decision_id from deliveries limit 1),"
                " (select thread_key from items where status = 'open' limit 1)"
            )
        ).fetchone()
    assert row is not None
    return dict(zip(("open", "decided", "far", "reply", "thread"), map(str, row), strict=True))


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


async def report(pool: Pool, url: str) -> bool:
    """Print each page's figures, return whether all keep the target."""
    known = await look_up(pool)
    async with visiting(pool, url) as client:
        taken = await measure(client, PAGES, known)
    print(f"{'page':28s} {'p50 ms':>8s} {'p95 ms':>8s}")  # noqa: T201
    kept = True
    for name, times in taken.items():
        p95 = times[int(len(times) * 0.95) - 1]
        kept &= p95 <= TARGET
        late = "" if p95 <= TARGET else "  above the target"
        print(f"{name:28s} {statistics.median(times):8.1f} {p95:8.1f}{late}")  # noqa: T201
    return kept


async def main(items: int) -> int:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        async with embedded_postgres(Path(folder)) as server:
            await migrate(server.url, MIGRATIONS)
            async with open_pool(server.url) as pool:
                await crowd(pool, items)
                print(f"desk pages at {items:,} items, {ROUNDS} requests each\n")  # noqa: T201
                return 0 if await report(pool, server.url) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else ITEMS)))
