"""A keeper, in memory or in Postgres, hands a session from process to process."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date

import psycopg
import pytest

from services.kit.db import Pool, open_pool
from services.kit.faults import TryLater
from services.kit.vault import Vault
from services.networks.keeper import InMemoryKeeper, Keeper
from services.store.connections import ConnectionBook
from services.store.keeper import StoredKeeper
from tests.store.connecting import new_vault, store

TODAY = date(2026, 11, 22)


@pytest.fixture
def vault() -> Vault:
    return new_vault()


@pytest.fixture
async def name(pool: Pool, vault: Vault) -> str:
    return await store(pool, vault)


@pytest.fixture
async def stored(pool: Pool, vault: Vault, name: str) -> StoredKeeper:
    return ConnectionBook(pool, vault).keeper(name, 1)


@pytest.fixture(params=["in memory", "in Postgres"])
def keeper(request: pytest.FixtureRequest, stored: StoredKeeper) -> Keeper:
    return InMemoryKeeper() if request.param == "in memory" else stored


@pytest.fixture
async def other(database_url: str, vault: Vault, name: str) -> AsyncIterator[StoredKeeper]:
    """The same connection's keeper in another process: it shares nothing but the database."""
    async with open_pool(database_url, size=2) as pool:
        yield ConnectionBook(pool, vault).keeper(name, 1)


def making(session: str) -> Callable[[str | None], Awaitable[str]]:
    async def make(_: str | None) -> str:
        return session

    return make


async def never(_: str | None) -> str:
    raise AssertionError("nobody may sign in here")


async def test_a_session_is_none_then_made_then_kept(keeper: Keeper) -> None:
    assert await keeper.session() is None
    assert await keeper.renew(None, making("first")) == "first"
    assert await keeper.session() == "first"
    assert await keeper.renew(None, never) == "first"


async def test_a_stale_session_is_replaced_and_its_successor_is_handed_on(keeper: Keeper) -> None:
    seen: list[str | None] = []

    async def successor(current: str | None) -> str:
        seen.append(current)
        return "second"

    await keeper.renew(None, making("first"))
    assert await keeper.renew("first", successor) == "second"
    assert await keeper.renew("first", never) == "second"
    assert seen == ["first"]


async def test_a_failed_sign_in_leaves_the_session_as_it_was(keeper: Keeper) -> None:
    async def refused(_: str | None) -> str:
        raise ValueError("no")

    await keeper.renew(None, making("first"))
    with pytest.raises(ValueError, match="no"):
        await keeper.renew("first", refused)
    assert await keeper.session() == "first"
    assert await keeper.renew("first", making("second")) == "second"


async def test_many_at_once_sign_in_once(keeper: Keeper) -> None:
    """INVARIANT: a refresh token is used once, however many want a new session."""
    made: list[str | None] = []

    async def make(current: str | None) -> str:
        made.append(current)
        for _ in range(10):
            await asyncio.sleep(0)
        return f"session {len(made)}"

    await keeper.renew(None, make)
    renewed = await asyncio.gather(*(keeper.renew("session 1", make) for _ in range(30)))
    assert set(renewed) == {"session 2"}
    assert made == [None, "session 1"]


async def test_spending_adds_up_by_day(keeper: Keeper) -> None:
    sums = await asyncio.gather(*(keeper.spend(TODAY, 50) for _ in range(5)))
    assert sorted(sums) == [50, 100, 150, 200, 250]
    assert await keeper.spend(date(2026, 11, 23), 1) == 1
    assert await keeper.spend(TODAY, 0) == 250


async def test_of_two_processes_one_signs_in_and_the_other_gets_its_session(
    stored: StoredKeeper, other: StoredKeeper
) -> None:
    """INVARIANT: tokens are refreshed by one owner at a time."""
    entered, go_on = asyncio.Event(), asyncio.Event()

    async def slow(_: str | None) -> str:
        entered.set()
        await go_on.wait()
        return "from the first"

    first = asyncio.create_task(stored.renew(None, slow))
    await asyncio.wait_for(entered.wait(), 20)
    second = asyncio.create_task(other.renew(None, never))
    assert await other.session() is None
    go_on.set()
    assert set(await asyncio.wait_for(asyncio.gather(first, second), 20)) == {"from the first"}
    assert await other.session() == "from the first"


async def test_a_process_that_dies_while_signing_in_frees_the_others(
    stored: StoredKeeper, other: StoredKeeper
) -> None:
    entered = asyncio.Event()

    async def for_ever(_: str | None) -> str:
        entered.set()
        await asyncio.Event().wait()
        return ""

    dying = asyncio.create_task(stored.renew(None, for_ever))
    await asyncio.wait_for(entered.wait(), 20)
    second = asyncio.create_task(other.renew(None, making("second")))
    dying.cancel()
    assert await asyncio.wait_for(second, 20) == "second"


async def test_a_sign_in_that_never_ends_is_given_up(
    pool: Pool, vault: Vault, name: str, other: StoredKeeper
) -> None:
    """INVARIANT: a silent platform does not keep our database connections."""

    async def for_ever(_: str | None) -> str:
        await asyncio.Event().wait()
        return ""

    hasty = StoredKeeper(pool, vault, name, 1, patience=0.2)
    with pytest.raises(TryLater, match="signing in takes longer"):
        await hasty.renew(None, for_ever)
    assert await other.renew(None, making("second")) == "second"


async def test_those_who_wait_hold_one_database_connection_together(
    pool: Pool, vault: Vault, name: str, other: StoredKeeper
) -> None:
    entered, go_on = asyncio.Event(), asyncio.Event()

    async def slow(_: str | None) -> str:
        entered.set()
        await go_on.wait()
        return "made"

    holder = asyncio.create_task(other.renew(None, slow))
    await asyncio.wait_for(entered.wait(), 20)
    mine = ConnectionBook(pool, vault).keeper(name, 1)
    waiting = [asyncio.create_task(mine.renew(None, never)) for _ in range(20)]
    for day in range(1, 20):
        assert await mine.spend(date(2026, 1, day), 1) == 1
    assert not any(task.done() for task in waiting)
    go_on.set()
    assert await asyncio.wait_for(asyncio.gather(holder, *waiting), 20) == ["made"] * 21


async def test_a_new_session_survives_the_database_breaking_off(
    pool: Pool, stored: StoredKeeper
) -> None:
    """INVARIANT: what a platform hands out once is not lost because a connection broke."""

    async def break_off(_: str | None) -> str:
        async with pool.connection() as connection:
            await connection.execute(
                "select pg_terminate_backend(pid, 30000) from pg_locks where locktype = 'advisory'"
                " and database = (select oid from pg_database where datname = current_database())"
            )
        return "only once"

    assert await stored.renew(None, break_off) == "only once"
    assert await stored.session() == "only once"


async def test_a_session_belongs_to_the_settings_it_was_made_with(
    pool: Pool, vault: Vault, name: str
) -> None:
    """INVARIANT: a process with older settings never hands its account to one with newer ones."""
    book = ConnectionBook(pool, vault)
    await book.keeper(name, 1).renew(None, making("old account"))
    assert await book.keeper(name, 2).session() is None


async def test_a_session_sealed_with_a_lost_key_means_signing_in_anew(
    pool: Pool, stored: StoredKeeper, name: str
) -> None:
    await stored.renew(None, making("first"))
    keyless = ConnectionBook(pool, new_vault()).keeper(name, 1)
    assert await keyless.session() is None
    assert await keyless.renew(None, making("second")) == "second"


async def test_a_database_that_is_away_is_told_as_such(vault: Vault) -> None:
    pool = open_pool("postgresql://127.0.0.1:1/none")
    keeper = StoredKeeper(pool, vault, "sandbox:page", 1)
    with pytest.raises(psycopg.OperationalError):
        await keeper.renew(None, never)
