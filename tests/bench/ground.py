"""What a section stands on: durable embedded servers, and the default embedding engine."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from schemas.streams import CONSUMERS, STREAMS
from services.kit.db import Pool, migrate, open_pool
from services.kit.embed.shared import SharedEmbedder
from services.kit.provision import provision_bus
from services.kit.servers.nats import embedded_nats
from services.kit.servers.postgres import embedded_postgres
from services.kit.settings import Settings
from services.store.migrations import MIGRATIONS
from tests.bench.measuring import AT_ONCE


@dataclass(frozen=True)
class Ground:
    """Servers with all streams and tables, in a folder that is gone afterwards."""

    settings: Settings
    pool: Pool
    embedder: SharedEmbedder
    """Open already."""
    broker: int
    """Its process id."""
    database: int
    """The process id of the server above all its workers."""


@asynccontextmanager
async def ground(models: Path | None = None) -> AsyncIterator[Ground]:
    """Start it all; stop it when the block ends. `models` keeps the converted model."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        bus = await stack.enter_async_context(embedded_nats(folder))
        database = await stack.enter_async_context(embedded_postgres(folder))
        await migrate(database.url, MIGRATIONS)
        await provision_bus(bus.url, STREAMS, CONSUMERS)
        settings = Settings(
            data_dir=models or folder, nats_url=bus.url, database_url=database.url,
            pseudonym_key=SecretStr("bench-bench-bench-bench"),
        )  # fmt: skip
        pool = await stack.enter_async_context(open_pool(database.url, size=AT_ONCE))
        embedder = SharedEmbedder(settings)
        await stack.enter_async_context(embedder.in_use())
        yield Ground(settings, pool, embedder, bus.pid, database.pid)
