"""`python -m tests.chaos.standstill`: the memory of services while the model stands still.

Comments keep coming while the language model takes requests and never answers. Each service's
resident memory is read all the time. Then the model answers again, and everything must be drafted.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.__main__ import tell
from tests.chaos.crowd import Crowd
from tests.chaos.ground import Ground, ground
from tests.chaos.processes import Processes
from tests.chaos.verdict import Offered, settle
from tests.review.reading import rows

LOOK = 2.0
"""Seconds between readings of the memory."""
MIB = 1024**2


@dataclass
class Curve:
    """Resident memory in MiB of each service, and how many drafts waited, at each moment."""

    readings: list[tuple[float, dict[str, float], int]] = field(default_factory=list)

    def growth(self, name: str, part: Sequence[float] = (0.5, 1.0)) -> float:
        """Return MiB gained from the middle to the end: warming up is over by then."""
        values = [memory[name] for _, memory, _ in self.readings if name in memory]
        begin, end = (values[min(len(values) - 1, int(len(values) * at))] for at in part)
        return end - begin

    def table(self, lines: int = 12) -> list[str]:
        """Return the curve as lines of text."""
        names = sorted(self.readings[0][1])
        step = max(1, len(self.readings) // lines)
        shown = [f"{'s':>6} {'waiting':>8} " + " ".join(f"{name:>8}" for name in names)]
        for at, memory, waiting in [*self.readings[::step], self.readings[-1]]:
            columns = " ".join(f"{memory.get(name, 0):8.1f}" for name in names)
            shown.append(f"{at:6.0f} {waiting:8d} {columns}")
        return shown


async def stand_still(
    comments: int, seconds: float, folder: Path, patience: float
) -> tuple[Curve, Mapping[str, int], int]:
    """Return the memory's curve, what was left undone at last, and how many drafts were made."""
    async with ground(folder, folder / "models") as on:
        processes = Processes(folder, on.environments)
        crowd = Crowd(on.network, 1, comments)
        await crowd.arrive()
        processes.start()
        try:
            await asyncio.wait_for(processes.up(), patience)
            with on.model.being("hangs"):
                curve = await _under_load(on, processes, crowd, seconds)
            left = await settle(on, Offered(crowd.offered, 0, 0), patience)
            drafts = await rows(on.pool, "select count(distinct comment_key) from drafts")
        finally:
            await processes.stop()
    return curve, left, drafts[0][0]


async def _under_load(on: Ground, processes: Processes, crowd: Crowd, seconds: float) -> Curve:
    curve, began = Curve(), time.monotonic()
    commenting = asyncio.create_task(crowd.comment(seconds))
    while not commenting.done():
        await asyncio.wait([commenting], timeout=LOOK)
        ((waiting,),) = await rows(
            on.pool, "select count(*) from items where draft_state = 'pending'"
        )
        memory = {name: size / MIB for name, size in processes.memory().items()}
        curve.readings.append((time.monotonic() - began, memory, waiting))
    await commenting
    return curve


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--comments", type=int, default=6000)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--patience", type=float, default=1800.0, help="until all is drafted")
    parser.add_argument("--growth", type=float, default=15.0, help="MiB in the second half")
    parser.add_argument("--json", type=Path, help="file for the curve")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="chaos-") as scratch:
        curve, left, drafts = asyncio.run(
            stand_still(asked.comments, asked.seconds, Path(scratch), asked.patience)
        )
    tell("\n".join(curve.table()))
    grown = {name: round(curve.growth(name), 1) for name in sorted(curve.readings[0][1])}
    tell(f"MiB gained in the second half: {grown}")
    tell(f"drafts made: {drafts}; still on the way: {dict(left) or 'nothing'}")
    if asked.json:
        asked.json.write_text(json.dumps(curve.readings), encoding="utf-8")
    return 1 if left or max(grown.values()) > asked.growth else 0


if __name__ == "__main__":
    sys.exit(main())
