"""What drafts, tried questions and replays have cost, as answer and replay booked it."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from psycopg.rows import class_row

from services.kit.db import Connection


@dataclass(frozen=True)
class Spent:
    """What drafts have cost."""

    tokens: int
    cost: Decimal


async def spent_since(connection: Connection, since: datetime) -> Spent:
    """Return what all drafts, tried questions and replays since a moment have cost."""
    row = await (
        await connection.execute(
            "select coalesce(sum(tokens), 0), coalesce(sum(cost), 0) from ("
            " select tokens_in + tokens_out as tokens, cost from drafts"
            " where created_at >= %(since)s"
            " union all select tokens_in + tokens_out, cost from trial_costs"
            " where made_at >= %(since)s"
            " union all select tokens_in + tokens_out, cost from replay_costs"
            " where made_at >= %(since)s) spent",
            {"since": since},
        )
    ).fetchone()
    tokens, cost = row or (0, Decimal(0))
    return Spent(int(tokens), Decimal(cost))


async def latest_engine(connection: Connection) -> str | None:
    """Return what made the latest draft, None before the first."""
    row = await (
        await connection.execute("select engine from drafts order by created_at desc limit 1")
    ).fetchone()
    return str(row[0]) if row else None


@dataclass(frozen=True)
class Month:
    """A month's drafts, tried questions and comments replayed; days and months are those of UTC."""

    month: date
    drafts: int
    trials: int
    replayed: int
    tokens: int
    cost: Decimal


async def read_months(connection: Connection, *, limit: int = 12) -> list[Month]:
    """Return the months in which a model was asked, newest first."""
    async with connection.cursor(row_factory=class_row(Month)) as cursor:
        await cursor.execute(
            "select date_trunc('month', at at time zone 'UTC')::date as month,"
            " sum(drafts) as drafts, sum(trials) as trials, sum(replayed) as replayed,"
            " sum(tokens) as tokens, sum(cost) as cost from ("
            " select created_at as at, 1 as drafts, 0 as trials, 0 as replayed,"
            " tokens_in + tokens_out as tokens, cost from drafts where tokens_in > 0"
            " union all select made_at, 0, 1, 0, tokens_in + tokens_out, cost from trial_costs"
            " union all select made_at, 0, 0, 1, tokens_in + tokens_out, cost from replay_costs"
            " ) spent"
            " group by 1 order by 1 desc limit %s",
            [limit],
        )
        return await cursor.fetchall()
