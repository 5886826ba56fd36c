"""`make bench`: all sections, or those that are named, each on fresh servers.

Figures are of this machine at this moment: only ratios within one run can be compared. Ends with 1
when a target is missed.
"""

import argparse
import asyncio
import platform
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tests.bench import broker, desk, embedding, hops, pipeline, retrieval
from tests.bench.ground import Ground, ground
from tests.bench.measuring import FULL, QUICK, Outcome, Size, load

ON_SERVERS: Mapping[str, Callable[[Ground, Size], Awaitable[Outcome]]] = {
    "broker": broker.run,
    "embedding": embedding.run,
    "hops": hops.run,
    "pipeline": pipeline.run,
    "retrieval": retrieval.run,
}
SECTIONS = (*ON_SERVERS, "desk")


async def bench(names: Sequence[str], size: Size, models: Path) -> list[str]:
    """Run sections one after another and print them; return what missed its target."""
    missed = []
    say(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, {load()}")
    for name in names:
        before, started = load(), time.monotonic()
        if name == "desk":
            outcome = await desk.run(size)
        else:
            async with ground(models) as on:
                outcome = await ON_SERVERS[name](on, size)
        took = time.monotonic() - started
        say(f"\n{name}   ({took:.0f} s; {before}, afterwards {load()})\n")
        for line in outcome.lines:
            say(line)
        missed += outcome.missed
    return missed


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - the figures are the output


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("section", nargs="*", choices=[*SECTIONS, []], help="default: all")
    parser.add_argument("--quick", action="store_true", help="small sizes, a few minutes")
    parser.add_argument("--comments", type=int)
    parser.add_argument("--items", type=int, help="comments that the desk has seen")
    parser.add_argument("--passages", type=int, nargs="+", help="sizes of the shelf, rising")
    chosen = parser.parse_args()
    size = QUICK if chosen.quick else FULL
    given = {"comments": chosen.comments, "items": chosen.items}
    size = replace(size, **{name: value for name, value in given.items() if value})
    if chosen.passages:
        size = replace(size, passages=tuple(sorted(chosen.passages)))
    with tempfile.TemporaryDirectory(prefix="bench-models-") as models:
        missed = asyncio.run(bench(chosen.section or SECTIONS, size, Path(models)))
    for sentence in missed:
        say(f"missed: {sentence}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
