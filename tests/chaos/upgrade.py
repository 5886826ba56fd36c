"""`python -m tests.chaos.upgrade`: a house is upgraded while comments keep coming.

It stands on an earlier release's tables, queues and code. Then, as docs/upgrading.md says: the
broker learns the new users, each of three after the other, `provision` migrates, and one process
after the other is stopped and started with the code of now; some go back to the old code, which has
to work on the new tables, and forward again. At the end the books must balance to the unit. Needs
git's history.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from services.kit.servers.readiness import until
from tests.chaos.__main__ import tell
from tests.chaos.crowd import Crowd
from tests.chaos.fleet import Fleet
from tests.chaos.moderator import Moderator
from tests.chaos.plan import Layout
from tests.chaos.release import HERE, NoHistory, Release, earlier
from tests.chaos.upgrade_ground import SERVICES, Standing, standing
from tests.chaos.upgrade_watch import Watch
from tests.chaos.verdict import Offered, Verdict, judge, settle
from tests.chaos.waits import Waited
from tests.review.reading import rows

CLEAN = "exit code 0"


@dataclass(frozen=True)
class Plan:
    """What is upgraded how, and how much happens meanwhile."""

    old: Release
    comments: int
    """At most; they come until the upgrade is over."""
    rate: float
    """Comments a second."""
    layout: Layout
    back: Sequence[str]
    """Services that go back to the old code, and forward again."""
    patience: float


@dataclass
class Upgrade:
    """What was done to a house, how long each step took, and what became of it."""

    stands: Standing
    fleet: Fleet
    watch: Watch
    steps: list[tuple[str, float]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def brokers(self) -> list[str]:
        """Names of the broker's servers, and of the steps that renew them."""
        return list(self.stands.brokers.servers)

    async def do(self, plan: Plan) -> None:
        """Upgrade everything, then take some services back and forward again."""
        for broker in self.brokers:
            await self._timed(broker, self.stands.renew_broker(broker, HERE))
        await self._timed("provision", self.stands.command(HERE, "provision"))
        for service in SERVICES:
            await self._roll(service, HERE)
        for service in plan.back:
            await self._roll(service, plan.old)
        for service in plan.back:
            await self._roll(service, HERE)
        await self._timed("tighten", self.stands.command(HERE, "provision", "--tighten"))
        self.watch.step = "after"

    async def _roll(self, service: str, release: Release) -> None:
        names = self.fleet.of(service)
        for name in names:
            others = [other for other in names if other != name]
            if service == "review" and others:
                self._lead_to(others[0])
            await self._timed(f"{name} {release.name}", self._replace(name, release))
            if service == "review":
                self._lead_to(name)

    def _lead_to(self, name: str) -> None:
        self.stands.door.point(int(self.stands.ground.environments[name]["PORT"]))

    async def _replace(self, name: str, release: Release) -> None:
        ended = await self.fleet.stop(name)
        if ended != CLEAN:
            self.wrong.append(f"{name} did not end by itself: {ended}")
        await self.fleet.start(name, release)

    async def _timed(self, step: str, work: Awaitable[object]) -> None:
        self.watch.step, began = step, time.monotonic()
        await work
        self.steps.append((step, time.monotonic() - began))


@dataclass
class Outcome:
    """The books, and how long anything waited."""

    verdict: Verdict
    upgrade: Upgrade
    troubles: list[str]

    @property
    def wrong(self) -> list[str]:
        return [*self.verdict.wrong, *self.upgrade.wrong]


async def run(plan: Plan, folder: Path, models: Path) -> Outcome:
    """Upgrade a house under load in an empty folder."""
    async with standing(plan.old, plan.layout, folder, models) as stands:
        on = stands.ground
        crowd = Crowd(on.network, 1, plan.comments)
        moderator = Moderator(on.desks, Random(1), most=plan.comments)
        await crowd.arrive()
        await stands.fill(plan.old)
        fleet = Fleet(folder, on.environments)
        upgrade = Upgrade(stands, fleet, Watch(stands))
        try:
            await fleet.start(next(iter(on.environments)), plan.old)
            rest = [name for name in on.environments if name not in fleet.running]
            await asyncio.gather(*(fleet.start(name, plan.old) for name in rest))
            async with working(upgrade.watch.run()), working(moderator.work()) as decides:
                commenting = asyncio.create_task(crowd.comment(plan.comments / plan.rate))
                await asyncio.wait_for(until(lambda: _flows(stands)), plan.patience)
                await upgrade.do(plan)
                if commenting.done():
                    upgrade.wrong.append("comments ended before the upgrade did: raise --comments")
                crowd.enough.set()
                await commenting
                offered = Offered(crowd.offered, posts=0, poisoned=0)
                left = await settle(stands.ground, offered, plan.patience)
                moderator.last_call.set()
                await asyncio.wait([decides], timeout=plan.patience)
            left = left or await settle(stands.ground, offered, plan.patience)
            await upgrade.watch.read_tables()
            verdict = await judge(stands.ground, offered, moderator.told)
            if left:
                verdict.wrong.append(f"still on the way: {left}")
            return Outcome(verdict, upgrade, list(fleet.troubles()))
        finally:
            await fleet.stop_all()


async def _flows(stands: Standing) -> bool | None:
    """True once a reply stands out there: every hop of the old release has worked."""
    ((sent,),) = await rows(
        stands.ground.pool, "select count(*) from deliveries where state = 'sent'"
    )
    await asyncio.sleep(0.2)
    return sent > 0 or None


@asynccontextmanager
async def working(work: Awaitable[None]) -> AsyncIterator[asyncio.Task[None]]:
    """Let endless work go on while the block runs; what breaks in it breaks the block's end."""
    task = asyncio.ensure_future(work)
    try:
        yield task
    finally:
        ended = task.done()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        if ended:
            task.result()


def lines(outcome: Outcome) -> list[str]:
    """Return what to print."""
    books, verdict = outcome.verdict.books, outcome.verdict
    shown = [f"{'step':24} seconds"]
    shown += [f"{step:24} {seconds:7.1f}" for step, seconds in outcome.upgrade.steps]
    waits = outcome.upgrade.watch.waits
    shown += ["", f"{'longest wait':24} seconds  during", *map(_wait, waits.by_place())]
    for broker in outcome.upgrade.brokers:
        shown += [
            "",
            f"longest waits while {broker} was renewed",
            *map(_wait, waits.during(broker)),
        ]
    shown += [
        "",
        f"{books.received} in: {books.decided} decided, {books.open} open, {books.muted} muted",
        f"{books.dead} dead, {sum(books.dropped.values())} dropped",
        f"{verdict.approvals} approved, {verdict.returned} returned, {verdict.replies} replies",
        *(f"log: {line}" for line in outcome.troubles[:40]),
        *outcome.wrong,
        "WRONG" if outcome.wrong else "holds",
    ]
    return shown


def _wait(waited: Waited) -> str:
    return f"{waited.place:24} {waited.seconds:7.1f}  {waited.during}"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos.upgrade", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--from", dest="revision", help="the earlier release, as git names it")
    parser.add_argument("--rate", type=float, default=1.0, help="comments a second")
    parser.add_argument("--comments", type=int, default=3000, help="at most")
    parser.add_argument("--nodes", type=int, choices=(1, 3), default=1, help="NATS servers")
    parser.add_argument("--instances", type=int, default=1, help="processes of each service")
    parser.add_argument("--back", nargs="*", default=["route", "review"], choices=SERVICES)
    parser.add_argument("--patience", type=float, default=600.0, help="seconds to settle")
    parser.add_argument("--keep", type=Path, help="folder that keeps the logs")
    return parser.parse_args()


def _made(folder: Path) -> Path:
    for name in ("house", "models"):
        (folder / name).mkdir(parents=True)
    return folder.resolve()


async def main(asked: argparse.Namespace) -> int:
    """Upgrade once and print what was seen; 1 when anything does not hold, 2 without history."""
    with tempfile.TemporaryDirectory(prefix="upgrade-") as scratch:
        folder = await asyncio.to_thread(_made, asked.keep or Path(scratch))
        try:
            old = await earlier(asked.revision, folder / "old")
        except NoHistory as error:
            tell(str(error))
            return 2
        tell(f"from {old.migrations} migrations to {HERE.migrations}")
        layout = Layout(asked.nodes, asked.instances)
        plan = Plan(old, asked.comments, asked.rate, layout, asked.back, asked.patience)
        outcome = await run(plan, folder / "house", folder / "models")
    tell("\n".join(lines(outcome)))
    return 1 if outcome.wrong else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(arguments())))
