"""Build the route service: comments in, lanes out."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from services import __version__
from services.kit.bus import Bus
from services.kit.db import open_pool, require_migrated
from services.kit.embed.shared import SharedEmbedder
from services.kit.prompt import load_prompt
from services.kit.service import Service, background, listening, worker_app
from services.kit.settings import Settings
from services.kit.telemetry import Telemetry
from services.route.ask_model import PATIENCE, require_fillable
from services.route.handlers import Sorting, listen
from services.route.live import Live
from services.route.reading import shipped_knowledge
from services.store.migrations import MIGRATIONS
from services.store.spending import book_sorting, booked


def build(settings: Settings, embedder: SharedEmbedder) -> Service:
    """Return the service; services in one process share the embedder."""
    bus = Bus(settings.nats_url, service="route", telemetry=Telemetry("route"))
    pool = open_pool(settings.database_url, name="dialogwerk-route")
    model = booked(settings, pool, book_sorting, timeout=PATIENCE)
    prompts = {language: load_prompt("sort", language) for language in ("de", "en")}
    for prompt in prompts.values():
        require_fillable(prompt)
    sorting = Sorting(pool, bus, embedder, Live(shipped_knowledge()), model, prompts)
    listen(bus, sorting)

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(pool)
            await require_migrated(pool, MIGRATIONS)
            await stack.enter_async_context(embedder.in_use())
            if model is not None:
                stack.push_async_callback(model.close)
            await sorting.live.refresh(pool)
            await stack.enter_async_context(background(sorting.live.follow(pool)))
            await stack.enter_async_context(listening(bus))
            yield

    app = worker_app(bus, pool, version=__version__, token=settings.metrics_token)
    return Service("route", bus, app, running)
