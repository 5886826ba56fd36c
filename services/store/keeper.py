"""What a connection keeps between calls: its sealed sign-in and what it spent of a day's budget."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import date

import psycopg

from services.kit.db import Connection, Pool, transaction
from services.kit.faults import TryLater
from services.kit.vault import Vault, WrongKey

log = logging.getLogger(__name__)

PATIENCE = 60.0
"""Seconds that a sign-in may take, and that another process waits for it."""
AGAIN = 5.0

Renew = Callable[[str | None], Awaitable[str]]


class StoredKeeper:
    """Keeps one connection's session for all processes; it belongs to one revision of its settings.

    A process that still works with older settings keeps a session of its own: two accounts are
    never mixed.
    """

    def __init__(
        self,
        pool: Pool,
        vault: Vault,
        connection: str,
        revision: int,
        *,
        patience: float = PATIENCE,
    ) -> None:
        self._pool = pool
        self._vault = vault
        self._connection = connection
        self._revision = revision
        self._patience = patience
        self._turn = asyncio.Lock()

    async def session(self) -> str | None:
        """Return the current session, None before the first sign-in or when no key opens it."""
        async with self._pool.connection() as connection:
            return await self._read(connection)

    async def renew(self, stale: str | None, make: Renew) -> str:
        """Replace the session by what `make` returns, in one process at a time.

        When another process has replaced `stale` meanwhile, its session is returned and `make` is
        not called. Raises what `make` raises, and TryLater when it or the other process takes too
        long. One task of this process waits in the database, the others here.
        """
        try:
            async with asyncio.timeout(self._patience), self._turn:
                made: str | None = None
                try:
                    async with transaction(self._pool) as connection:
                        await self._hold(connection)
                        current = await self._read(connection)
                        if current is not None and current != stale:
                            return current
                        made = await make(current)
                        await self._write(connection, made)
                except psycopg.OperationalError as error:
                    if made is None:
                        raise
                    log.warning("%s: the sign-in is stored once more: %r", self._connection, error)
                    async with transaction(self._pool) as connection:
                        await self._write(connection, made)
                return made
        except TimeoutError as error:
            raise TryLater(
                f"{self._connection}: signing in takes longer than {self._patience:.0f} s",
                delay=AGAIN,
            ) from error

    async def spend(self, day: date, units: int) -> int:
        """Add to a day's spending, return the sum."""
        async with transaction(self._pool) as connection:
            row = await (
                await connection.execute(
                    "insert into connection_spending (connection_id, day, units)"
                    " values (%s, %s, %s) on conflict (connection_id, day)"
                    " do update set units = connection_spending.units + excluded.units"
                    " returning units",
                    [self._connection, day, units],
                )
            ).fetchone()
        return int(row[0]) if row else units

    async def _hold(self, connection: Connection) -> None:
        """Wait for the others; the lock ends with the transaction, however that ends."""
        await connection.execute(
            "select pg_advisory_xact_lock(hashtextextended(%s, 2))", [self._connection]
        )

    async def _read(self, connection: Connection) -> str | None:
        row = await (
            await connection.execute(
                "select session from connection_sessions"
                " where connection_id = %s and revision = %s",
                [self._connection, self._revision],
            )
        ).fetchone()
        try:
            return self._vault.open(row[0]) if row else None
        except WrongKey as error:
            log.warning("%s signs in anew: %s", self._connection, error)
            return None

    async def _write(self, connection: Connection, session: str) -> None:
        await connection.execute(
            "insert into connection_sessions (connection_id, revision, session, renewed_at)"
            " values (%s, %s, %s, now()) on conflict (connection_id, revision)"
            " do update set session = excluded.session, renewed_at = excluded.renewed_at",
            [self._connection, self._revision, self._vault.seal(session)],
        )
