"""Which connections are listened to, by whom, and what happens when that changes midway."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from services.ingest.intake import Intake
from services.ingest.listening import listen_to_all
from services.kit.db import Pool, open_pool, transaction
from services.kit.servers.readiness import until
from services.kit.vault import Vault
from services.kit.web import listening_socket
from services.networks.connected import Connected
from services.networks.doctor import from_json
from services.networks.network import Batch
from services.networks.sandbox.connector import SandboxNetwork
from services.networks.sandbox.server import create_app, serving
from services.store.connection_states import Order, give_order, read_states
from services.store.connections import ConnectionBook, change_connection
from tests.conftest import fresh_database
from tests.ingest.events import count, event, new_intake
from tests.networks.sandbox_town import Town, town_settings
from tests.store.connecting import account, new_vault, sealed, store

NAME = "sandbox:lindenhof"


class Slow(SandboxNetwork):
    """Tells one event in each batch, when it is told to; a batch is asked for again until kept."""

    def __init__(self, connection: str = NAME) -> None:
        super().__init__("http://nowhere.invalid", "token", "page")
        self.connection = connection
        self.go_on = asyncio.Semaphore(0)
        self.listeners = 0
        self.asked: list[str | None] = []

    async def listen(self, cursor: str | None) -> AsyncGenerator[Batch]:
        self.listeners += 1
        self.asked.append(cursor)
        reached = int(cursor or 0)
        try:
            while True:
                await self.go_on.acquire()
                reached += 1
                yield Batch([event(native_id=f"c{reached}", source=self.connection)], str(reached))
        finally:
            self.listeners -= 1


async def fact(look: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something is so."""

    async def found() -> bool | None:
        return await look() or None

    await asyncio.wait_for(until(found), 60)


@asynccontextmanager
async def instance(
    url: str, connected: Connected, *, follow: bool = False
) -> AsyncIterator[Intake]:
    """Run one instance of the service's listening, with its own pool."""
    async with open_pool(url) as pool:
        intake = new_intake(pool)
        tasks = [asyncio.create_task(listen_to_all(connected, intake, url, every=0.01))]
        if follow:
            tasks.append(asyncio.create_task(connected.follow(every=0.01)))
        try:
            yield intake
            assert not any(task.done() for task in tasks)
        finally:
            while pending := [task for task in tasks if not task.done()]:
                for task in pending:
                    task.cancel()
                await asyncio.wait(pending, timeout=1)


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    app = create_app(town_settings(tmp_path))
    async with serving(app, listening_socket()) as url, Town.at(url) as founded:
        yield founded


@pytest.fixture
async def database_url(template: str) -> AsyncIterator[str]:
    """A database of one's own: connections are kept for ever."""
    async with fresh_database(template) as url:
        yield url


@pytest.fixture
def vault() -> Vault:
    return new_vault()


async def order(pool: Pool, action: Order) -> None:
    async with transaction(pool) as connection:
        assert await give_order(connection, NAME, action, by="command", now=datetime.now(UTC))


async def test_of_two_instances_one_listens_and_the_other_takes_over(
    pool: Pool, database_url: str
) -> None:
    """INVARIANT: `--scale ingest=2` does not poll an account twice, and one outlives the other."""
    first, second = Slow(), Slow()

    async def first_listens() -> bool:
        return first.listeners == 1

    async def both_are_up() -> bool:
        return await _claimants(pool) == 2

    async def two_are_stored() -> bool:
        return await count(pool, "comments") == 2

    async def second_listens() -> bool:
        return second.listeners == 1

    async with AsyncExitStack() as stack:
        ending = await stack.enter_async_context(AsyncExitStack())
        await ending.enter_async_context(instance(database_url, Connected(None, [first])))
        await fact(first_listens)
        await stack.enter_async_context(instance(database_url, Connected(None, [second])))
        await fact(both_are_up)
        first.go_on.release()
        first.go_on.release()
        await fact(two_are_stored)
        assert second.asked == []
        await ending.aclose()
        assert first.listeners == 0
        await fact(second_listens)
        assert second.asked == ["2"]


async def _claimants(pool: Pool) -> int:
    async with pool.connection() as connection:
        row = await (
            await connection.execute(
                "select count(*) from pg_stat_activity where datname = current_database()"
                " and application_name = 'dialogwerk-claims'"
            )
        ).fetchone()
    return int(row[0]) if row else 0


async def test_lost_claims_stop_the_listening_until_they_are_back(
    pool: Pool, database_url: str
) -> None:
    network = Slow()
    async with instance(database_url, Connected(None, [network])):

        async def listens() -> bool:
            return network.listeners == 1

        await fact(listens)
        async with pool.connection() as connection:
            await connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where application_name = 'dialogwerk-claims' and datname = current_database()"
            )

        async def anew() -> bool:
            return len(network.asked) == 2 and network.listeners == 1

        await fact(anew)


async def test_a_pause_while_a_batch_is_stored_loses_and_doubles_nothing(
    pool: Pool, database_url: str, vault: Vault, town: Town
) -> None:
    """INVARIANT: events and cursor are stored together, whatever people switch meanwhile."""
    await store(pool, vault, account(town.url))
    connected = Connected(ConnectionBook(pool, vault))
    post = await town.post()
    async with instance(database_url, connected, follow=True):
        for round_ in range(3):
            for number in range(8):
                await town.comment(post, f"Frage {round_}-{number}?")
                await order(pool, "pause" if number % 2 else "resume")
            await order(pool, "resume")

        async def all_are_in() -> bool:
            return await count(pool, "comments") == 24

        await fact(all_are_in)
        assert await count(pool, "outbox") == 24
        await order(pool, "pause")

        async def left() -> bool:
            return not connected.networks

        await fact(left)
        await town.comment(post, "Und jetzt?")
        await connected.reload()
        assert await count(pool, "comments") == 24
    await connected.close()


async def test_a_secret_is_changed_while_it_runs(
    pool: Pool, database_url: str, vault: Vault, town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    """INVARIANT: a new token takes effect without a restart, and no log names either."""
    caplog.set_level("DEBUG")
    await store(pool, vault, account(town.url, token="a-token-that-was-revoked"))
    connected = Connected(ConnectionBook(pool, vault))
    await town.comment(await town.post(), "Wann beginnt das Fest?")
    async with instance(database_url, connected, follow=True):
        await fact(_finds(pool, "token"))
        async with transaction(pool) as connection:
            await change_connection(
                connection, NAME, now=datetime.now(UTC), **sealed(vault, account(town.url))
            )

        async def it_is_in() -> bool:
            return await count(pool, "comments") == 1

        await fact(it_is_in)
        await fact(_finds(pool, None))
    await connected.close()
    for secret in ("a-token-that-was-revoked", "lindenhof-token"):
        assert secret not in caplog.text


async def test_a_check_is_made_at_once_when_somebody_asks(
    pool: Pool, database_url: str, vault: Vault, town: Town
) -> None:
    await store(pool, vault, account(town.url))
    connected = Connected(ConnectionBook(pool, vault))
    async with instance(database_url, connected, follow=True):
        await fact(_finds(pool, None))
        before = await _checked_at(pool)
        assert before is not None
        await order(pool, "check")

        async def again() -> bool:
            after = await _checked_at(pool)
            return after is not None and after > before

        await fact(again)
    await connected.close()


async def test_the_desk_is_told_of_a_connection_whose_key_is_lost(
    pool: Pool, database_url: str, vault: Vault, town: Town
) -> None:
    await store(pool, vault, account(town.url))
    connected = Connected(ConnectionBook(pool, new_vault()))
    async with instance(database_url, connected, follow=True):
        await fact(_finds(pool, "token"))
    async with pool.connection() as connection:
        (state,) = await read_states(connection)
    found = from_json(state.diagnosis)
    assert found is not None
    assert "put that key back" in found.faults[0].detail
    await connected.close()


def _finds(pool: Pool, code: str | None) -> Callable[[], Awaitable[bool]]:
    """Look whether the newest check found this fault, or none."""

    async def look() -> bool:
        async with pool.connection() as connection:
            (state,) = await read_states(connection)
        found = from_json(state.diagnosis)
        return found is not None and [fault.code for fault in found.faults] == (
            [code] if code else []
        )

    return look


async def _checked_at(pool: Pool) -> datetime | None:
    async with pool.connection() as connection:
        return (await read_states(connection))[0].checked_at


async def test_without_a_database_nothing_is_listened_to_and_nothing_ends() -> None:
    network = Slow()
    lost = "postgresql://127.0.0.1:1/none"
    task = asyncio.create_task(
        listen_to_all(Connected(None, [network]), new_intake(open_pool(lost)), lost, every=0.01)
    )
    done, _ = await asyncio.wait([task], timeout=0.2)
    assert not done
    assert network.asked == []
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(psycopg.OperationalError):
        await psycopg.AsyncConnection.connect(lost)
