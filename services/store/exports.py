"""Who took which records out of the house."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from psycopg.rows import class_row

from services.kit.db import Connection

Format = Literal["csv", "jsonl"]


@dataclass(frozen=True)
class Export:
    """Records taken out by somebody."""

    export_id: str
    taken_by: str
    """An account, or `command:<user>`."""
    taken_at: datetime
    format: Format
    since: datetime | None
    until: datetime | None
    named: bool
    """With the names of the team."""
    rows: int | None = None
    """None while it runs, or when it broke off."""
    name: str | None = None


async def add_export(connection: Connection, export: Export) -> None:
    """Note that an export begins."""
    await connection.execute(
        "insert into exports (export_id, taken_by, taken_at, format, since, until, named)"
        " values (%(export_id)s, %(taken_by)s, %(taken_at)s, %(format)s, %(since)s, %(until)s,"
        " %(named)s)",
        vars(export),
    )


async def end_export(connection: Connection, export_id: str, rows: int) -> None:
    """Note that an export was handed out to its end."""
    await connection.execute(
        "update exports set rows = %s, ended_at = clock_timestamp() where export_id = %s",
        [rows, export_id],
    )


async def read_exports(connection: Connection, *, limit: int = 50) -> list[Export]:
    """Return the latest exports, the newest first."""
    async with connection.cursor(row_factory=class_row(Export)) as cursor:
        await cursor.execute(
            "select export_id, taken_by, taken_at, format, since, until, named, rows, a.name"
            " from exports e left join accounts a on a.account_id = e.taken_by"
            " order by taken_at desc, export_id limit %s",
            [limit],
        )
        return await cursor.fetchall()
