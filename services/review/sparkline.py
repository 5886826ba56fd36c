"""A small chart as the points of an SVG polyline. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.store.queues import Sample

WIDTH, HEIGHT = 120.0, 24.0
WINDOW = timedelta(hours=1)
GAP = timedelta(minutes=2)
"""Minutes without a sample are a gap in the line, not a slope."""


@dataclass(frozen=True)
class Line:
    """One line of a chart: its unbroken pieces, each as `x,y x,y ...`."""

    pieces: Sequence[str]
    peak: float


@dataclass(frozen=True)
class Chart:
    """A queue's last hour."""

    arrived: Line
    """Messages a minute that came."""
    handled: Line
    """Messages a minute that were done."""
    depth: Line
    came: int
    went: int


def chart_of(samples: Sequence[Sample], now: datetime) -> Chart:
    """Draw the samples of the last hour; both flows share one scale."""
    seen = [sample for sample in samples if sample.minute > now - WINDOW]
    timed = [sample for sample in seen if sample.seconds > 0]
    highest = max(
        (max(_per_minute(s.arrived, s), _per_minute(s.handled, s)) for s in timed), default=0.0
    )
    deepest = float(max((sample.depth for sample in seen), default=0))
    return Chart(
        arrived=_line(timed, lambda s: _per_minute(s.arrived, s), highest, now),
        handled=_line(timed, lambda s: _per_minute(s.handled, s), highest, now),
        depth=_line(seen, lambda s: float(s.depth), deepest, now),
        came=sum(sample.arrived for sample in seen),
        went=sum(sample.handled for sample in seen),
    )


def rate(samples: Sequence[Sample], now: datetime) -> tuple[float, float] | None:
    """Return what came and went a minute in the last five; None when nobody looked."""
    seen = [s for s in samples if s.minute > now - timedelta(minutes=5)]
    seconds = sum(sample.seconds for sample in seen)
    if seconds <= 0:
        return None
    came, went = sum(s.arrived for s in seen), sum(s.handled for s in seen)
    return 60 * came / seconds, 60 * went / seconds


def _per_minute(count: int, sample: Sample) -> float:
    return 60 * count / sample.seconds


def _line(
    samples: Sequence[Sample], value: Callable[[Sample], float], top: float, now: datetime
) -> Line:
    pieces: list[list[str]] = []
    last: datetime | None = None
    for sample in samples:
        if last is None or sample.minute - last > GAP:
            pieces.append([])
        last = sample.minute
        x = WIDTH * (1 - (now - sample.minute) / WINDOW)
        y = HEIGHT - 1 - (HEIGHT - 2) * (value(sample) / top if top else 0.0)
        pieces[-1].append(f"{min(WIDTH, max(0.0, x)):.1f},{y:.1f}")
    drawn = [" ".join(points if len(points) > 1 else points * 2) for points in pieces]
    return Line(drawn, max((value(sample) for sample in samples), default=0.0))
