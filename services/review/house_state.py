"""How the house stands beside the bus: outboxes, dead letters, connections, money, books, mutes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.kit.db import Connection, Pool
from services.kit.settings import Settings
from services.networks.doctor import findings, from_json
from services.review.alarm_rules import Spending
from services.store.books import Books, read_books
from services.store.connection_states import ConnectionState, read_states
from services.store.dead_letters import Waiting, count_waiting
from services.store.mute_figures import MuteFigures, read_figures
from services.store.queues import Outbox, read_outboxes
from services.store.slots import Slots, read_slots
from services.store.spending import latest_engine, spent_since, tokens_since

SLOW = timedelta(minutes=1)
"""How old figures may be that are counted over whole tables."""


@dataclass(frozen=True)
class HouseState:
    """What one look found."""

    outboxes: Sequence[Outbox]
    dead: Sequence[Waiting]
    connections: Sequence[ConnectionState]
    faults: Mapping[str, Sequence[str]]
    """Codes of what is wrong, by connection; a paused one is nobody's alarm."""
    spending: Spending
    engine: str | None
    """What wrote the latest draft, None before the first."""
    books: Books
    mutes: MuteFigures
    slots: Slots

    @property
    def mute_error_rate(self) -> float | None:
        """Share of the desk's own mutes that a person has undone; None without any."""
        return self.mutes.undone / self.mutes.by_system if self.mutes.by_system else None


@dataclass
class HouseReader:
    """Looks at the house; what is costly to count is counted once a minute."""

    pool: Pool
    settings: Settings
    _slow: tuple[datetime, Books, MuteFigures] | None = field(default=None, init=False)

    async def read(self, now: datetime) -> HouseState:
        """Return how things stand."""
        books, figures = await self._counted(now)
        async with self.pool.connection() as connection:
            states = await read_states(connection)
            return HouseState(
                outboxes=await read_outboxes(connection),
                dead=await count_waiting(connection),
                connections=states,
                faults=_faults(states, now),
                spending=await self._spending(connection, now),
                engine=await latest_engine(connection),
                books=books,
                mutes=figures,
                slots=await read_slots(connection),
            )

    async def _counted(self, now: datetime) -> tuple[Books, MuteFigures]:
        if self._slow is None or not timedelta() <= now - self._slow[0] < SLOW:
            async with self.pool.connection() as connection:
                counted = await read_books(connection)
                figures = await read_figures(connection)
            self._slow = now, counted, figures
        return self._slow[1:]

    async def _spending(self, connection: Connection, now: datetime) -> Spending:
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        today = await tokens_since(connection, midnight)
        month = await spent_since(connection, midnight.replace(day=1))
        settings = self.settings
        return Spending(
            tokens_today=sum(today.values()),
            daily_tokens=settings.llm_daily_tokens if settings.has_llm else None,
            cost_this_month=month.cost,
            monthly_budget=settings.llm_monthly_budget if settings.has_llm else None,
            by_purpose=today,
        )


def _faults(states: Sequence[ConnectionState], now: datetime) -> dict[str, Sequence[str]]:
    found: dict[str, Sequence[str]] = {}
    for state in states:
        diagnosis = None if state.paused else from_json(state.diagnosis)
        found[state.connection] = (
            [fault.code for fault in findings(diagnosis, now)] if diagnosis else []
        )
    return found
