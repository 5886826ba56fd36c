"""`python -m tests.chaos`: many seeds of faults under load; each run's books on one line."""

import argparse
import asyncio
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from tests.chaos.plan import Layout, draw
from tests.chaos.run import Outcome, Size, run

HEAD = (
    f"{'seed':>4} {'faults':>6} {'in':>6} {'decided':>7} {'open':>5} {'muted':>5} {'dead':>4}"
    f" {'dropped':>7} {'posts':>5}  {'approved':>8} {'returned':>8} {'replies':>7}"
    f" {'outside':>7} {'gone':>4} {'poison':>6}"
    f" {'starts':>6} {'settled':>8} {'took':>6}"
)


def tell(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)  # noqa: T201 - a command's answer


def line(outcome: Outcome) -> str:
    """Return a run's row of the table."""
    verdict, books = outcome.verdict, outcome.verdict.books
    return (
        f"{outcome.seed:4d} {outcome.faults:6d} {books.received:6d} {books.decided:7d}"
        f" {books.open:5d} {books.muted:5d} {books.dead:4d} {sum(books.dropped.values()):7d}"
        f" {verdict.posts:5d}  {verdict.approvals:8d} {verdict.returned:8d} {verdict.replies:7d}"
        f" {verdict.spoken:7d} {verdict.gone:4d} {verdict.dead_letters:6d} {outcome.starts:6d}"
        f" {outcome.settled_after:6.0f} s {outcome.seconds:4.0f} s"
        f"  {'holds' if not outcome.wrong else 'WRONG'}"
    )


def as_json(outcome: Outcome) -> dict[str, object]:
    """Return a run as data."""
    return {**asdict(outcome), "verdict": outcome.verdict.as_json()}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seeds", type=int, default=25, help="how many runs")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--comments", type=int, default=10_000, help="comments in each run")
    parser.add_argument("--decisions", type=int, default=1500, help="the most in a run")
    parser.add_argument("--rate", type=float, default=15.0, help="comments a second")
    parser.add_argument("--rounds", type=int, default=0, help="faults of each kind; 0: by length")
    parser.add_argument("--nodes", type=int, choices=(1, 3), default=1, help="NATS servers")
    parser.add_argument("--instances", type=int, default=1, help="processes of each service")
    parser.add_argument("--patience", type=float, default=900.0, help="seconds to settle")
    parser.add_argument("--json", type=Path, help="file that takes each run as a line of JSON")
    parser.add_argument("--keep", type=Path, help="folder that keeps the runs' logs")
    parser.add_argument("--plan", action="store_true", help="only show the faults")
    return parser.parse_args()


async def one(seed: int, size: Size, asked: argparse.Namespace, models: Path) -> bool:
    """Run one seed and print its row; True when everything holds."""
    with tempfile.TemporaryDirectory(prefix="chaos-") as scratch:
        folder = asked.keep / str(seed) if asked.keep else Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        outcome = await run(seed, size, folder, models)
    tell(line(outcome))
    if outcome.failovers:
        tell("     " + ", ".join(f"{one.of} {one.seconds:.1f} s" for one in outcome.failovers))
    for complaint in outcome.wrong:
        tell(f"     {complaint}")
    if asked.json:
        with asked.json.open("a", encoding="utf-8") as out:
            out.write(json.dumps(as_json(outcome), ensure_ascii=False) + "\n")
    return not outcome.wrong


async def main(asked: argparse.Namespace) -> int:
    """Run all seeds one after the other; 1 when anything does not hold."""
    seconds = max(20.0, asked.comments / asked.rate)
    rounds = asked.rounds or max(1, int(seconds / 60))
    layout = Layout(asked.nodes, asked.instances)
    size = Size(asked.comments, seconds, rounds, asked.patience, layout, asked.decisions)
    seeds = range(asked.first, asked.first + asked.seeds)
    if asked.plan:
        for seed in seeds:
            drawn = draw(seed, seconds=seconds, rounds=rounds, layout=layout)
            tell("\n".join(map(str, drawn)))
        return 0
    tell(
        f"{size.comments} comments in {seconds:.0f} s, rounds of faults: {rounds}, {layout}\n{HEAD}"
    )
    with tempfile.TemporaryDirectory(prefix="chaos-models-") as models:
        held = [await one(seed, size, asked, Path(models)) for seed in seeds]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(arguments())))
