"""What spares people: harsh words folded, breaks; and the team's pace, never one person's."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg.rows import class_row

from services.kit.db import Connection

HARSH = ("attack", "threat")
"""Kinds of comments whose words are folded until asked for."""


async def save_shows_harsh(connection: Connection, account_id: str, *, shown: bool) -> None:
    await connection.execute(
        "update accounts set shows_harsh = %s where account_id = %s", [shown, account_id]
    )


async def save_rested(connection: Connection, account_id: str) -> None:
    """Note that a person has taken note of the hint to take a break."""
    await connection.execute(
        "update accounts set rested_at = clock_timestamp() where account_id = %s", [account_id]
    )


@dataclass(frozen=True)
class Worked:
    """One decision of a person's own, seen by nobody else."""

    at: datetime
    harsh: bool


async def read_own_work(connection: Connection, account_id: str, *, limit: int) -> list[Worked]:
    """Return a person's latest decisions since they put the hint away, the newest first."""
    async with connection.cursor(row_factory=class_row(Worked)) as cursor:
        await cursor.execute(
            "select d.decided_at as at, coalesce(i.kind = any(%(harsh)s), false) as harsh"
            " from decisions d left join items i using (comment_key)"
            " where d.account_id = %(me)s and d.decided_at > coalesce((select rested_at"
            " from accounts where account_id = %(me)s), '-infinity')"
            " order by d.number desc limit %(limit)s",
            {"harsh": list(HARSH), "me": account_id, "limit": limit},
        )
        return await cursor.fetchall()


async def note_pace(connection: Connection, comment_key: str, account_id: str) -> None:
    """Remember how long the holder of an item took to decide, without saying who it was."""
    await connection.execute(
        "insert into decision_times (seconds)"
        " select extract(epoch from clock_timestamp() - since) from item_claims"
        " where comment_key = %s and account_id = %s",
        [comment_key, account_id],
    )


@dataclass(frozen=True)
class Pace:
    """How long the team's decisions took."""

    count: int
    median: float | None
    """Seconds from opening an item to its decision."""


async def read_pace(connection: Connection, days: timedelta) -> Pace:
    """Return the pace of the team since so many days."""
    async with connection.cursor(row_factory=class_row(Pace)) as cursor:
        await cursor.execute(
            "select count(*), percentile_cont(0.5) within group (order by seconds) as median"
            " from decision_times where decided_on > current_date - %s::integer",
            [days.days],
        )
        return await cursor.fetchone() or Pace(0, None)
