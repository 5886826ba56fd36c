"""A town with pages nobody watches yet, people who talk below them, and searches."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from services.kit.db import Pool, transaction
from services.networks.connected import Connected
from services.networks.network import Network
from services.outreach.asking import Pace
from services.outreach.discover import Discovering, plan, search_next
from services.review.watch_list import read_entry
from services.store import discovery_desk, watches
from services.store.discovery_desk import Find
from tests.networks.sandbox_town import Town

QUICK = Pace(gap=timedelta(), again=0.01)
GOOD = [
    ("mieterverein", "Mieterverein Warlebek e. V."),
    ("kreisblatt", "Kreisblatt Warlebek, Redaktion"),
    ("umweltamt", "Umweltministerium"),
]
"""An organisation, a medium and an office."""


@dataclass
class Harbour:
    """Searches the sandbox network in the organisation's name; `QUICK` unless told otherwise."""

    town: Town
    pool: Pool
    network: Network
    pace: Pace = QUICK
    own_domains: tuple[str, ...] = ()
    replied: list[str] = field(default_factory=list)

    def discovering(self, **changed: Any) -> Discovering:
        given: dict[str, Any] = {"pace": self.pace, "own_domains": self.own_domains, **changed}
        return Discovering(self.pool, Connected(None, [self.network]), **given)

    async def watch(self, address: str, relation: str = "partner", topics: str = "Hitze") -> str:
        entry = read_entry(address.title(), "sandbox", address, relation, topics)
        async with transaction(self.pool) as connection:
            await watches.add_watches(connection, [entry], by="command", now=datetime.now(UTC))
        return entry.watch_id

    async def page(
        self, page: str, name: str, *, about: str = "", posts: int = 6, topic: str = "Hitze",
        answers: int = 0, readers: int = 900, days_ago: float = 1, links: str = "",
    ) -> None:  # fmt: skip
        """Found a page that posts on a topic, with so many people below its first post."""
        made = datetime.now(UTC) - timedelta(days=days_ago)
        await self.town.seed(
            pages=[{"id": page, "name": name, "about": about, "readers": readers}],
            posts=[
                {
                    "id": f"{page}-{n}", "page": page,
                    "text": f"Die {topic} in der Stadt, Folge {n}. {links}",
                    "created_at": (made - timedelta(hours=n)).isoformat(),
                }
                for n in range(posts)
            ],
            accounts=[
                {"id": f"{page}-guest-{n}", "display_name": f"Privatperson {page} {n}"}
                for n in range(answers)
            ],
            comments=[
                {
                    "id": f"{page}-said-{n}", "author": f"{page}-guest-{n}", "under": f"{page}-0",
                    "text": "Bei uns im Dachgeschoss sind es 35 Grad.",
                }
                for n in range(answers)
            ],
        )  # fmt: skip
        self.replied += [f"{page}-guest-{n}" for n in range(answers)]

    async def search(self, discovering: Discovering | None = None) -> int:
        """Do every search that is due; return how many were."""
        searching = discovering or self.discovering()
        now = datetime.now(UTC)
        await plan(searching, now, first=timedelta())
        done = 0
        while await search_next(searching, now + timedelta(seconds=1)):
            done += 1
        return done

    async def finds(self, topic: str = "Hitze") -> list[Find]:
        async with self.pool.connection() as connection:
            return await discovery_desk.list_finds(connection, topic)

    async def names(self, topic: str = "Hitze") -> list[str]:
        return [one.address for one in await self.finds(topic)]

    async def due_again(self) -> None:
        async with transaction(self.pool) as connection:
            await connection.execute("update discovery_rounds set due_at = now() - interval '1 h'")
