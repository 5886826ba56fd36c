"""Is there an answer at all: judged from the ranking, before anything is written. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.answer.rank import Ranked

COSINE, COVERAGE, LEXICAL = 40.0, 5.0, 0.03
THRESHOLD = 36.5
"""Weights and threshold of the linear score, chosen on the sample world; see docs/measured.md."""


@dataclass(frozen=True)
class Evidence:
    """What the best passage has for it."""

    cosine: float
    coverage: float
    """Share of the question's information that it repeats, 0 to 1."""
    lexical: float
    """Its BM25 score."""


def weigh(ranked: Sequence[Ranked]) -> Evidence:
    """Read the evidence off a ranking; an empty one has none."""
    if not ranked:
        return Evidence(0.0, 0.0, 0.0)
    best = ranked[0]
    return Evidence(best.passage.cosine, best.coverage, best.lexical)


def score(evidence: Evidence) -> float:
    """Return the linear score that is held against the threshold."""
    return COSINE * evidence.cosine + COVERAGE * evidence.coverage + LEXICAL * evidence.lexical


def holds_an_answer(evidence: Evidence) -> bool:
    """True when the best passage probably answers."""
    return score(evidence) >= THRESHOLD
