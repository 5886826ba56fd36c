"""Connections at rest: sealed, changed, rotated, paused, removed."""

import asyncio
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from pydantic import SecretStr

from services.kit.db import Pool, transaction
from services.kit.vault import Vault, WrongKey
from services.networks.account_settings import load_settings
from services.networks.sandbox.account import SandboxAccount
from services.store.connection_states import (
    Order,
    give_order,
    is_check_due,
    read_states,
    save_diagnosis,
)
from services.store.connections import (
    ConnectionBook,
    StoredConnection,
    add_connection,
    change_connection,
    remove_connection,
    reseal,
)
from tests.ingest.events import event, everything, new_intake
from tests.store.connecting import account, new_key, new_vault, sealed, store

TOKEN = "a-token-nobody-may-read"
SESSION = '{"access": "a-session-nobody-may-read"}'
NAME = "sandbox:lindenhof"


async def the_one(pool: Pool, vault: Vault) -> StoredConnection:
    (one,) = await ConnectionBook(pool, vault).read()
    return one


async def ordered(pool: Pool, action: Order, at: datetime | None = None) -> bool:
    async with transaction(pool) as connection:
        now = at or datetime.now(UTC)
        return await give_order(connection, NAME, action, by="command", now=now)


async def hand_out(_: str | None) -> str:
    return SESSION


async def test_what_was_stored_comes_back_whole(pool: Pool) -> None:
    vault, chosen = new_vault(), account(token=TOKEN)
    await store(pool, vault, chosen)
    one = await the_one(pool, vault)
    assert (one.connection, one.network, one.revision, one.paused) == (NAME, "sandbox", 1, False)
    assert load_settings(SandboxAccount, one.settings, one.secrets) == chosen


async def test_no_secret_stands_readable_in_the_database(pool: Pool) -> None:
    """INVARIANT: a copy of the database opens no account."""
    vault = new_vault()
    await store(pool, vault, account(token=TOKEN))
    await ConnectionBook(pool, vault).keeper(NAME, 1).renew(None, hand_out)
    rows = await everything(pool)
    assert NAME in rows
    for secret in (TOKEN, "a-session-nobody-may-read"):
        assert secret not in rows
        assert secret.encode().hex() not in rows
    assert TOKEN not in repr(await the_one(pool, vault))


async def test_with_a_foreign_key_the_others_are_read_all_the_same(pool: Pool) -> None:
    first, second = new_key(), new_key()
    await store(pool, Vault([first]))
    await store(pool, Vault([second]), name="sandbox:radhaus")
    one, other = await ConnectionBook(pool, Vault([second])).read()
    assert one.trouble is not None
    assert "put that key back" in one.trouble
    assert one.secrets == SecretStr("")
    assert other.trouble is None


async def test_keys_are_rotated_while_sessions_are_renewed(pool: Pool) -> None:
    """INVARIANT: after `rotate-keys` nothing needs the old key, and nothing was lost."""
    old, new = new_key(), new_key()
    before, both = Vault([old]), Vault([new, old])
    await store(pool, before, account(token=TOKEN))
    keeper = ConnectionBook(pool, before).keeper(NAME, 1)
    current = await keeper.renew(None, hand_out)

    async def renew_often() -> str:
        session = current
        for number in range(10):

            async def make(_: str | None, number: int = number) -> str:
                return f"session {number}"

            session = await ConnectionBook(pool, both).keeper(NAME, 1).renew(session, make)
        return session

    _, count = await asyncio.gather(renew_often(), reseal(pool, both))
    assert count in (1, 2)
    assert await reseal(pool, both) == 0
    after = Vault([new])
    assert TOKEN in (await the_one(pool, after)).secrets.get_secret_value()
    assert await ConnectionBook(pool, after).keeper(NAME, 1).session() == "session 9"


async def test_rotating_without_the_old_key_is_refused_and_changes_nothing(pool: Pool) -> None:
    old = new_key()
    await store(pool, Vault([old]), account(token=TOKEN))
    with pytest.raises(WrongKey):
        await reseal(pool, new_vault())
    assert TOKEN in (await the_one(pool, Vault([old]))).secrets.get_secret_value()


async def test_changing_secrets_forgets_the_sign_in_made_with_the_old_ones(pool: Pool) -> None:
    vault = new_vault()
    await store(pool, vault)
    await ConnectionBook(pool, vault).keeper(NAME, 1).renew(None, hand_out)
    async with transaction(pool) as connection:
        assert await change_connection(
            connection, NAME, now=datetime.now(UTC), **sealed(vault, account(token="fresh"))
        )
    one = await the_one(pool, vault)
    assert one.revision == 2
    assert "fresh" in one.secrets.get_secret_value()
    assert await ConnectionBook(pool, vault).keeper(NAME, 2).session() is None
    assert "connection_sessions" not in await everything(pool)


async def test_a_removed_connection_leaves_no_secret_and_may_come_back(pool: Pool) -> None:
    vault, now = new_vault(), datetime.now(UTC)
    await store(pool, vault, account(token=TOKEN))
    await ConnectionBook(pool, vault).keeper(NAME, 1).renew(None, hand_out)
    assert await ordered(pool, "pause")
    async with transaction(pool) as connection:
        assert await remove_connection(connection, NAME, now)
        assert not await remove_connection(connection, NAME, now)
    assert await ConnectionBook(pool, vault).read() == []
    async with pool.connection() as connection:
        left = await connection.execute(
            "select secrets, (select count(*) from connection_sessions) from connections"
        )
        assert await left.fetchall() == [(None, 0)]
    assert not await ordered(pool, "resume")
    await store(pool, vault, account(token=TOKEN))
    again = await the_one(pool, vault)
    assert (again.revision, again.paused) == (3, False)


async def test_a_name_is_given_once(pool: Pool) -> None:
    vault = new_vault()
    await store(pool, vault, account(token=TOKEN))
    async with transaction(pool) as connection:
        assert not await add_connection(
            connection, NAME, network="sandbox", now=datetime.now(UTC), **sealed(vault, account())
        )
    assert TOKEN in (await the_one(pool, vault)).secrets.get_secret_value()


async def test_the_last_pause_or_resume_counts_and_none_is_ever_rewritten(pool: Pool) -> None:
    """INVARIANT: what people ordered stays as they ordered it."""
    vault = new_vault()
    await store(pool, vault)
    for action, paused in (("pause", True), ("check", True), ("resume", False), ("check", False)):
        assert await ordered(pool, action)  # type: ignore[arg-type]  # the four are orders
        assert (await the_one(pool, vault)).paused is paused
    async with pool.connection() as connection:
        for change in (
            "update connection_orders set action = 'pause'",
            "delete from connection_orders",
        ):
            with pytest.raises(psycopg.errors.RaiseException):
                async with connection.transaction():
                    await connection.execute(change.encode())


async def test_a_check_is_due_at_first_after_a_while_on_order_and_after_a_change(
    pool: Pool,
) -> None:
    vault, now = new_vault(), datetime.now(UTC) + timedelta(minutes=1)
    await store(pool, vault)

    async def due(before: datetime) -> bool:
        async with pool.connection() as connection:
            return await is_check_due(connection, NAME, before)

    async def checked(at: datetime) -> None:
        async with transaction(pool) as connection:
            await save_diagnosis(connection, NAME, {"faults": []}, at)

    long_ago = now - timedelta(minutes=15)
    assert await due(long_ago)
    await checked(now)
    assert not await due(long_ago)
    assert await due(now + timedelta(seconds=1))
    assert await ordered(pool, "check", now + timedelta(seconds=1))
    assert await due(long_ago)
    await checked(now + timedelta(seconds=2))
    assert not await due(long_ago)
    async with transaction(pool) as connection:
        await change_connection(
            connection, NAME, now=now + timedelta(seconds=3), **sealed(vault, account())
        )
    assert await due(long_ago)


async def test_a_state_tells_the_last_event_and_the_newest_finding(pool: Pool) -> None:
    vault, now = new_vault(), datetime.now(UTC)
    await store(pool, vault)
    async with transaction(pool) as connection:
        assert (await read_states(connection))[0].last_event_at is None
        await save_diagnosis(connection, NAME, {"newer": True}, now)
        await save_diagnosis(connection, NAME, {"newer": False}, now - timedelta(seconds=1))
    await new_intake(pool).take([event(source=NAME), event(native_id="c2", source="sandbox:other")])
    async with pool.connection() as connection:
        (state,) = await read_states(connection)
    assert state.diagnosis == {"newer": True}
    assert state.checked_at == now
    assert state.last_event_at is not None
    assert state.last_event_at >= now
    assert not state.check_ordered
