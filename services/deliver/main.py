"""Build the deliver service: approved texts in, replies out."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from services import __version__
from services.deliver.handlers import listen
from services.deliver.post import Posting
from services.kit.bus import Bus
from services.kit.db import open_pool, require_migrated
from services.kit.service import Service, background, listening, worker_app
from services.kit.settings import Settings
from services.kit.telemetry import Telemetry
from services.kit.vault import Vault
from services.networks.connected import Connected
from services.networks.network import Network
from services.store.connections import ConnectionBook
from services.store.migrations import MIGRATIONS


def build(settings: Settings, networks: Sequence[Network] | None = None) -> Service:
    """Return the service; `networks` replaces the stored connections in tests."""
    bus = Bus(settings.nats_url, service="deliver", telemetry=Telemetry("deliver"))
    pool = open_pool(settings.database_url, name="dialogwerk-deliver", size=12)
    book = ConnectionBook(pool, Vault(settings.secret_keys)) if networks is None else None
    connected = Connected(book, networks or ())
    listen(bus, Posting(pool, connected))

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(pool)
            await require_migrated(pool, MIGRATIONS)
            stack.push_async_callback(connected.close)
            await connected.reload()
            await stack.enter_async_context(background(connected.follow()))
            await stack.enter_async_context(listening(bus))
            yield

    app = worker_app(bus, pool, version=__version__, token=settings.metrics_token)
    return Service("deliver", bus, app, running)
