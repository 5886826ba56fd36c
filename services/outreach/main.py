"""Build the outreach service: posts of watched pages in, opportunities out."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from schemas.drafts import DraftRequested
from services import __version__
from services.kit.bus import Bus
from services.kit.db import open_pool, require_migrated
from services.kit.embed.shared import SharedEmbedder
from services.kit.outbox import Relay
from services.kit.prompt import Prompt, load_prompt
from services.kit.service import Service, background, listening, worker_app
from services.kit.settings import Settings
from services.kit.telemetry import Telemetry
from services.kit.vault import Vault
from services.networks.connected import Connected
from services.networks.network import Network
from services.outreach.aftermath import follow_up_for_ever
from services.outreach.compose import Composing, compose_for_ever
from services.outreach.discover import discover_for_ever, searching
from services.outreach.handlers import listen
from services.outreach.radar.doubt import PATIENCE, require_fillable
from services.outreach.radar.impression import Trained
from services.outreach.radar.spot import Radar
from services.outreach.read import Reading
from services.store.connections import ConnectionBook
from services.store.migrations import MIGRATIONS
from services.store.spending import book_radar, booked


def build(
    settings: Settings, embedder: SharedEmbedder, networks: Sequence[Network] | None = None
) -> Service:
    """Return the service; `networks` replaces the stored connections in tests."""
    bus = Bus(settings.nats_url, service="outreach", telemetry=Telemetry("outreach"))
    pool = open_pool(settings.database_url, name="dialogwerk-outreach")
    book = ConnectionBook(pool, Vault(settings.secret_keys)) if networks is None else None
    connected = Connected(book, networks or ())
    model = booked(settings, pool, book_radar, timeout=PATIENCE)
    radar = Radar(pool, Trained(embedder), radar_prompts(), settings.address, model)
    listen(bus, Reading(pool, embedder), radar)
    bus.says(DraftRequested)

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(pool)
            await require_migrated(pool, MIGRATIONS)
            await stack.enter_async_context(embedder.in_use())
            if model is not None:
                stack.push_async_callback(model.close)
            stack.push_async_callback(connected.close)
            await connected.reload()
            await stack.enter_async_context(listening(bus))
            relay = Relay(pool, bus, url=settings.database_url)
            await stack.enter_async_context(
                background(
                    relay.run(),
                    connected.follow(),
                    compose_for_ever(Composing(pool, embedder, connected)),
                    follow_up_for_ever(pool, connected),
                    discover_for_ever(searching(settings, pool, connected)),
                )
            )
            yield

    app = worker_app(bus, pool, version=__version__, token=settings.metrics_token)
    return Service("outreach", bus, app, running)


def radar_prompts() -> dict[str, Prompt]:
    """Return the second reader's prompts; raises BadPrompt for one that cannot be filled."""
    prompts = {language: load_prompt("radar", language) for language in ("de", "en")}
    for prompt in prompts.values():
        require_fillable(prompt)
    return prompts
