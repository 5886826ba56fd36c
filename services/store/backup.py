"""Copy the whole database out, as it stands at one moment, and put it into an empty one."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psycopg
from psycopg import sql

from services.kit.db import Connection

LEFT_OUT = ("migrations",)
"""Made anew by the migrations themselves."""
CHUNK = 1 << 20


@dataclass(frozen=True)
class Table:
    """A table and its columns that hold something of their own."""

    name: str
    columns: Sequence[str]


@asynccontextmanager
async def snapshot(url: str) -> AsyncIterator[Connection]:
    """Yield a connection that sees one moment of the database, whatever others write meanwhile."""
    async with (
        await psycopg.AsyncConnection.connect(url) as connection,
        connection.transaction(),
    ):
        await connection.execute("set transaction isolation level repeatable read, read only")
        yield connection


async def read_tables(connection: Connection) -> list[Table]:
    """Return the tables, without columns that the database computes by itself."""
    rows = await connection.execute(
        "select c.relname, array_agg(a.attname::text order by a.attnum) from pg_class c"
        " join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped"
        " and a.attgenerated = '' where c.relnamespace = current_schema()::regnamespace"
        " and c.relkind = 'r' and c.relname <> all(%s) group by c.relname order by c.relname",
        [list(LEFT_OUT)],
    )
    return [Table(name, columns) async for name, columns in rows]


async def read_migrations_done(connection: Connection) -> dict[int, str]:
    """Return the checksum of each migration that made the tables; none without any table."""
    found = await connection.execute("select to_regclass('migrations') is not null")
    row = await found.fetchone()
    if not (row and row[0]):
        return {}
    rows = await connection.execute("select number, checksum from migrations order by number")
    return {number: checksum async for number, checksum in rows}


async def copy_out(connection: Connection, table: Table, file: Path) -> int:
    """Write a table's rows in the database's own text form; return how many there were."""
    with file.open("wb") as out:
        async with connection.cursor() as cursor:
            async with cursor.copy(_copy(table, "to stdout")) as copy:
                async for block in copy:
                    out.write(bytes(block))
            return cursor.rowcount


def _copy(table: Table, way: Literal["to stdout", "from stdin"]) -> sql.Composed:
    columns = sql.SQL(", ").join(map(sql.Identifier, table.columns))
    return sql.SQL("copy {} ({}) {}").format(sql.Identifier(table.name), columns, sql.SQL(way))


async def is_used(connection: Connection) -> bool:
    """True when somebody has an account, or a comment or publication is stored."""
    row = await (await connection.execute("select to_regclass('accounts') is not null")).fetchone()
    if not (row and row[0]):
        return False
    row = await (
        await connection.execute(
            "select exists (select from accounts) or exists (select from comments)"
            " or exists (select from publications)"
        )
    ).fetchone()
    return bool(row and row[0])


async def clear(url: str) -> None:
    """Drop the tables of a database that is not used, so that older ones can be made."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute("drop owned by current_user cascade")


async def fill(url: str, tables: Sequence[Table], files: Mapping[str, Path]) -> None:
    """Put the rows of a backup into a database of the same migrations, all or nothing.

    Rows refer to each other in circles, so what keeps them together is set aside while they come
    in, and proved afterwards.
    """
    async with (
        await psycopg.AsyncConnection.connect(url) as connection,
        connection.transaction(),
    ):
        kept = await _set_aside(connection, tables)
        names = sql.SQL(", ").join(sql.Identifier(table.name) for table in tables)
        await connection.execute(sql.SQL("truncate {} cascade").format(names))
        for table in tables:
            async with (
                connection.cursor() as cursor,
                cursor.copy(_copy(table, "from stdin")) as copy,
            ):
                with files[table.name].open("rb") as content:
                    while block := content.read(CHUNK):
                        await copy.write(block)
        for statement in kept:
            await connection.execute(statement.encode())
        await _go_on_counting(connection)


async def _set_aside(connection: Connection, tables: Sequence[Table]) -> list[str]:
    """Drop references and disable triggers; return the statements that bring both back."""
    rows = await connection.execute(
        "select format('alter table %%s drop constraint %%I', conrelid::regclass, conname),"
        " format('alter table %%s add constraint %%I %%s', conrelid::regclass, conname,"
        " pg_get_constraintdef(oid)) from pg_constraint"
        " where contype = 'f' and connamespace = current_schema()::regnamespace"
        " union all select format('alter table %%I disable trigger user', name),"
        " format('alter table %%I enable trigger user', name) from unnest(%s::text[]) name",
        [[table.name for table in tables]],
    )
    pairs = await rows.fetchall()
    for aside, _ in pairs:
        await connection.execute(aside.encode())
    return [back for _, back in pairs]


async def _go_on_counting(connection: Connection) -> None:
    """Let numbers go on behind the highest that is taken."""
    rows = await connection.execute(
        "select c.relname, a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid"
        " where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r'"
        " and a.attidentity <> ''"
    )
    for table, column in await rows.fetchall():
        await connection.execute(
            sql.SQL(
                "select setval(pg_get_serial_sequence({name}, {label}), greatest(max({column}), 1),"
                " max({column}) is not null) from {table}"
            ).format(
                name=sql.Literal(table), label=sql.Literal(column),
                column=sql.Identifier(column), table=sql.Identifier(table),
            )
        )  # fmt: skip
