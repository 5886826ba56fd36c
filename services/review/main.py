"""Build the review service: the desk, and what it hears from the others."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from services import __version__
from services.kit.bus import Bus
from services.kit.db import open_pool, require_migrated
from services.kit.oidc.web import Ask
from services.kit.outbox import Relay
from services.kit.service import Service, background, listening, ops_routes
from services.kit.settings import Settings
from services.kit.telemetry import Telemetry
from services.review.alarm_rules import load_rules
from services.review.app import create_app
from services.review.context import Desk
from services.review.entrance import open_entrance
from services.review.gauges import Gauges
from services.review.handlers import listen
from services.review.house_state import HouseReader
from services.review.live import Live
from services.review.notices import Notifier, ways_of
from services.review.passwords import Passwords
from services.review.sampling import Sampler
from services.review.security import Cookies
from services.review.stances import load_stances
from services.review.view import open_view
from services.store.migrations import MIGRATIONS


def build(settings: Settings, passwords: Passwords | None = None) -> Service:
    """Return the service; without `passwords` they are checked as strictly as they should be."""
    bus = Bus(settings.nats_url, service="review", telemetry=Telemetry("review"))
    pool = open_pool(settings.database_url, size=12, name="dialogwerk-review")
    listen(bus, pool, mute_days=settings.mute_days)
    relay = Relay(pool, bus, url=settings.database_url)
    live = Live(settings.database_url)
    stopping = asyncio.Event()
    secure = settings.public_url.startswith("https://")
    view = open_view(organisation=settings.organisation, language_cookie=Cookies(secure).language)
    ask = Ask()
    desk = Desk(
        settings, pool, view, live, passwords or Passwords(), load_stances(), stopping,
        open_entrance(settings, ask),
    )  # fmt: skip
    token = settings.metrics_token
    routes = ops_routes(bus, pool, version=__version__, token=token)
    app = create_app(desk, version=__version__, routes=routes)
    ways = ways_of(settings)
    house = HouseReader(pool, settings)
    rules = load_rules(settings.alarm_rules)
    sampler = Sampler(bus, pool, house, rules, ways.names, Gauges(bus.telemetry))
    notifier = Notifier(pool, ways, view.texts, f"{settings.public_url.rstrip('/')}/queues")

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(pool)
            stack.push_async_callback(ask.close)
            await require_migrated(pool, MIGRATIONS)
            await stack.enter_async_context(listening(bus))
            await stack.enter_async_context(
                background(relay.run(), live.run(), sampler.run(), notifier.run())
            )
            yield

    return Service("review", bus, app, running, stopping)
