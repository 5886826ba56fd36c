"""Build the ingest service: networks in, comments stored, messages promised."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial

from schemas.comments import (
    CommentDeleted,
    CommentEdited,
    CommentReceived,
    CommentRestored,
    CommentWithheld,
)
from schemas.replies import ReplyRemoved
from schemas.watches import PostDeleted, PostEdited, PostSeen
from services import __version__
from services.ingest.erasing import erase_for_ever, eraser_of
from services.ingest.forgetting import forget_for_ever
from services.ingest.hooks import hook_routes
from services.ingest.intake import Intake
from services.ingest.ledger import ledger_of
from services.ingest.listening import listen_to_all
from services.ingest.poll import bury
from services.ingest.watching import Rounds, watch_pages
from services.ingest.webhook import webhook_route
from services.kit.bus import Bus
from services.kit.db import open_pool, require_migrated
from services.kit.outbox import Relay
from services.kit.pseudonym import pseudonym_keys
from services.kit.service import Service, background, listening, worker_app
from services.kit.settings import Settings
from services.kit.telemetry import Telemetry
from services.kit.vault import Vault
from services.networks.connected import Connected
from services.networks.feeds.lookout import FeedLookout
from services.networks.network import Network
from services.store.connections import ConnectionBook
from services.store.migrations import MIGRATIONS


def build(settings: Settings, networks: Sequence[Network] | None = None) -> Service:
    """Return the service; `networks` replaces the stored connections in tests."""
    bus = Bus(settings.nats_url, service="ingest", telemetry=Telemetry("ingest"))
    bus.says(CommentReceived, CommentEdited, CommentDeleted, CommentWithheld, CommentRestored)
    bus.says(ReplyRemoved, PostSeen, PostEdited, PostDeleted)
    pool = open_pool(settings.database_url, name="dialogwerk-ingest")
    key, *former = pseudonym_keys(settings)
    intake = Intake(pool, bus, key, tuple(former))
    eraser = eraser_of(pool, bus, key, ledger_of(settings))
    book = ConnectionBook(pool, Vault(settings.secret_keys)) if networks is None else None
    connected = Connected(book, networks or ())
    lookouts = {
        "feeds": FeedLookout(
            contact=settings.watch_contact, allow_private=settings.watch_private_addresses
        )
    }
    kept = timedelta(days=settings.watch_days)
    keys = [secret.get_secret_value().encode() for secret in settings.webhook_secrets]

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(pool)
            await require_migrated(pool, MIGRATIONS)
            await stack.enter_async_context(listening(bus))
            relay = Relay(pool, bus, url=settings.database_url)
            stack.push_async_callback(connected.close)
            await connected.reload()
            await stack.enter_async_context(
                background(
                    relay.run(),
                    connected.follow(),
                    listen_to_all(connected, intake, settings.database_url),
                    watch_pages(Rounds(pool, intake, connected, lookouts, kept)),
                    forget_for_ever(pool, kept),
                    erase_for_ever(eraser),
                )
            )
            yield

    doors = [
        webhook_route(intake.take, keys),
        *hook_routes(lambda: connected.networks, intake.take, partial(bury, intake)),
    ]
    token = settings.metrics_token
    app = worker_app(bus, pool, version=__version__, token=token, more=doors)
    return Service("ingest", bus, app, running)
