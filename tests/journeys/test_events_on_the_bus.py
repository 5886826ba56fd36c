"""What a network tells goes through the real services and the real bus to the desk."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr

from schemas.comments import CommentRouted
from services.deliver.main import build as build_deliver
from services.ingest.main import build as build_ingest
from services.kit.db import Pool, transaction
from services.kit.pseudonym import long_key, short_key
from services.kit.servers.readiness import until
from services.kit.service import hosting
from services.kit.settings import Settings
from services.kit.web import listening_socket
from services.networks.sandbox.server import create_app, serving
from services.review import actions
from services.review.main import build as build_review
from services.store.items import Item
from services.store.routings import save_routing
from tests.networks.sandbox_town import Town, town_settings
from tests.review.reading import read_item, rows
from tests.review.room import quick_passwords


async def test_a_block_and_a_busy_network_reach_the_desk(
    pool: Pool, database_url: str, nats_url: str, tmp_path: Path
) -> None:
    """INVARIANT: every kind of news has its stream, its reader and its words on the desk."""
    settings = Settings(
        nats_url=nats_url, database_url=database_url, pseudonym_key=SecretStr("for tests only key")
    )
    async with (
        serving(create_app(town_settings(tmp_path)), listening_socket()) as url,
        Town.at(url) as town,
    ):
        listens, posts = town.network(wait=1.0), town.network()
        services = [
            build_ingest(settings, [listens]),
            build_review(settings, quick_passwords()),
            build_deliver(settings, [posts]),
        ]
        async with hosting(services, host="127.0.0.1", first_port=0):
            author, post = await town.person(), await town.post()
            native_id = await town.comment(post, "Wann beginnt es?", by=author)
            key = long_key("sandbox", native_id)
            await fact(lambda: stored(pool, key))
            routed = CommentRouted(
                happened_at=datetime.now(UTC), network="sandbox",
                thread_key=short_key("sandbox", post), comment_key=key, revision=1,
                cause="arrival", lane="answer", kind="question", muted=False, rules=[],
                language="de",
            )  # fmt: skip
            async with transaction(pool) as connection:
                await save_routing(connection, routed, [], "test")
            await services[1].bus.publish(routed)
            await stands(pool, key, lambda item: item.status == "open")
            await town.call("PUT", "/api/blocks/lindenhof", author)
            await stands(pool, key, lambda item: item.note == "blocked")
            await town.call("DELETE", "/api/blocks/lindenhof", author)
            await stands(pool, key, lambda item: item.note is None)
            await town.fault("status", status=429, retry_after=600)
            await actions.approve(
                pool, "somebody", key, text="Um 15 Uhr.", revision=1, draft_id=None
            )
            await stands(pool, key, lambda item: (item.note or "").startswith("waiting:"))


async def stored(pool: Pool, key: str) -> bool | None:
    return bool(await rows(pool, "select from comments where comment_key = %s", key)) or None


async def stands(pool: Pool, key: str, wanted: Callable[[Item], bool]) -> None:
    async def look() -> bool | None:
        if not await rows(pool, "select from items where comment_key = %s", key):
            return None
        return wanted(await read_item(pool, key)) or None

    await fact(look)


async def fact(look: Callable[[], Awaitable[bool | None]]) -> None:
    async with asyncio.timeout(30):
        await until(look)
