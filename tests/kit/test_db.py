"""Migrations: once each, in order, never changed; the program and its database fit together."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from services.kit.db import (
    DatabaseNotReady,
    Migration,
    Pool,
    autocommit,
    migrate,
    open_pool,
    read_migrations,
    require_migrated,
    transaction,
)
from services.store.migrations import MIGRATIONS
from tests.conftest import database

ONE = Migration(1, "one", "create table one (id integer primary key)")
TWO = Migration(2, "two", "insert into one values (1)")


@pytest.fixture
async def empty_url(template: str) -> AsyncIterator[str]:
    """A database without any table of ours."""
    async with await psycopg.AsyncConnection.connect(template, autocommit=True) as connection:
        name = sql.Identifier("test_empty")
        await connection.execute(sql.SQL("create database {}").format(name))
        yield database(template, "test_empty")
        await connection.execute(sql.SQL("drop database {} with (force)").format(name))


async def ask(url: str, query: str) -> list[tuple[object, ...]]:
    async with await psycopg.AsyncConnection.connect(url) as connection:
        return await (await connection.execute(query.encode())).fetchall()


async def test_each_migration_is_applied_once(empty_url: str) -> None:
    """INVARIANT: provisioning again changes nothing."""
    assert await migrate(empty_url, [ONE]) == ["0001_one"]
    assert await migrate(empty_url, [ONE, TWO]) == ["0002_two"]
    assert await migrate(empty_url, [ONE, TWO]) == []
    assert await ask(empty_url, "select count(*) from one") == [(1,)]


async def test_our_own_migrations_apply_to_an_empty_database(empty_url: str) -> None:
    applied = await migrate(empty_url, MIGRATIONS)
    assert applied == [f"{one.number:04d}_{one.name}" for one in MIGRATIONS]
    assert await migrate(empty_url, MIGRATIONS) == []
    async with open_pool(empty_url) as pool:
        await require_migrated(pool, MIGRATIONS)


async def test_two_provisions_at_once_apply_each_migration_once(empty_url: str) -> None:
    """INVARIANT: several instances that start together do not trip over each other."""
    applied = await asyncio.gather(*(migrate(empty_url, [ONE, TWO]) for _ in range(4)))
    assert sorted(applied) == [[], [], [], ["0001_one", "0002_two"]]
    assert await ask(empty_url, "select count(*) from one") == [(1,)]


async def test_a_changed_migration_is_refused(empty_url: str) -> None:
    """INVARIANT: what was applied is what the file says."""
    await migrate(empty_url, [ONE])
    changed = Migration(1, "one", ONE.sql + " -- better")
    with pytest.raises(DatabaseNotReady, match="0001_one was changed after it was applied"):
        await migrate(empty_url, [changed, TWO])
    assert await ask(empty_url, "select number from migrations") == [(1,)]


async def test_a_newer_database_is_refused(empty_url: str) -> None:
    """INVARIANT: provisioning with an older release never touches a newer one's tables."""
    await migrate(empty_url, [ONE, TWO])
    with pytest.raises(DatabaseNotReady, match="newer than this program"):
        await migrate(empty_url, [ONE])


async def test_a_failed_migration_leaves_nothing_and_can_be_mended(empty_url: str) -> None:
    """INVARIANT: a migration is applied whole or not at all."""
    broken = Migration(2, "two", "create table two (id integer); select 1 / 0")
    with pytest.raises(psycopg.errors.DivisionByZero):
        await migrate(empty_url, [ONE, broken])
    assert await ask(empty_url, "select to_regclass('two')") == [(None,)]
    assert await migrate(empty_url, [ONE, TWO]) == ["0002_two"]


async def test_a_service_does_not_start_on_a_database_that_lacks_a_migration(
    empty_url: str,
) -> None:
    async with open_pool(empty_url) as pool:
        with pytest.raises(DatabaseNotReady, match=r"lacks migration 0001_one.*provision"):
            await require_migrated(pool, [ONE])
        await migrate(empty_url, [ONE])
        await require_migrated(pool, [ONE])
        with pytest.raises(DatabaseNotReady, match="lacks migration 0002_two"):
            await require_migrated(pool, [ONE, TWO])


def test_migrations_are_read_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for name in ("0002_b.sql", "0001_a.sql", "0003_c.sql"):
        (tmp_path / name).write_text(f"-- {name}")
    (tmp_path / "README.md").write_text("not a migration")
    assert [one.name for one in read_migrations(tmp_path)] == ["a", "b", "c"]


@pytest.mark.parametrize(
    "names", [["0001_a.sql", "0003_c.sql"], ["0002_b.sql"], ["0001_a.sql", "0001_b.sql"]]
)
def test_a_missing_or_doubled_number_is_refused(tmp_path: Path, names: list[str]) -> None:
    """INVARIANT: a migration that was forgotten in a merge is noticed before anything runs."""
    for name in names:
        (tmp_path / name).write_text("select 1")
    with pytest.raises(DatabaseNotReady, match="not numbered"):
        read_migrations(tmp_path)


async def test_a_transaction_commits_whole_or_not_at_all(pool: Pool) -> None:
    async def half_done() -> None:
        async with transaction(pool) as connection:
            await connection.execute("insert into cursors values ('a', '1', now())")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await half_done()
    async with transaction(pool) as connection:
        await connection.execute("insert into cursors values ('b', '2', now())")
    async with pool.connection() as connection:
        rows = await (await connection.execute("select connection from cursors")).fetchall()
    assert rows == [("b",)]


async def test_a_pool_outlives_connections_that_the_server_closed(
    pool: Pool, database_url: str
) -> None:
    """INVARIANT: after a restart of the database nothing has to be restarted by hand."""
    async with pool.connection() as connection:
        await connection.execute("select 1")
    async with await psycopg.AsyncConnection.connect(
        database_url, autocommit=True
    ) as administrator:
        await administrator.execute(
            "select pg_terminate_backend(pid, 30000) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
    async with pool.connection() as connection:
        assert await (await connection.execute("select 1")).fetchone() == (1,)


async def test_statements_that_stand_alone_are_done_at_once(pool: Pool) -> None:
    async with autocommit(pool) as connection:
        await connection.execute("insert into cursors values ('a', '1', now())")
        async with pool.connection() as other:
            assert await (await other.execute("select 1 from cursors")).fetchone() == (1,)
    with pytest.raises(psycopg.errors.UndefinedTable):
        async with autocommit(pool) as connection:
            await connection.execute("select from nowhere")
    async with pool.connection() as connection:
        assert not connection.autocommit
