"""One Postgres: a pool, a transaction, migrations, and word from other processes."""

import hashlib
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.resources.abc import Traversable

import psycopg
from pgvector.psycopg import register_vector_async
from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

Connection = AsyncConnection[TupleRow]
Pool = AsyncConnectionPool[Connection]

MIGRATION_LOCK = 0x0D1A_106E
"""Advisory lock: two `provision` runs at once apply each migration once."""


class DatabaseNotReady(Exception):
    """The database lacks something; the message says which command mends it."""


def open_pool(url: str, *, size: int = 8, name: str = "dialogwerk") -> Pool:
    """Return a closed pool; use it as `async with pool:`, which opens and surely closes it."""
    return AsyncConnectionPool(
        url,
        min_size=1,
        max_size=size,
        open=False,
        timeout=20,
        name=name,
        kwargs={
            "application_name": name,
            # random_page_cost: a disk without a head reads any page as fast as the next one
            "options": "-c jit=off -c random_page_cost=1.1"
            " -c idle_in_transaction_session_timeout=300s"
            " -c tcp_keepalives_idle=60 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3",
            "keepalives_idle": 60,
        },
        configure=_know_vectors,
        check=AsyncConnectionPool.check_connection,
    )


async def _know_vectors(connection: Connection) -> None:
    async with connection.transaction():
        found = await connection.execute("select from pg_extension where extname = 'vector'")
        if await found.fetchone() is not None:
            await register_vector_async(connection)


@asynccontextmanager
async def transaction(pool: Pool) -> AsyncIterator[Connection]:
    """One transaction: committed when the block ends, rolled back when it raises."""
    async with pool.connection() as connection, connection.transaction():
        yield connection


@dataclass(frozen=True)
class Migration:
    """One numbered SQL file."""

    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def read_migrations(folder: Traversable) -> list[Migration]:
    """Return the folder's `NNNN_name.sql` files in order; raise when a number is missing."""
    found = [
        Migration(int(match[1]), match[2], entry.read_text(encoding="utf-8"))
        for entry in folder.iterdir()
        if (match := re.fullmatch(r"(\d{4})_([a-z0-9_]+)\.sql", entry.name))
    ]
    found.sort(key=lambda migration: migration.number)
    numbers = [migration.number for migration in found]
    if numbers != list(range(1, len(found) + 1)):
        raise DatabaseNotReady(f"migrations are not numbered 1 to {len(found)}: {numbers}")
    return found


async def migrate(url: str, migrations: Sequence[Migration]) -> list[str]:
    """Apply what is missing, one transaction each; return the names of what was applied."""
    applied: list[str] = []
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute("select pg_advisory_lock(%s)", [MIGRATION_LOCK])
        await connection.execute(
            "create table if not exists migrations (number integer primary key, name text not null,"
            " checksum text not null, applied_at timestamptz not null default now())"
        )
        known = {number: checksum async for number, checksum in await connection.execute(
            "select number, checksum from migrations"
        )}  # fmt: skip
        for migration in migrations:
            if migration.number in known:
                if known[migration.number] != migration.checksum:
                    raise DatabaseNotReady(
                        f"migration {migration.number:04d}_{migration.name} was changed after it"
                        " was applied: restore the file, and put the change into a new migration"
                    )
                continue
            async with connection.transaction():
                await connection.execute("set local lock_timeout = '10s'")
                await connection.execute(migration.sql.encode())
                await connection.execute(
                    "insert into migrations (number, name, checksum) values (%s, %s, %s)",
                    [migration.number, migration.name, migration.checksum],
                )
            applied.append(f"{migration.number:04d}_{migration.name}")
        newer = set(known) - {migration.number for migration in migrations}
        if newer:
            raise DatabaseNotReady(
                f"the database is newer than this program (migration {max(newer):04d}): "
                "start the newer release, or restore the backup made before the upgrade"
            )
    return applied


async def require_migrated(pool: Pool, migrations: Sequence[Migration]) -> None:
    """Raise DatabaseNotReady unless every migration of this program is applied."""
    async with pool.connection() as connection:
        table = await connection.execute("select to_regclass('migrations')")
        row = await table.fetchone()
        done: set[int] = set()
        if row is not None and row[0] is not None:
            done = {n async for (n,) in await connection.execute("select number from migrations")}
    missing = [m for m in migrations if m.number not in done]
    if missing:
        raise DatabaseNotReady(
            f"the database lacks migration {missing[0].number:04d}_{missing[0].name}: "
            "run `dialogwerk provision`"
        )
