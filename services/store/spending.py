"""What the language model has cost, each call as the service that asked booked it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TypeVar

from psycopg.rows import class_row
from pydantic import BaseModel

from services.kit.db import Connection, Pool, autocommit, transaction
from services.kit.llm import Completion, LanguageModel, ModelFailed, language_model
from services.kit.settings import Settings
from services.kit.spending import Prices, Purse, prices_of, purse_of

T = TypeVar("T", bound=BaseModel)
Book = Callable[[Connection, int, int, Decimal, datetime], Awaitable[None]]
"""Books a call: tokens in, tokens out, cost, when."""

PURPOSES = ("draft", "trial", "replay", "sorting", "radar")


@dataclass(frozen=True)
class Spent:
    """What the model has cost."""

    tokens: int
    cost: Decimal


async def spent_since(connection: Connection, since: datetime) -> Spent:
    """Return what all calls since a moment have cost, whatever they were for."""
    row = await (
        await connection.execute(
            "select coalesce(sum(tokens_in + tokens_out), 0), coalesce(sum(cost), 0)"
            " from model_calls where made_at >= %s",
            [since],
        )
    ).fetchone()
    tokens, cost = row or (0, Decimal(0))
    return Spent(int(tokens), Decimal(cost))


async def tokens_since(connection: Connection, since: datetime) -> dict[str, int]:
    """Return the tokens of all calls since a moment, by purpose."""
    rows = await connection.execute(
        "select purpose, sum(tokens_in + tokens_out)::bigint from model_calls"
        " where made_at >= %s group by purpose limit 10",
        [since],
    )
    return dict.fromkeys(PURPOSES, 0) | {purpose: tokens async for purpose, tokens in rows}


async def may_spend(pool: Pool, purse: Purse, now: datetime) -> bool:
    """Tell whether the limits of the day and the month allow another call."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    async with autocommit(pool) as connection:
        day = await spent_since(connection, today)
        month = await spent_since(connection, today.replace(day=1))
    return purse.holds(tokens_today=day.tokens, cost_this_month=month.cost)


async def book_sorting(
    connection: Connection, tokens_in: int, tokens_out: int, cost: Decimal, now: datetime
) -> None:
    """Book an opinion on a doubtful comment."""
    await connection.execute(
        "insert into sorting_costs (made_at, tokens_in, tokens_out, cost) values (%s, %s, %s, %s)",
        [now, tokens_in, tokens_out, cost],
    )


async def book_radar(
    connection: Connection, tokens_in: int, tokens_out: int, cost: Decimal, now: datetime
) -> None:
    """Book a second reading of a partner's post."""
    await connection.execute(
        "insert into radar_costs (made_at, tokens_in, tokens_out, cost) values (%s, %s, %s, %s)",
        [now, tokens_in, tokens_out, cost],
    )


@dataclass(frozen=True)
class Booked:
    """A language model that books each call, and is silent when the limits are reached."""

    model: LanguageModel
    pool: Pool
    purse: Purse
    prices: Prices
    book: Book

    async def complete(self, messages: Sequence[dict[str, str]], schema: type[T]) -> Completion[T]:
        """Ask once; raises ModelFailed when nothing may be spent, and what the model raises."""
        now = datetime.now(UTC)
        if not await may_spend(self.pool, self.purse, now):
            raise ModelFailed("the day's tokens or the month's budget are used up")
        try:
            done = await self.model.complete(messages, schema)
        except ModelFailed as error:
            await self._note(error.tokens_in, error.tokens_out, now)
            raise
        await self._note(done.tokens_in, done.tokens_out, now)
        return done

    async def close(self) -> None:
        """Close the model's connections."""
        await self.model.close()

    async def _note(self, tokens_in: int, tokens_out: int, now: datetime) -> None:
        if tokens_in + tokens_out == 0:
            return
        async with transaction(self.pool) as connection:
            cost = self.prices.of(tokens_in, tokens_out)
            await self.book(connection, tokens_in, tokens_out, cost, now)


def booked(settings: Settings, pool: Pool, book: Book, *, timeout: float) -> Booked | None:
    """Return the configured model with its limits, None without; `timeout` in seconds."""
    model = language_model(settings, timeout=timeout)
    if model is None:
        return None
    return Booked(model, pool, purse_of(settings), prices_of(settings), book)


async def latest_engine(connection: Connection) -> str | None:
    """Return what made the latest draft, None before the first."""
    row = await (
        await connection.execute("select engine from drafts order by created_at desc limit 1")
    ).fetchone()
    return str(row[0]) if row else None


@dataclass(frozen=True)
class Month:
    """A month's calls of the model, by what they were for; days and months are those of UTC."""

    month: date
    drafts: int
    trials: int
    replayed: int
    sortings: int
    radar: int
    tokens: int
    cost: Decimal


async def read_months(connection: Connection, *, limit: int = 12) -> list[Month]:
    """Return the months in which a model was asked, newest first."""
    async with connection.cursor(row_factory=class_row(Month)) as cursor:
        await cursor.execute(
            "select date_trunc('month', made_at at time zone 'UTC')::date as month,"
            " count(*) filter (where purpose = 'draft') as drafts,"
            " count(*) filter (where purpose = 'trial') as trials,"
            " count(*) filter (where purpose = 'replay') as replayed,"
            " count(*) filter (where purpose = 'sorting') as sortings,"
            " count(*) filter (where purpose = 'radar') as radar,"
            " sum(tokens_in + tokens_out) as tokens, sum(cost) as cost from model_calls"
            " group by 1 order by 1 desc limit %s",
            [limit],
        )
        return await cursor.fetchall()
