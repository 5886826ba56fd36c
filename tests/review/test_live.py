import asyncio

import httpx
import psycopg
import pytest

from services.kit.db import Pool, transaction
from services.kit.service import background
from services.kit.web import listening_socket, serving
from services.review.live import EVERYTHING, Live, Subscription, changed_thread
from services.store.items import tell_desks
from tests.review.room import Room

PATIENCE = 20.0
HERE = "a" * 16


async def tell(pool: Pool, thread_key: str | None) -> None:
    async with transaction(pool) as connection:
        await tell_desks(connection, thread_key)


async def heard(subscription: Subscription) -> list[str] | None:
    return await subscription.next(asyncio.Event(), patience=PATIENCE)


async def test_a_browser_hears_of_its_thread_and_that_anything_changed(
    pool: Pool, database_url: str
) -> None:
    live = Live(database_url)
    async with background(live.run()):
        await live.listening.wait()
        with live.subscribed(HERE) as here, live.subscribed(None) as queue:
            await tell(pool, "b" * 16)
            assert await heard(here) == ["desk"]
            await tell(pool, HERE)
            await tell(pool, None)
            assert await heard(here) == ["desk", "thread"]
            assert await heard(queue) == ["desk"]


async def test_after_a_lost_connection_every_browser_looks_again(
    pool: Pool, database_url: str
) -> None:
    """INVARIANT: a change during a broken connection is not missed, only late."""
    live = Live(database_url)
    async with background(live.run()):
        await live.listening.wait()
        with live.subscribed(HERE) as here:
            async with await psycopg.AsyncConnection.connect(
                database_url, autocommit=True
            ) as other:
                await other.execute(
                    "select pg_terminate_backend(pid, 30000) from pg_stat_activity"
                    " where query like 'listen desk%%' and datname = current_database()"
                )
            assert await heard(here) == ["desk", "thread"]
            await live.listening.wait()
            await tell(pool, HERE)
            assert await heard(here) == ["desk", "thread"]


async def test_waiting_ends_when_the_service_stops_or_patience_runs_out() -> None:
    stopping = asyncio.Event()
    waiting = asyncio.create_task(Subscription(None).next(stopping, patience=PATIENCE))
    stopping.set()
    assert await waiting is None
    assert await Subscription(None).next(asyncio.Event(), patience=0.01) is None


@pytest.mark.parametrize(
    ("payload", "thread"),
    [
        ('{"thread": "abc"}', "abc"),
        ('{"thread": null}', None),
        ("", EVERYTHING),
        ("no json", EVERYTHING),
        ("[]", EVERYTHING),
        ("{}", EVERYTHING),
    ],
)
def test_an_unreadable_notification_means_anything(payload: str, thread: str | None) -> None:
    assert changed_thread(payload) == thread


async def test_many_changes_in_a_moment_are_one_event() -> None:
    subscription = Subscription(HERE)
    for _ in range(1000):
        subscription.note(HERE)
    subscription.note(EVERYTHING)
    assert await heard(subscription) == ["desk", "thread"]
    assert await subscription.next(asyncio.Event(), patience=0.01) is None


async def test_the_stream_of_events_ends_with_the_service(room: Room) -> None:
    """INVARIANT: an open browser does not keep the service from stopping."""
    jule = await room.colleague()
    stop = room.desk.stopping.set
    async with serving(room.app, listening_socket(), before_stop=stop) as address:
        cookies = dict(jule.http.cookies)
        async with (
            httpx.AsyncClient(base_url=address, cookies=cookies, timeout=PATIENCE) as browser,
            browser.stream("GET", f"/events?thread={HERE}") as stream,
        ):
            lines = stream.aiter_lines()
            assert await anext(lines) == ": open"
            stop()
            assert [line async for line in lines if line] == ["retry: 2000"]
    assert not room.desk.live._subscriptions


@pytest.mark.parametrize("thread", ["x", "a" * 17, "%00"])
async def test_a_made_up_thread_is_refused(room: Room, thread: str) -> None:
    jule = await room.colleague()
    assert (await jule.get(f"/events?thread={thread}")).status_code == 400
