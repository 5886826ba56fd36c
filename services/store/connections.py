"""To which accounts on which networks this installation is connected; their secrets are sealed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

from psycopg.rows import class_row
from psycopg.types.json import Jsonb
from pydantic import SecretStr

from services.kit.db import Connection, Pool, transaction
from services.kit.vault import Vault, WrongKey
from services.store.keeper import StoredKeeper


@dataclass(frozen=True)
class StoredConnection:
    """A connection as its connector is made of; `connection` is its events' source."""

    connection: str
    network: str
    revision: int
    """Counts each change of its settings or secrets."""
    settings: Mapping[str, Any]
    secrets: SecretStr
    """A JSON object; empty when it cannot be opened."""
    paused: bool
    trouble: str | None = None
    """Why the secrets cannot be opened."""


@dataclass(frozen=True)
class _Row:
    connection_id: str
    network: str
    revision: int
    settings: dict[str, Any]
    secrets: bytes
    paused: bool


class ConnectionBook:
    """What a service reads of its connections; it never writes them."""

    def __init__(self, pool: Pool, vault: Vault) -> None:
        self._pool = pool
        self._vault = vault

    async def read(self) -> Sequence[StoredConnection]:
        """Return every connection that is not removed, by name."""
        async with self._pool.connection() as connection:
            return await read_connections(connection, self._vault)

    def keeper(self, connection: str, revision: int) -> StoredKeeper:
        """Return the keeper of a connection's session and spending."""
        return StoredKeeper(self._pool, self._vault, connection, revision)


async def read_connections(connection: Connection, vault: Vault) -> Sequence[StoredConnection]:
    """Return every connection that is not removed, by name."""
    async with connection.cursor(row_factory=class_row(_Row)) as cursor:
        await cursor.execute(
            "select connection_id, network, revision, settings, secrets, paused"
            " from current_connections order by connection_id"
        )
        return [_opened(row, vault) for row in await cursor.fetchall()]


def _opened(row: _Row, vault: Vault) -> StoredConnection:
    secrets, trouble = "", None
    try:
        secrets = vault.open(row.secrets)
    except WrongKey as error:
        trouble = str(error)
    return StoredConnection(
        row.connection_id, row.network, row.revision, row.settings, SecretStr(secrets),
        row.paused, trouble,
    )  # fmt: skip


async def add_connection(
    connection: Connection,
    connection_id: str,
    *,
    network: str,
    settings: Mapping[str, Any],
    secrets: bytes,
    now: datetime,
) -> bool:
    """Store a new connection, or one that was removed anew; False when there is one already.

    What was paused before it was removed begins to run again.
    """
    done = await connection.execute(
        "insert into connections (connection_id, network, settings, secrets, revision, added_at,"
        " changed_at) values (%(id)s, %(network)s, %(settings)s, %(secrets)s, 1, %(now)s, %(now)s)"
        " on conflict (connection_id) do update set network = excluded.network,"
        " settings = excluded.settings, secrets = excluded.secrets,"
        " revision = connections.revision + 1, added_at = excluded.added_at,"
        " changed_at = excluded.changed_at, removed_at = null"
        " where connections.removed_at is not null",
        {
            "id": connection_id,
            "network": network,
            "settings": Jsonb(dict(settings)),
            "secrets": secrets,
            "now": now,
        },
    )
    return done.rowcount == 1


async def change_connection(
    connection: Connection,
    connection_id: str,
    *,
    settings: Mapping[str, Any],
    secrets: bytes,
    now: datetime,
) -> bool:
    """Store other settings or secrets; the sign-in made with the old ones is forgotten."""
    done = await connection.execute(
        "update connections set settings = %s, secrets = %s, revision = revision + 1,"
        " changed_at = %s where connection_id = %s and removed_at is null",
        [Jsonb(dict(settings)), secrets, now, connection_id],
    )
    await _forget_sign_in(connection, connection_id)
    return done.rowcount == 1


async def remove_connection(connection: Connection, connection_id: str, now: datetime) -> bool:
    """Erase a connection's secrets and sign-in; its comments and how far it was read stay."""
    done = await connection.execute(
        "update connections set secrets = null, settings = '{}', revision = revision + 1,"
        " changed_at = %(now)s, removed_at = %(now)s"
        " where connection_id = %(id)s and removed_at is null",
        {"id": connection_id, "now": now},
    )
    await _forget_sign_in(connection, connection_id)
    await connection.execute(
        "delete from connection_health where connection_id = %s", [connection_id]
    )
    return done.rowcount == 1


async def _forget_sign_in(connection: Connection, connection_id: str) -> None:
    await connection.execute(
        "delete from connection_sessions where connection_id = %s", [connection_id]
    )


async def reseal(pool: Pool, vault: Vault) -> int:
    """Seal everything with the newest key; return how much was sealed with an older one.

    Running services go on: what one of them renews meanwhile is looked at again. Raises WrongKey.
    """
    count = 0
    while changed := await _reseal_once(pool, vault):
        count += changed
    return count


async def _reseal_once(pool: Pool, vault: Vault) -> int:
    """A row that changed since it was read is left for the next round."""
    changed = 0
    for read, write in _SEALED:
        async with transaction(pool) as connection:
            rows = await connection.execute(read)
            for *place, sealed in await rows.fetchall():
                if (fresh := vault.resealed(sealed)) is not None:
                    await connection.execute(write, [fresh, *place, sealed])
                    changed += 1
    return changed


_SEALED: tuple[tuple[LiteralString, LiteralString], ...] = (
    (
        "select connection_id, revision, secrets from connections where secrets is not null",
        "update connections set secrets = %s where (connection_id, revision, secrets)=(%s, %s, %s)",
    ),
    (
        "select connection_id, revision, session from connection_sessions",
        (
            "update connection_sessions set session = %s"
            " where (connection_id, revision, session) = (%s, %s, %s)"
        ),
    ),
    (
        "select account_id, totp_secret from accounts where totp_secret is not null",
        "update accounts set totp_secret = %s where (account_id, totp_secret) = (%s, %s)",
    ),
    (
        "select account_id, totp_offered from accounts where totp_offered is not null",
        "update accounts set totp_offered = %s where (account_id, totp_offered) = (%s, %s)",
    ),
)
"""How what is sealed is read, and written anew where nobody changed it meanwhile."""
