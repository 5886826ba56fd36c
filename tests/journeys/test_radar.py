"""A partner's sorrow goes from its page to the desk, and a person's words back under the post."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr

from services.deliver.main import build as build_deliver
from services.ingest.main import build as build_ingest
from services.kit.db import Pool, transaction
from services.kit.embed.shared import SharedEmbedder
from services.kit.pseudonym import long_key
from services.kit.servers.readiness import until
from services.kit.service import hosting
from services.kit.settings import Settings
from services.kit.web import listening_socket
from services.networks.sandbox.server import create_app, serving
from services.outreach.main import build as build_outreach
from services.review import going_out as going
from services.review.main import build as build_review
from services.review.radar_events import events
from services.review.watch_list import read_entry
from services.store import watches
from services.store.radar_desk import list_radar
from tests.networks.sandbox_town import Town, town_settings
from tests.review.reading import rows
from tests.review.room import quick_passwords

SORROW = (
    "Heute Nacht wurde auf unser Büro ein Brandanschlag verübt. Verletzt wurde niemand. Wir machen"
    " weiter."
)
JOB = "Wir suchen Verstärkung! Eine Stelle in der Werkstatt ist frei, Bewerbung bis Monatsende."


async def test_a_partner_s_sorrow_is_seen_and_answered(
    pool: Pool, database_url: str, nats_url: str, tmp_path: Path
) -> None:
    """INVARIANT: a post of a partner becomes an entry, a person approves, it stands there once."""
    settings = Settings(
        nats_url=nats_url, database_url=database_url, pseudonym_key=SecretStr("for tests only key"),
        undo_seconds=0, address="sie",
    )  # fmt: skip
    entry = read_entry("Radhaus e. V.", "sandbox", "radhaus", "partner", "")
    async with (
        serving(create_app(town_settings(tmp_path)), listening_socket()) as url,
        Town.at(url) as town,
    ):
        post, other = await town.post("radhaus", SORROW), await town.post("radhaus", JOB)
        async with transaction(pool) as connection:
            await watches.add_watches(connection, [entry], by="command", now=datetime.now(UTC))
        services = [
            build_ingest(settings, [town.network(wait=1.0)]),
            build_outreach(settings, SharedEmbedder(settings), [town.network()]),
            build_review(settings, quick_passwords()),
            build_deliver(settings, [town.network()]),
        ]
        async with hosting(services, host="127.0.0.1", first_port=0):
            await fact(lambda: _looked_at(pool, long_key("sandbox", post)))
            async with pool.connection() as connection:
                (event,) = events(await list_radar(connection, datetime.now(UTC)))
            assert (event.facts.verdict, event.facts.about) == ("trouble", "Radhaus e. V.")
            assert event.draft == (
                "Vom Brandanschlag auf Ihr Büro zu lesen, macht uns betroffen."
                " Wir stehen an Ihrer Seite."
            )
            words = f"{event.draft} Viel Kraft!"
            await going.approve(
                pool, "a" * 32, event.one.comment_key, text=words, revision=1, draft_id=None
            )
            await fact(lambda: _stands(town, post, words))
            assert await town.replies(other) == []


async def _looked_at(pool: Pool, key: str) -> bool | None:
    found = await rows(
        pool, "select from radar_items join post_looks using (comment_key) where comment_key = %s",
        key,
    )  # fmt: skip
    return bool(found) or None


async def _stands(town: Town, post: str, words: str) -> bool | None:
    said = [one["text"] for one in await town.replies(post)]
    return said == [words] or None


async def fact(look: Callable[[], Awaitable[bool | None]]) -> None:
    async with asyncio.timeout(60):
        await until(look)
