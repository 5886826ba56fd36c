"""How connections stand, and what people ordered about them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from services.kit.db import Connection

Order = Literal["pause", "resume", "check"]
COMMAND = "command"
"""Who ordered it when it was nobody at the desk."""


@dataclass(frozen=True)
class ConnectionState:
    """A connection as the desk and the command show it; nothing here is secret."""

    connection: str
    network: str
    settings: dict[str, Any]
    added_at: datetime
    paused: bool
    switched_by: str | None
    """Name of who paused or resumed it last, None when it was a command or nobody."""
    switched_at: datetime | None
    diagnosis: dict[str, Any] | None
    checked_at: datetime | None
    check_ordered: bool
    """Somebody wants a check and it has not been made yet."""
    last_event_at: datetime | None
    """When we took its last event in, whatever became of it."""


async def read_states(connection: Connection) -> list[ConnectionState]:
    """Return how every connection that is not removed stands, by name."""
    async with connection.cursor(row_factory=class_row(ConnectionState)) as cursor:
        await cursor.execute(
            "select c.connection_id as connection, c.network, c.settings, c.added_at,"
            " c.paused, a.name as switched_by, c.switched_at,"
            " h.diagnosis, h.checked_at,"
            " exists (select from connection_orders o where o.connection_id = c.connection_id"
            "  and o.action = 'check'"
            "  and o.ordered_at > coalesce(h.checked_at, c.added_at)) as check_ordered,"
            " (select max(seen_at) from intake where source = c.connection_id) as last_event_at"
            " from current_connections c left join accounts a on a.account_id = c.switched_by"
            " left join connection_health h on h.connection_id = c.connection_id"
            " order by c.connection_id"
        )
        return await cursor.fetchall()


async def read_diagnoses(connection: Connection) -> list[dict[str, Any]]:
    """Return what the last checks of all running connections found."""
    rows = await connection.execute(
        "select h.diagnosis from current_connections c"
        " join connection_health h on h.connection_id = c.connection_id where not c.paused"
    )
    return [diagnosis async for (diagnosis,) in rows]


async def give_order(
    connection: Connection, connection_id: str, action: Order, *, by: str, now: datetime
) -> bool:
    """Note what somebody wants done; False when there is no such connection."""
    done = await connection.execute(
        "insert into connection_orders (connection_id, action, ordered_by, ordered_at)"
        " select connection_id, %s, %s, %s from connections"
        " where connection_id = %s and removed_at is null",
        [action, by, now, connection_id],
    )
    return done.rowcount == 1


async def is_check_due(connection: Connection, connection_id: str, before: datetime) -> bool:
    """True when the last check is older than `before`, or older than the last change or order.

    What is not stored is never due.
    """
    row = await (
        await connection.execute(
            "select h.checked_at is null or h.checked_at < %(before)s"
            " or h.checked_at < c.changed_at"
            " or h.checked_at < (select max(ordered_at) from connection_orders o"
            "  where o.connection_id = c.connection_id and action = 'check')"
            " from current_connections c left join connection_health h using (connection_id)"
            " where c.connection_id = %(id)s",
            {"id": connection_id, "before": before},
        )
    ).fetchone()
    return bool(row and row[0])


async def save_diagnosis(
    connection: Connection, connection_id: str, diagnosis: dict[str, Any], began_at: datetime
) -> None:
    """Store what a check found unless a later one is stored; what was removed stays unstored."""
    await connection.execute(
        "insert into connection_health (connection_id, checked_at, diagnosis)"
        " select connection_id, %s, %s from connections"
        " where connection_id = %s and removed_at is null"
        " on conflict (connection_id) do update set checked_at = excluded.checked_at,"
        " diagnosis = excluded.diagnosis"
        " where connection_health.checked_at <= excluded.checked_at",
        [began_at, Jsonb(diagnosis), connection_id],
    )
