"""Build the route service: comments in, lanes out."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from services import __version__
from services.kit.bus import Bus
from services.kit.db import Pool, open_pool, require_migrated
from services.kit.embed.shared import SharedEmbedder
from services.kit.llm import LanguageModel
from services.kit.prompt import load_prompt
from services.kit.service import Service, background, listening, worker_app
from services.kit.settings import Settings
from services.kit.spending import Prices, Purse
from services.kit.telemetry import Telemetry
from services.route.ask_model import PATIENCE, require_fillable
from services.route.handlers import Sorting, listen
from services.route.live import Live
from services.route.reading import shipped_knowledge
from services.store.migrations import MIGRATIONS
from services.store.spending import Booked, book_sorting


def build(settings: Settings, embedder: SharedEmbedder) -> Service:
    """Return the service; services in one process share the embedder."""
    bus = Bus(settings.nats_url, service="route", telemetry=Telemetry("route"))
    pool = open_pool(settings.database_url, name="dialogwerk-route")
    model = second_opinion(settings, pool)
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


def second_opinion(settings: Settings, pool: Pool) -> Booked | None:
    """Return the model that is asked about doubtful comments, None where none is configured."""
    if not settings.has_llm:
        return None
    model = LanguageModel(
        base_url=settings.llm_base_url,
        model=settings.llm_model,
        api_key=settings.llm_api_key,
        timeout=PATIENCE,
        max_tokens=settings.llm_max_tokens,
    )
    purse = Purse(settings.llm_daily_tokens, settings.llm_monthly_budget)
    prices = Prices(settings.llm_price_in, settings.llm_price_out)
    return Booked(model, pool, purse, prices, book_sorting)
