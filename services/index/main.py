"""Build the index service: publications in, searchable passages out."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from schemas.publications import PublicationIndexed, PublicationRemoved, PublicationSubmitted
from services import __version__
from services.index.add import Indexing
from services.index.catch_up import embed_missing
from services.index.handlers import listen
from services.index.reread import Rereading, keep_reading
from services.kit.bus import Bus
from services.kit.db import open_pool, require_migrated, transaction
from services.kit.embed.shared import SharedEmbedder
from services.kit.fetch import web_client
from services.kit.outbox import Relay
from services.kit.service import Service, background, listening, worker_app
from services.kit.settings import Settings
from services.kit.telemetry import Telemetry
from services.store.migrations import MIGRATIONS
from services.store.passages import ensure_vector_index


def build(settings: Settings, embedder: SharedEmbedder) -> Service:
    """Return the service; at its start it embeds what a changed engine has not embedded yet."""
    bus = Bus(settings.nats_url, service="index", telemetry=Telemetry("index"))
    bus.says(PublicationSubmitted, PublicationIndexed, PublicationRemoved)
    pool = open_pool(settings.database_url, name="dialogwerk-index")
    indexing = Indexing(pool, embedder)
    listen(bus, indexing)

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(pool)
            await require_migrated(pool, MIGRATIONS)
            await stack.enter_async_context(embedder.in_use())
            async with transaction(pool) as connection:
                await ensure_vector_index(connection, embedder.space, embedder.dimensions)
            await embed_missing(indexing)
            await stack.enter_async_context(listening(bus))
            relay = Relay(pool, bus, url=settings.database_url)
            client = await stack.enter_async_context(web_client())
            await stack.enter_async_context(
                background(relay.run(), keep_reading(Rereading(pool, client)))
            )
            yield

    app = worker_app(bus, pool, version=__version__, token=settings.metrics_token)
    return Service("index", bus, app, running)
