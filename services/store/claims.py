"""Which process of all that could does something: the one that holds the lock of its name."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg

from services.kit.db import Connection, Pool, transaction

PATIENCE = 10.0
"""Seconds after which a silent database counts as gone."""


class Claims:
    """The locks of one process; all of them end when its database connection does."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def take(self, name: str) -> bool:
        """Claim a connection unless another process has it; not to be called while we have it."""
        return await self._ask("select pg_try_advisory_lock(hashtextextended(%s, 3))", name)

    async def give_back(self, name: str) -> None:
        await self._ask("select pg_advisory_unlock(hashtextextended(%s, 3))", name)

    async def prove(self) -> None:
        """Raise psycopg.OperationalError or TimeoutError when the locks may be lost."""
        await self._ask("select %s::text is not null", "")

    async def _ask(self, query: str, name: str) -> bool:
        async with asyncio.timeout(PATIENCE):
            row = await (await self._connection.execute(query.encode(), [name])).fetchone()
        return bool(row and row[0])


@asynccontextmanager
async def claiming(url: str) -> AsyncIterator[Claims]:
    """Open a process's claims; they are given back when the block ends."""
    async with await psycopg.AsyncConnection.connect(
        url, autocommit=True, connect_timeout=10, application_name="dialogwerk-claims",
        options="-c tcp_keepalives_idle=30 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3",
    ) as connection:  # fmt: skip
        yield Claims(connection)


@asynccontextmanager
async def alone_at(pool: Pool, work: str) -> AsyncIterator[bool]:
    """Yield whether this block alone may do a piece of work now.

    The lock lives in an open transaction: it ends with the process, however that ends.
    """
    async with transaction(pool) as connection:
        found = await connection.execute(
            "select pg_try_advisory_xact_lock(hashtextextended(%s, 5))", [work]
        )
        row = await found.fetchone()
        yield bool(row and row[0])
