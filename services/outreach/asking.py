"""Ask a network one thing at a time: slowly, within a day's budget, and written down."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from services.kit.db import Pool, transaction
from services.outreach.survey import Method
from services.store.discovery_rounds import Question, Round, may_ask

T = TypeVar("T")


class BudgetSpent(Exception):
    """The network was asked as often as a day allows."""


class RoundLost(Exception):
    """Another process has taken over this round; nothing of it is stored here."""


@dataclass(frozen=True)
class Pace:
    """How slowly, and how much in a day."""

    gap: timedelta = timedelta(seconds=3)
    """Time between two requests to one host, those of visits to watched pages included."""
    again: float = 1.0
    """Seconds after which a host that was busy is tried again."""
    budget: int = 300
    """Requests to one network in 24 hours."""


@dataclass(frozen=True)
class Asking:
    """Lets the requests of one round through; implements `survey.Asks`."""

    pool: Pool
    round: Round
    pace: Pace

    async def __call__(
        self, host: str, method: Method, about: str, work: Callable[[], Awaitable[T]]
    ) -> T:
        """Wait for the host's turn, then ask; raises BudgetSpent, RoundLost, what `work` raises."""
        question = Question(
            self.round.round_id, self.round.holder, self.round.network, host, method, about[:500]
        )
        while True:
            async with transaction(self.pool) as connection:
                answer = await may_ask(
                    connection, question, datetime.now(UTC), gap=self.pace.gap,
                    budget=self.pace.budget,
                )  # fmt: skip
            if answer == "now":
                return await work()
            if answer == "budget":
                raise BudgetSpent(self.round.network)
            if answer == "lost":
                raise RoundLost(self.round.round_id)
            await asyncio.sleep(self.pace.again)
