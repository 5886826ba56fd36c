"""What a stress run showed: times per hop, drop rate, and which limits were broken. Pure."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast, get_args

from services.commands.stress_load import UnfitLoad

Hop = Literal["in", "route", "desk", "answer", "whole"]
HOPS: tuple[Hop, ...] = get_args(Hop)
MEANING: Mapping[Hop, str] = {
    "in": "offered until on the bus",
    "route": "until sorted",
    "desk": "sorted until at the desk",
    "answer": "sorted until drafted",
    "whole": "offered until ready for a person",
}
PERCENTILES = (50, 95, 99)


@dataclass
class Trace:
    """When one comment passed each hop; None where it was not seen."""

    offered: datetime
    received: datetime | None = None
    routed: datetime | None = None
    lane: str | None = None
    drafted: datetime | None = None
    at_desk: datetime | None = None
    dead: bool = False

    @property
    def ready(self) -> datetime | None:
        """When a person could decide: at the desk, and drafted where a draft is wanted."""
        if self.at_desk is None or (self.lane == "answer" and self.drafted is None):
            return None
        return max(self.at_desk, self.drafted or self.at_desk)

    def seconds(self, hop: Hop) -> float | None:
        """Return how long a hop took, None when it was not seen whole; never below zero.

        Clocks are the broker's, the database's and ours: they must agree.
        """
        begin, end = {
            "in": (self.offered, self.received),
            "route": (self.received, self.routed),
            "desk": (self.routed, self.at_desk),
            "answer": (self.routed, self.drafted),
            "whole": (self.offered, self.ready),
        }[hop]
        return None if begin is None or end is None else max(0.0, (end - begin).total_seconds())


@dataclass(frozen=True)
class Figures:
    """The outcome in numbers; times in seconds by hop and percentile."""

    offered: int
    at_desk: int
    dead: int
    rate: float
    """Comments a second that reached the desk, from the first offered to the last arrived."""
    times: Mapping[Hop, Mapping[int, float]]

    @property
    def dropped(self) -> int:
        """Comments that are neither at the desk nor among the dead letters."""
        return self.offered - self.at_desk - self.dead

    @property
    def drop_rate(self) -> float:
        return (self.dropped + self.dead) / self.offered if self.offered else 0.0


def figures_of(traces: Sequence[Trace]) -> Figures:
    """Add the traces up."""
    arrived = [trace.at_desk for trace in traces if trace.at_desk is not None]
    lasted = (
        (max(arrived) - min(trace.offered for trace in traces)).total_seconds() if arrived else 0.0
    )
    times: dict[Hop, dict[int, float]] = {}
    for hop in HOPS:
        seen = [taken for trace in traces if (taken := trace.seconds(hop)) is not None]
        if seen:
            times[hop] = {share: percentile(seen, share) for share in PERCENTILES}
    return Figures(
        offered=len(traces),
        at_desk=len(arrived),
        dead=sum(trace.dead and trace.at_desk is None for trace in traces),
        rate=len(arrived) / lasted if lasted > 0 else 0.0,
        times=times,
    )


def percentile(values: Iterable[float], share: float) -> float:
    """Return the smallest value that `share` percent of the values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share / 100 * len(ordered)) - 1)]


@dataclass(frozen=True)
class Limit:
    """The most seconds that a percentile of a hop may take."""

    hop: Hop
    share: int
    seconds: float


def read_limit(text: str) -> Limit:
    """Read `route.p95=2.5`; raises UnfitLoad."""
    name, _, seconds = text.partition("=")
    hop, _, share = name.strip().partition(".p")
    try:
        limit = Limit(cast("Hop", hop), int(share), float(seconds))
    except ValueError:
        limit = None
    if limit is None or hop not in HOPS or limit.share not in PERCENTILES:
        raise UnfitLoad(
            f"{text}: write HOP.pNN=SECONDS with a hop of {', '.join(HOPS)} and"
            f" {', '.join(f'p{one}' for one in PERCENTILES)}"
        )
    return limit


def breaches(figures: Figures, limits: Iterable[Limit], max_drop: float) -> list[str]:
    """Return a sentence for each limit that was broken; a hop nobody passed breaks its own."""
    broken = []
    if figures.drop_rate > max_drop:
        broken.append(f"drop rate {figures.drop_rate:.2%} is above {max_drop:.2%}")
    for limit in limits:
        taken = figures.times.get(limit.hop, {}).get(limit.share)
        if taken is None:
            broken.append(f"{limit.hop}.p{limit.share}: no comment got so far")
        elif taken > limit.seconds:
            broken.append(f"{limit.hop}.p{limit.share} {taken:.2f} s is above {limit.seconds:g} s")
    return broken


def lines(figures: Figures) -> list[str]:
    """Return the table to print."""
    table = [
        f"offered      {figures.offered:7d}",
        f"at the desk  {figures.at_desk:7d}   {figures.rate:.1f} a second",
        f"dead letters {figures.dead:7d}",
        f"missing      {figures.dropped:7d}   drop rate {figures.drop_rate:.2%}",
        "",
        f"{'hop':8s} {'p50':>8s} {'p95':>8s} {'p99':>8s}   seconds",
    ]
    for hop, taken in figures.times.items():
        columns = " ".join(f"{taken[share]:8.3f}" for share in PERCENTILES)
        table.append(f"{hop:8s} {columns}   {MEANING[hop]}")
    return table
