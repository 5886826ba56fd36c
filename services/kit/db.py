"""One Postgres: a pool, a transaction, migrations, and word from other processes."""

import asyncio
import hashlib
import re
import select
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.resources.abc import Traversable

import psycopg
from pgvector.psycopg import register_vector_async
from psycopg import AsyncConnection, sql
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

Connection = AsyncConnection[TupleRow]
Pool = AsyncConnectionPool[Connection]

CONCURRENT = re.compile(
    r"\s*create\s+(?:unique\s+)?index\s+concurrently\s+if\s+not\s+exists\s+(\w+)\s", re.IGNORECASE
)
MIGRATION_LOCK = 0x0D1A_106E
"""Advisory lock: two `provision` runs at once apply each migration once."""


class DatabaseNotReady(Exception):
    """The database lacks something; the message says which command mends it."""


def open_pool(
    url: str,
    *,
    size: int = 8,
    name: str = "dialogwerk",
    role: str | None = None,
    read_only: bool = False,
) -> Pool:
    """Return a closed pool; use it as `async with pool:`, which opens and surely closes it.

    With a `role` it works as that one, which the address's user must be a member of; a `read_only`
    one is refused by the server whatever it tries to write.
    """
    bounds = (f" -c role={role}" if role else "") + (
        " -c default_transaction_read_only=on" if read_only else ""
    )
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
            " -c tcp_keepalives_idle=60 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3"
            + bounds,
            "keepalives_idle": 60,
        },
        configure=_know_vectors,
        check=_look_at,
    )


async def _look_at(connection: Connection) -> None:
    """Raise psycopg.Error for a connection that was ended meanwhile; a quiet one asks nothing.

    A server that goes, or ends a connection, says so: only a connection with something to read is
    tried with a query, which would be a round trip each time.
    """
    word = select.poll()
    word.register(connection.fileno(), select.POLLIN)
    if word.poll(0):
        await AsyncConnectionPool.check_connection(connection)


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


@asynccontextmanager
async def autocommit(pool: Pool) -> AsyncIterator[Connection]:
    """A connection for statements that stand alone: none begins or ends a transaction.

    What is set until a transaction ends would be gone at once, and so would a lock.
    """
    async with pool.connection() as connection:
        await connection.set_autocommit(True)
        try:
            yield connection
        finally:
            if connection.info.transaction_status == TransactionStatus.IDLE:
                await connection.set_autocommit(False)


@dataclass(frozen=True)
class Patience:
    """How a migration waits for a lock, seconds: everybody queues behind it while it waits."""

    lock: float = 2.0
    pause: float = 3.0
    """Between two tries, so that those who queued get their turn."""
    tries: int = 20


@dataclass(frozen=True)
class Migration:
    """One numbered SQL file."""

    number: int
    name: str
    sql: str

    @property
    def indexes(self) -> dict[str, str]:
        """The statements by index, when the file builds indexes `concurrently`; else nothing.

        Postgres does not build like that in a transaction, so such a file must hold nothing else;
        raises DatabaseNotReady.
        """
        bare = re.sub(r"--[^\n]*", "", self.sql)
        every = [one.strip() for one in bare.split(";") if one.strip()]
        found = {match[1]: one for one in every if (match := CONCURRENT.match(one))}
        if found and len(found) < len(every):
            raise DatabaseNotReady(
                f"migration {self.number:04d}_{self.name} builds an index concurrently and holds"
                " more: give the index a file of its own"
            )
        return found

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


async def migrate(
    url: str, migrations: Sequence[Migration], *, patience: Patience = Patience()
) -> list[str]:
    """Apply what is missing, one transaction each; return the names of what was applied.

    Services may run meanwhile: nobody waits for long behind a migration that waits for a lock, and
    indexes that are built `concurrently` stop no writer. Raises DatabaseNotReady.
    """
    applied: list[str] = []
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await alone(connection, for_transaction=False)
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
            if migration.indexes:
                await _build(connection, migration)
            else:
                await _apply_patiently(connection, migration, patience)
            applied.append(f"{migration.number:04d}_{migration.name}")
        newer = set(known) - {migration.number for migration in migrations}
        if newer:
            raise DatabaseNotReady(
                f"the database is newer than this program (migration {max(newer):04d}): "
                "start the newer release, or restore the backup made before the upgrade"
            )
    return applied


async def alone(connection: Connection, *, for_transaction: bool) -> None:
    """Wait until no other provisioning runs, and keep others away until this one ends.

    It asks again and again: a statement that waits would be an old transaction, for whose end the
    other's `create index concurrently` waits in turn.
    """
    ask = "pg_try_advisory_xact_lock" if for_transaction else "pg_try_advisory_lock"
    while True:
        found = await connection.execute(f"select {ask}(%s)".encode(), [MIGRATION_LOCK])
        row = await found.fetchone()
        if row is not None and row[0]:
            return
        await asyncio.sleep(0.1)


async def _apply_patiently(
    connection: Connection, migration: Migration, patience: Patience
) -> None:
    for left in reversed(range(patience.tries)):
        try:
            async with connection.transaction():
                await connection.execute(
                    "select set_config('lock_timeout', %s, true)", [f"{patience.lock:.3f}s"]
                )
                await connection.execute(migration.sql.encode())
                await _note(connection, migration)
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected) as error:
            if not left:
                raise DatabaseNotReady(
                    f"migration {migration.number:04d}_{migration.name} got no lock in"
                    f" {patience.tries} tries; {await _oldest_work(connection)}."
                    " Nothing of it was changed: wait, or end that, and provision again"
                ) from error
            await asyncio.sleep(patience.pause)
        else:
            return


async def _build(connection: Connection, migration: Migration) -> None:
    """Build each index without stopping writers; one that an earlier try left broken goes first."""
    for name, statement in migration.indexes.items():
        found = await connection.execute(
            "select from pg_index where indexrelid = to_regclass(%s) and not indisvalid", [name]
        )
        if await found.fetchone() is not None:
            await connection.execute(
                sql.SQL("drop index concurrently {}").format(sql.Identifier(name))
            )
        await connection.execute(statement.encode())
    await _note(connection, migration)


async def _note(connection: Connection, migration: Migration) -> None:
    await connection.execute(
        "insert into migrations (number, name, checksum) values (%s, %s, %s)",
        [migration.number, migration.name, migration.checksum],
    )


async def _oldest_work(connection: Connection) -> str:
    found = await connection.execute(
        "select coalesce(nullif(application_name, ''), usename::text, 'somebody'),"
        " extract(epoch from now() - xact_start)::integer from pg_stat_activity"
        " where datname = current_database() and xact_start is not null"
        " and pid <> pg_backend_pid() order by xact_start limit 1"
    )
    row = await found.fetchone()
    return (
        f"the oldest transaction is {row[0]}'s, {row[1]} s old" if row else "no transaction is seen"
    )


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
