"""Pages of others that the house watches: they post, rejoice and suffer in the meantime."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

import httpx
import psycopg
from psycopg_pool import PoolTimeout

from services.kit.db import Pool, transaction
from services.review.watch_list import read_entry
from services.store.watches import add_watches

RELATIONS = ("partner", "partner", "news", "decision_maker")
POSTS_EACH = 6
POST = "theirs"
"""How the ids of their posts begin."""
EVENTS = (
    "Wir sind überglücklich: Unser Hof hat den Deutschen Nachbarschaftspreis gewonnen! [{n}]",
    "Heute Nacht wurde unser Büro angegriffen, die Scheiben sind eingeworfen. [{n}]",
)
SAYINGS = (
    "Wer ersetzt eigentlich abgestorbene Bäume in den Höfen, und in welcher Frist? [{n}]",
    "Am Samstag ist Flohmarkt im Park, kommt alle vorbei. [{n}]",
    "Was kostet ein Sonnensegel für den Schulhof, und wer fördert es? [{n}]",
)
PULSE = 5.0
"""Seconds after which the house looks at all pages again, where it would wait for minutes."""


@dataclass
class Neighbours:
    """Watched pages and what they post; `posted` counts what the network holds."""

    client: httpx.AsyncClient
    """Speaks with the administrator's token."""
    pool: Pool
    seed: int
    number: int
    """Of pages."""
    posted: int = 0
    removed: int = 0
    _up: list[tuple[str, str]] = field(default_factory=list)

    @property
    def standing(self) -> int:
        """Posts that stand on the network now."""
        return self.posted - self.removed

    async def move_in(self) -> None:
        """Found the pages, and let the house watch them."""
        names = [f"nachbar{n}" for n in range(self.number)]
        await self._plant(pages=[{"id": name, "name": name.title()} for name in names])
        entries = [
            read_entry(name, "sandbox", name, RELATIONS[n % len(RELATIONS)], "Bäume, Höfe")
            for n, name in enumerate(names)
        ]
        async with transaction(self.pool) as connection:
            await add_watches(connection, entries, by="command", now=datetime.now(UTC))

    async def post(self, seconds: float) -> None:
        """Let all pages post in turns, spread over so many seconds; some posts are taken down."""
        random, loop = Random(self.seed), asyncio.get_running_loop()
        begin, most = loop.time(), self.number * POSTS_EACH
        for n in range(most):
            await asyncio.sleep(begin + seconds * n / most - loop.time())
            page = f"nachbar{n % self.number}"
            words = random.choice(EVENTS if random.random() < 0.5 else SAYINGS)
            await self._plant(posts=[{"id": f"{POST}{n}", "page": page, "text": words.format(n=n)}])
            self.posted += 1
            self._up.append((page, f"{POST}{n}"))
            if random.random() < 0.1:
                await self._take_down(*self._up.pop(random.randrange(len(self._up))))

    async def visit_often(self) -> None:
        """Make every page due again and again, as if hours went by; without end."""
        while True:
            with suppress(psycopg.Error, PoolTimeout):  # the database is away, as ordered
                async with transaction(self.pool) as connection:
                    await connection.execute(
                        "update watch_readings set due_at = now() where due_at > now()"
                    )
            await asyncio.sleep(PULSE)

    async def _take_down(self, page: str, post: str) -> None:
        """Take a post down, again until the network answers: faults are meant for the services."""
        while True:
            with suppress(httpx.HTTPError):
                answer = await self.client.delete(
                    f"/api/comments/{post}", headers={"X-Act-As": page}
                )
                if answer.status_code in (204, 404, 410):
                    self.removed += 1
                    return
            await asyncio.sleep(0.1)

    async def _plant(self, **seed: Sequence[dict[str, Any]]) -> None:
        answer = await self.client.post("/api/admin/seed", json=seed)
        answer.raise_for_status()
