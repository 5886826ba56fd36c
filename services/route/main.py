"""Build the route service: comments in, lanes out."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from services import __version__
from services.kit.bus import Bus
from services.kit.db import open_pool, require_migrated
from services.kit.embed.shared import SharedEmbedder
from services.kit.service import Service, listening, worker_app
from services.kit.settings import Settings
from services.kit.telemetry import Telemetry
from services.route.handlers import Sorting, listen
from services.route.likeness import embed_prototypes
from services.route.signals import read_words
from services.store.migrations import MIGRATIONS


def build(settings: Settings, embedder: SharedEmbedder) -> Service:
    """Return the service; services in one process share the embedder."""
    bus = Bus(settings.nats_url, service="route", telemetry=Telemetry("route"))
    pool = open_pool(settings.database_url, name="dialogwerk-route")
    sorting = Sorting(pool, bus, embedder, read_words(), {})
    listen(bus, sorting)

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(pool)
            await require_migrated(pool, MIGRATIONS)
            await stack.enter_async_context(embedder.in_use())
            sorting.prototypes = await embed_prototypes(embedder)
            await stack.enter_async_context(listening(bus))
            yield

    return Service("route", bus, worker_app(bus, pool, version=__version__), running)
