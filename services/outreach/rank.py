"""How promising a page that was found is for a topic: seven parts between 0 and 1, weighed.

Pure, and made of nothing but the figures that are kept, so that no score tells more than they do.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

WEIGHTS: Mapping[str, float] = {
    "focus": 3.0, "posts": 1.5, "talk": 1.5, "partners": 1.5, "links": 1.0, "readers": 0.7,
    "fresh": 1.5,
}  # fmt: skip
FEW = 0.2
"""Size of a part where there are some, but fewer than five."""
HALF_LIFE_DAYS = 10.0


@dataclass(frozen=True)
class Figures:
    """What is kept of a page and a topic; None: fewer than five."""

    posts: int | None
    share: float | None
    answers: int | None
    newest: datetime
    readers: int | None
    partners: int | None
    is_followed: bool
    """Partners follow it, however many."""
    links: int | None
    is_linking: bool


def parts_of(figures: Figures, now: datetime) -> Mapping[str, float]:
    """Return how much speaks for a page, part by part."""
    days = max((now - figures.newest).total_seconds() / 86_400, 0.0)
    return {
        "focus": _between(figures.share or 0.0, 0.05, 0.5),
        "posts": _many(figures.posts, 30),
        "talk": _many(figures.answers, 200) if figures.answers else 0.0,
        "partners": _many(figures.partners, 20) if figures.is_followed else 0.0,
        "links": _many(figures.links, 20) if figures.is_linking else 0.0,
        "readers": _between(math.log10(1 + (figures.readers or 0)), 2.0, 6.0),
        "fresh": 0.5 ** (days / HALF_LIFE_DAYS),
    }


def score(parts: Mapping[str, float]) -> float:
    """Return the weighed mean of the parts, 0 to 1."""
    total = sum(weight * parts[name] for name, weight in WEIGHTS.items())
    return total / sum(WEIGHTS.values())


def _many(count: int | None, most: int) -> float:
    """Return FEW for fewer than five, then up to 1 on a logarithmic scale."""
    if count is None:
        return FEW
    return FEW + (1 - FEW) * _between(math.log(count), math.log(4), math.log(most))


def _between(value: float, low: float, high: float) -> float:
    return min(1.0, max(0.0, (value - low) / (high - low)))
