"""Migrating while services work: nobody waits long behind it, and it says whom it waits for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
import pytest

from services.kit.db import DatabaseNotReady, Migration, Patience, migrate

ONE = Migration(1, "one", "create table one (id integer primary key, word text)")
WIDER = Migration(2, "wider", "alter table one add column more text")
BUILDING = "create index concurrently if not exists one_by_word on one (word)"
INDEX = Migration(2, "by_word", f"-- where words are found; quickly\n{BUILDING};")
HASTY = Patience(lock=0.05, pause=0.05, tries=400)


@asynccontextmanager
async def session(url: str, name: str = "") -> AsyncIterator[psycopg.AsyncConnection]:
    async with await psycopg.AsyncConnection.connect(
        url, autocommit=True, application_name=name
    ) as connection:
        yield connection


@pytest.fixture
async def empty_url(database_url: str) -> str:
    """A database in which none of our tables stands any more."""
    async with session(database_url) as connection:
        await connection.execute("drop schema public cascade")
        await connection.execute("create schema public")
    return database_url


async def read_once(url: str) -> None:
    async with session(url) as connection:
        await connection.execute("set statement_timeout = '10s'")
        await connection.execute("select * from one")


async def test_nobody_waits_behind_a_migration_that_waits(empty_url: str) -> None:
    """INVARIANT: a migration that gets no lock lets others through between its tries."""
    await migrate(empty_url, [ONE])
    async with session(empty_url) as writer:
        async with writer.transaction():
            await writer.execute("insert into one values (1)")
            migrating = asyncio.create_task(migrate(empty_url, [ONE, WIDER], patience=HASTY))
            for _ in range(5):
                await read_once(empty_url)
            assert not migrating.done()
        assert await asyncio.wait_for(migrating, 60) == ["0002_wider"]


async def test_a_migration_that_gives_up_names_who_works(empty_url: str) -> None:
    await migrate(empty_url, [ONE])
    async with session(empty_url, "dialogwerk-review") as writer, writer.transaction():
        await writer.execute("insert into one values (1)")
        brief = Patience(lock=0.05, pause=0.0, tries=2)
        with pytest.raises(DatabaseNotReady, match=r"0002_wider got no lock.*dialogwerk-review's"):
            await migrate(empty_url, [ONE, WIDER], patience=brief)
    assert await migrate(empty_url, [ONE, WIDER]) == ["0002_wider"]


async def test_an_index_is_built_while_others_write(empty_url: str) -> None:
    """INVARIANT: a large table takes rows while an index on it is built.

    Several provisions at once do not stand in each other's way: one builds, the others wait.
    """
    await migrate(empty_url, [ONE])
    async with session(empty_url) as writer, session(empty_url) as other:
        async with writer.transaction():
            await writer.execute("insert into one values (1, 'a')")
            building = [asyncio.create_task(migrate(empty_url, [ONE, INDEX])) for _ in range(3)]
            while not await found(other, "select from pg_index where not indisvalid"):
                await other.execute("insert into one values (2, 'b') on conflict do nothing")
        done = await asyncio.wait_for(asyncio.gather(*building), 60)
        assert sorted(done) == [[], [], ["0002_by_word"]]
        assert not await found(other, "select from pg_index where not indisvalid")


async def test_an_index_that_broke_is_built_anew(empty_url: str) -> None:
    """INVARIANT: a failed build, which leaves a broken index behind, never counts as done."""
    unique = Migration(2, INDEX.name, INDEX.sql.replace("create index", "create unique index"))
    await migrate(empty_url, [ONE])
    async with session(empty_url) as connection:
        await connection.execute("insert into one values (1, 'a'), (2, 'a')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            await migrate(empty_url, [ONE, unique])
        assert await found(connection, "select from pg_index where not indisvalid")
        await connection.execute("delete from one where id = 2")
        assert await migrate(empty_url, [ONE, unique]) == ["0002_by_word"]
        assert not await found(connection, "select from pg_index where not indisvalid")


async def test_an_index_beside_other_statements_is_refused(empty_url: str) -> None:
    """INVARIANT: no statement of a migration is passed over."""
    mixed = Migration(2, "mixed", f"{WIDER.sql}; {BUILDING}")
    with pytest.raises(DatabaseNotReady, match=r"0002_mixed.*a file of its own"):
        await migrate(empty_url, [ONE, mixed])
    assert await migrate(empty_url, [ONE]) == []


async def found(connection: psycopg.AsyncConnection, query: str) -> bool:
    return await (await connection.execute(query.encode())).fetchone() is not None
