"""The whole service: bus, database, relay and pages together."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import psycopg
import pytest
from pydantic import SecretStr

from services.kit.bus import Bus
from services.kit.db import Pool
from services.kit.service import Service, hosting
from services.kit.settings import Settings
from services.kit.telemetry import Telemetry
from services.review import actions, settling
from services.review.main import build
from services.store.items import CHANNEL
from tests.review.reading import read_item, rows
from tests.review.room import quick_passwords
from tests.world import World

PATIENCE = 30.0
Until = Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]


@pytest.fixture
async def service(database_url: str, nats_url: str) -> AsyncIterator[tuple[Service, str]]:
    settings = Settings(
        nats_url=nats_url, database_url=database_url, pseudonym_key=SecretStr("for tests only key")
    )
    review = build(settings, quick_passwords())
    async with hosting([review], host="127.0.0.1", first_port=0) as ports:
        yield review, f"http://127.0.0.1:{ports['review']}"


@pytest.fixture
async def other_service(nats_url: str) -> AsyncIterator[Bus]:
    """A bus to say what other services would say."""
    bus = Bus(nats_url, service="other", telemetry=Telemetry("other"))
    await bus.broker.connect()
    yield bus
    await bus.broker.stop()


@asynccontextmanager
async def told(database_url: str) -> AsyncIterator[Until]:
    """Yield a wait for a fact that looks again whenever the desks are told of a change."""
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as listener:
        await listener.execute(f"listen {CHANNEL}")

        async def until(fact: Callable[[], Awaitable[bool]]) -> None:
            async with asyncio.timeout(PATIENCE):
                while not await fact():
                    async for _ in listener.notifies(timeout=1, stop_after=1):
                        pass

        yield until


async def test_what_others_say_on_the_bus_reaches_the_queue(
    service: Any, other_service: Bus, pool: Pool, database_url: str
) -> None:
    world = World(pool)
    comment = await world.comment()
    drafted_later = await world.comment("Und die Frist?")
    early = await world.draft(drafted_later)
    async with told(database_url) as until:
        await other_service.publish(early)
        await other_service.publish(await world.route(comment))
        await other_service.publish(await world.draft(comment))
        await other_service.publish(await world.route(drafted_later))

        async def both_ready() -> bool:
            ready = "select count(*) from items where draft_state = 'proposed'"
            return await rows(pool, ready) == [(2,)]

        await until(both_ready)


async def test_a_dead_letter_of_any_bytes_is_listed_once_and_comes_back_when_sent_again(
    service: Any, other_service: Bus, pool: Pool, database_url: str
) -> None:
    """INVARIANT: a message that nobody can read is shown to a person, never lost or looped."""
    bodies = [b"\xff{not json", b"", b'{"comment_key": 7}', b"\x00" * 9]
    async with told(database_url) as until:
        for number, body in enumerate(bodies):
            await other_service.publish_raw(
                "dead.comments.received.sandbox.abc", body, stream="dead",
                msg_id=f"route_received:comments:{number}",
                headers={
                    "Dead-Consumer": "route_received", "Dead-Stream": "comments",
                    "Dead-Reason": "ValueError: no", "Dead-Attempts": "5",
                },
            )  # fmt: skip

        async def all_listed() -> bool:
            return await rows(pool, "select count(*) from dead_letters") == [(len(bodies),)]

        await until(all_listed)
    stored = await rows(pool, "select body, attempts from dead_letters order by dead_id")
    assert stored == [(body, 5) for body in bodies]
    stream = await other_service.broker.connection.jetstream().stream_info("dead")
    assert stream.state.messages == len(bodies)
    await rows(
        pool,
        "insert into accounts (account_id, name, password_hash, created_at)"
        " values ('me', 'Jule', 'x', now()) returning 1",
    )
    heard = await other_service.broker.connection.subscribe("comments.received.>")
    await settling.requeue_letter(pool, "me", "route_received:comments:0")
    again = await heard.next_msg(timeout=PATIENCE)
    assert again.data == bodies[0]
    assert (again.headers or {})["Nats-Msg-Id"].startswith("route_received:comments:0:requeue:")


async def test_an_approval_leaves_for_the_bus(service: Any, other_service: Bus, pool: Pool) -> None:
    comment = await World(pool).item()
    heard = await other_service.broker.connection.subscribe("drafts.approved.>")
    await actions.approve(pool, "me", comment.comment_key, text="Ja.", revision=1, draft_id=None)
    message = await heard.next_msg(timeout=PATIENCE)
    assert comment.comment_key.encode() in message.data
    assert (await read_item(pool, comment.comment_key)).status == "decided"


async def test_the_service_says_whether_it_is_ready(service: tuple[Service, str]) -> None:
    _, address = service
    async with httpx.AsyncClient(base_url=address, timeout=PATIENCE) as client:
        answer = await client.get("/ready")
        assert answer.json() == {"service": "review", "ready": True, "trouble": None}
        assert "dialogwerk_" in (await client.get("/metrics")).text
        assert "review_dead" in (await client.get("/asyncapi", follow_redirects=True)).text
