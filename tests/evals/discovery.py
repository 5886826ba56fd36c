"""`python -m tests.evals.discovery`: how many of a topic's first ten pages are worth watching.

The product's own code searches made-up networks and stores what it finds; the verdicts are their
author's (see discovery_world.py). Beside it two simple orders of everybody whom the search saw, of
those among them who pass for an organisation, and of the very pages that we list.
"""

import asyncio
import random
import statistics
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from services.commands.eval_answers import throw_away_database
from services.kit.db import Pool, transaction
from services.networks.connected import Connected
from services.outreach.actor import read_actor
from services.outreach.asking import Pace
from services.outreach.discover import Discovering, plan, search_next
from services.review.watch_list import read_entry
from services.store import discovery_desk, discovery_rounds, watches
from tests.evals.discovery_world import TOPICS, Account, World, draw

WORLDS = 5
DAYS = 3
"""Times each search is done: every day looks at pages that were not read before."""
TEN = 10
RESAMPLES = 2000


@dataclass
class Ranked:
    """The first ten of each topic in each world: worth watching, and a private person's."""

    name: str
    worth: list[list[bool]] = field(default_factory=list)
    persons: int = 0

    def add(self, first: Sequence[Account]) -> None:
        """Take in a topic's order; places that stay empty are no hits."""
        ten = first[:TEN]
        self.worth.append([one.sort.worth for one in ten] + [False] * (TEN - len(ten)))
        self.persons += sum(one.sort.is_person for one in ten)

    @property
    def precision(self) -> float:
        return statistics.fmean(hit for ten in self.worth for hit in ten)

    def interval(self) -> tuple[float, float]:
        """Return the 95 % interval of a bootstrap over topics and worlds."""
        dice = random.Random(1)
        means = [statistics.fmean(ten) for ten in self.worth]
        found = sorted(
            statistics.fmean(dice.choices(means, k=len(means))) for _ in range(RESAMPLES)
        )
        return found[int(0.025 * RESAMPLES)], found[int(0.975 * RESAMPLES)]


async def found_in(pool: Pool, world: World) -> tuple[dict[str, list[str]], int]:
    """Search a world as the service does; return the addresses by topic, and the requests."""
    now = datetime.now(UTC)
    async with transaction(pool) as connection:
        for table in (
            "discovery_requests", "discovered_topics", "discovered_pages", "discovery_rounds",
            "watch_readings", "watches",
        ):  # fmt: skip
            await connection.execute(f"delete from {table}".encode())
        entries = [read_entry(one, "bluesky", one, "partner", "") for one in world.partners]
        await watches.add_watches(connection, entries, by="eval", now=now)
        await discovery_desk.set_topics(connection, TOPICS, by="eval", now=now)
    searching = Discovering(
        pool,
        Connected(None, []),
        scouts={"bluesky": world},
        pace=Pace(gap=timedelta(), budget=10_000),
    )
    for _ in range(DAYS):
        await plan(searching, now, first=timedelta())
        async with transaction(pool) as connection:
            await discovery_rounds.hurry_rounds(connection, now)
        while await search_next(searching, now):
            continue
    async with pool.connection() as connection:
        found = {
            topic: [one.address for one in await discovery_desk.list_finds(connection, topic)]
            for topic in TOPICS
        }
        requests = await (
            await connection.execute("select count(*) from discovery_requests")
        ).fetchone()
    return found, requests[0] if requests else 0


async def seen_in(world: World, topic: str) -> Counter[str]:
    """Return everybody whom the two searches for a topic see, with the number of their posts."""
    posts = {one.post_id: one for one in await world.search(topic)}
    posts |= {one.post_id: one for one in await world.tagged(topic)}
    return Counter(one.page_id for one in posts.values())


async def main() -> None:
    names = (
        "our score", "most followers first, all", "most posts first, all",
        "most followers first, organisations", "most posts first, organisations",
        "most followers first, what we list", "most posts first, what we list",
    )  # fmt: skip
    orders = {name: Ranked(name) for name in names}
    listed, persons, requests, worthy = 0, 0, 0, [0, 0]
    async with throw_away_database() as pool:
        for seed in range(WORLDS):
            world = draw(seed, datetime.now(UTC))
            found, asked = await found_in(pool, world)
            requests += asked
            by_address = {one.profile.address: one for one in world.accounts.values()}
            for topic in TOPICS:
                ours = [by_address[one] for one in found[topic]]
                listed, persons = listed + len(ours), persons + sum(o.sort.is_person for o in ours)
                seen = await seen_in(world, topic)
                everybody = [world.accounts[one] for one in seen]
                passing = [one for one in everybody if read_actor(one.profile)]
                worthy[0] += sum(o.sort.worth for o in everybody)
                worthy[1] += sum(o.sort.worth for o in passing)
                orders["our score"].add(ours)
                for group, accounts in (
                    ("all", everybody),
                    ("organisations", passing),
                    ("what we list", ours),
                ):
                    _add_simple(orders, group, accounts, seen)
    daily = requests / WORLDS / DAYS
    lines = [
        f"{WORLDS} networks, {len(world.accounts)} accounts each, {daily:.0f} requests a day",
        f"listed {listed}, of them private persons {persons}",
        f"worth watching among all who were seen {worthy[0]}, of them pass the test {worthy[1]}",
        "",
        "| ranking | precision at 10 | 95 % | private persons among the ten |",
        "| --- | --- | --- | --- |",
    ]
    for one in orders.values():
        low, high = one.interval()
        share = one.persons / (TEN * len(one.worth))
        lines.append(f"| {one.name} | {one.precision:.2f} | {low:.2f}-{high:.2f} | {share:.0%} |")
    sys.stdout.write("\n".join([*lines, ""]))


def _add_simple(
    orders: dict[str, Ranked], group: str, accounts: Sequence[Account], seen: Counter[str]
) -> None:
    keys: dict[str, Callable[[Account], float]] = {
        "most followers first": lambda one: one.profile.readers or 0,
        "most posts first": lambda one: seen[one.profile.page_id],
    }
    for name, key in keys.items():
        orders[f"{name}, {group}"].add(sorted(accounts, key=key, reverse=True))


if __name__ == "__main__":
    asyncio.run(main())
