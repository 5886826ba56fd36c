"""How long questions and criticism have been waiting for an answer, page by page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from psycopg.rows import class_row

from services.kit.db import Connection

Promised = Literal["question", "criticism"]
"""Kinds of comments that the organisation means to answer within a set time."""


@dataclass(frozen=True)
class Waiting:
    """Open comments of one kind on one page."""

    page_key: str
    page_name: str
    network: str
    kind: Promised
    count: int
    oldest: datetime
    overdue: int


async def read_waiting(
    connection: Connection, deadlines: Mapping[Promised, timedelta], now: datetime
) -> list[Waiting]:
    """Return what waits, the longest waiting first."""
    async with connection.cursor(row_factory=class_row(Waiting)) as cursor:
        await cursor.execute(
            "select p.page_key, p.name as page_name, p.network, i.kind, count(*) as count,"
            " min(i.opened_at) as oldest, count(*) filter (where i.opened_at < case i.kind"
            " when 'question' then %s else %s end) as overdue"
            " from items i join threads t using (thread_key) join pages p using (page_key)"
            " where i.status = 'open' and i.kind in ('question', 'criticism')"
            " group by p.page_key, p.name, p.network, i.kind order by oldest limit 500",
            [now - deadlines["question"], now - deadlines["criticism"]],
        )
        return await cursor.fetchall()
