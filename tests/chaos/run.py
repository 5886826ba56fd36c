"""One run: a house under load and faults, then the books."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.chaos.crowd import Crowd
from tests.chaos.failover import Failover
from tests.chaos.faults import Faults
from tests.chaos.ground import Ground, ground
from tests.chaos.moderator import Moderator
from tests.chaos.neighbours import Neighbours
from tests.chaos.plan import ALONE, Fault, Layout, draw
from tests.chaos.processes import Processes
from tests.chaos.verdict import Offered, Verdict, judge, settle


@dataclass(frozen=True)
class Size:
    """How large a run is; the same numbers and seed draw the same faults."""

    comments: int
    seconds: float
    """How long comments and faults keep coming."""
    rounds: int = 1
    """How often each kind of fault happens at least."""
    patience: float = 300.0
    """Seconds after the last fault until everything must have come to its end."""
    layout: Layout = ALONE
    most_decisions: int = 1500
    """So many a moderator takes at most; with few comments, half of them are decided."""

    @property
    def decisions(self) -> int:
        return min(self.comments // 2, self.most_decisions)

    @property
    def neighbours(self) -> int:
        """Watched pages beside so many comments."""
        return 4 + self.comments // 500


@dataclass
class Outcome:
    """What one run led to."""

    seed: int
    size: Size
    verdict: Verdict
    faults: int
    seconds: float
    settled_after: float
    """Seconds from the last comment and fault until nothing was on its way."""
    starts: int
    died: dict[str, int] = field(default_factory=dict)
    """Processes that ended although nobody killed them."""
    memory: dict[str, int] = field(default_factory=dict)
    """Resident bytes at the end, by process."""
    failovers: list[Failover] = field(default_factory=list)

    @property
    def wrong(self) -> list[str]:
        return self.verdict.wrong


async def run(seed: int, size: Size, folder: Path, models: Path) -> Outcome:
    """Run one seed in an empty folder; the outcome names everything that does not hold.

    `models` may be shared by runs: converting the embedding model is most of a first start.
    """
    began = time.monotonic()
    plan = draw(seed, seconds=size.seconds, rounds=size.rounds, layout=size.layout)
    async with ground(folder, models, size.layout) as on:
        processes = Processes(folder, on.environments)
        processes.start()
        try:
            return await _under_faults(_Run(seed, size, plan, began), on, processes)
        finally:
            await processes.stop()


@dataclass(frozen=True)
class _Run:
    seed: int
    size: Size
    plan: Sequence[Fault]
    began: float


async def _under_faults(one: _Run, on: Ground, processes: Processes) -> Outcome:
    seed, size, plan, began = one.seed, one.size, one.plan, one.began
    crowd = Crowd(on.network, seed, size.comments)
    neighbours = Neighbours(on.network, on.pool, seed, size.neighbours)
    moderator = Moderator(on.desks, Random(seed), most=size.decisions)
    faults = Faults(on, processes)
    await crowd.arrive()
    await neighbours.move_in()
    await asyncio.wait_for(processes.up(), size.patience)
    working = asyncio.create_task(moderator.work())
    visiting = asyncio.create_task(neighbours.visit_often())
    begin = asyncio.get_running_loop().time()
    async with asyncio.TaskGroup() as group:
        group.create_task(crowd.comment(size.seconds))
        group.create_task(neighbours.post(size.seconds))
        for fault in plan:
            group.create_task(faults.bring_about(fault, begin))
    await on.network.delete("/api/admin/faults")
    calm = time.monotonic()
    offered = Offered(crowd.offered + faults.killers, neighbours.standing, faults.poisoned)
    left = await settle(on, offered, size.patience)
    moderator.last_call.set()
    await asyncio.wait([working], timeout=size.patience)
    for task in (working, visiting):
        task.cancel()
    ended = await asyncio.gather(working, visiting, return_exceptions=True)
    settled = time.monotonic()
    left = left or await settle(on, offered, size.patience)
    verdict = await judge(on, offered, moderator.told)
    if left:
        verdict.wrong.append(f"still on the way: {left}")
    verdict.wrong += [
        f"the run itself: {fault!r}" for fault in ended if isinstance(fault, Exception)
    ]
    return Outcome(
        seed, size, verdict, len(plan), time.monotonic() - began, settled - calm,
        processes.starts.total(), dict(processes.ended_alone), processes.memory(),
        faults.failovers,
    )  # fmt: skip
