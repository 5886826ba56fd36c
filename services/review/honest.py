"""Shares with the error bars that belong to them. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.store.dialogue import FollowUp

FEWEST = 20
"""Cases below which nothing is said."""
NORMAL = 1.96
ROUNDS = 2000
SEED = 20


@dataclass(frozen=True)
class Share:
    """A share with its 95 per cent interval, all of 0 to 1."""

    share: float
    low: float
    high: float
    cases: int


def wilson(part: int, whole: int) -> Share | None:
    """Return a share with Wilson's score interval (1927); None when there are too few cases."""
    if whole < FEWEST:
        return None
    share, square = part / whole, NORMAL**2
    middle = (share + square / (2 * whole)) / (1 + square / whole)
    spread = NORMAL / (1 + square / whole) * math.sqrt(
        share * (1 - share) / whole + square / (4 * whole**2)
    )  # fmt: skip
    return Share(share, max(0.0, middle - spread), min(1.0, middle + spread), whole)


def civility(threads: Sequence[FollowUp]) -> Share | None:
    """Return the share of civil comments; None when there are too few threads.

    Comments of one thread belong together, so threads are drawn anew, not comments (bootstrap of
    clusters, percentiles, a fixed seed).
    """
    if len(threads) < FEWEST:
        return None
    counts = np.array([(one.civil, one.all) for one in threads], dtype=np.float64)
    drawn = np.random.default_rng(SEED).integers(0, len(threads), (ROUNDS, len(threads)))
    sums = counts[drawn].sum(axis=1)
    low, high = np.percentile(sums[:, 0] / sums[:, 1], [2.5, 97.5])
    share = counts[:, 0].sum() / counts[:, 1].sum()
    return Share(float(share), float(low), float(high), len(threads))
