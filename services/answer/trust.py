"""Is there an answer at all: judged from the ranking, before anything is written. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from services.answer.rank import Ranked

OTHERS = 10
"""The best passage is compared with so many behind it."""

COSINE, GAP, COVERAGE = 30.0, 12.0, 2.5
THRESHOLD = 27.4
"""Weights and threshold of the linear score, set by hand; see `docs/measured.md`."""


@dataclass(frozen=True)
class Evidence:
    """What the best passage has for it."""

    cosine: float
    gap: float
    """Its cosine above the mean of those behind it: e5's cosines only mean something compared."""
    coverage: float
    """Share of the question's information that it repeats, 0 to 1."""


def weigh(ranked: Sequence[Ranked]) -> Evidence:
    """Read the evidence off a ranking; an empty one has none."""
    if not ranked:
        return Evidence(0.0, 0.0, 0.0)
    behind = [one.passage.cosine for one in ranked[1 : OTHERS + 1]]
    best = ranked[0]
    gap = best.passage.cosine - fmean(behind) if behind else 0.0
    return Evidence(best.passage.cosine, gap, best.coverage)


def score(evidence: Evidence) -> float:
    """Return the linear score that is held against the threshold."""
    return COSINE * evidence.cosine + GAP * evidence.gap + COVERAGE * evidence.coverage


def holds_an_answer(evidence: Evidence) -> bool:
    """True when the best passage probably answers; a wrong yes costs more than a wrong no."""
    return score(evidence) >= THRESHOLD
