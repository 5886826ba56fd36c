"""Build the answer service: questions in, cited drafts out."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

from services import __version__
from services.answer.draft import Voice
from services.answer.handlers import listen
from services.answer.make import Drafting, load_prompts
from services.kit.bus import Bus
from services.kit.db import open_pool, require_migrated
from services.kit.embed.remembering import Remembering
from services.kit.embed.shared import SharedEmbedder
from services.kit.llm import language_model
from services.kit.service import Service, listening, worker_app
from services.kit.settings import Settings
from services.kit.spending import prices_of, purse_of
from services.kit.telemetry import Telemetry
from services.store.migrations import MIGRATIONS


def build(settings: Settings, embedder: SharedEmbedder) -> Service:
    """Return the service; without a configured language model its answers are quoted."""
    bus = Bus(settings.nats_url, service="answer", telemetry=Telemetry("answer"))
    pool = open_pool(settings.database_url, name="dialogwerk-answer")
    model = language_model(settings)
    drafting = Drafting(
        pool=pool,
        embedder=Remembering(embedder),
        model=model,
        prompts=load_prompts(),
        voice=Voice(settings.organisation, settings.address, settings.reading_level),
        own_domains=settings.own_domains,
        threshold=settings.answer_threshold,
        purse=purse_of(settings),
        prices=prices_of(settings),
        patience=timedelta(seconds=settings.llm_patience if model else 0),
    )
    listen(bus, drafting)

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(pool)
            await require_migrated(pool, MIGRATIONS)
            await stack.enter_async_context(embedder.in_use())
            if model is not None:
                stack.push_async_callback(model.close)
            await stack.enter_async_context(listening(bus))
            yield

    app = worker_app(bus, pool, version=__version__, token=settings.metrics_token)
    return Service("answer", bus, app, running)
