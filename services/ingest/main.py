"""Build the ingest service: networks in, comments stored, messages promised."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from schemas.comments import (
    CommentDeleted,
    CommentEdited,
    CommentReceived,
    CommentRestored,
    CommentWithheld,
)
from schemas.replies import ReplyRemoved
from services import __version__
from services.ingest.intake import Intake
from services.ingest.poll import poll
from services.ingest.webhook import webhook_route
from services.kit.bus import Bus
from services.kit.db import open_pool, require_migrated
from services.kit.outbox import Relay
from services.kit.service import Service, background, listening, worker_app
from services.kit.settings import Settings
from services.kit.telemetry import Telemetry
from services.networks.connections import connect_networks
from services.networks.network import Network
from services.store.migrations import MIGRATIONS


def build(settings: Settings, networks: Sequence[Network] | None = None) -> Service:
    """Return the service; `networks` replaces the configured connections in tests."""
    bus = Bus(settings.nats_url, service="ingest", telemetry=Telemetry("ingest"))
    bus.says(CommentReceived, CommentEdited, CommentDeleted, CommentWithheld, CommentRestored)
    bus.says(ReplyRemoved)
    pool = open_pool(settings.database_url, name="dialogwerk-ingest")
    intake = Intake(pool, bus, settings.pseudonym_key.get_secret_value().encode())
    keys = [secret.get_secret_value().encode() for secret in settings.webhook_secrets]

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(pool)
            await require_migrated(pool, MIGRATIONS)
            await stack.enter_async_context(listening(bus))
            relay = Relay(pool, bus, url=settings.database_url)
            connected = connect_networks(settings) if networks is None else networks
            for network in connected:
                stack.push_async_callback(network.close)
            polling = [poll(network, intake) for network in connected]
            await stack.enter_async_context(background(relay.run(), *polling))
            yield

    app = worker_app(bus, pool, version=__version__, more=[webhook_route(intake.take, keys)])
    return Service("ingest", bus, app, running)
