"""How promising a post is: seven parts between 0 and 1, weighed, and moved by what people say.

A logistic model with bounded weights, updated one judgement at a time by the gradient of its log
loss (online logistic regression; Bottou, "Online learning and stochastic approximations", 1998).
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from services.store.opportunities import Candidate, Look

Parts = Mapping[str, float]
"""Size of each part, 0 to 1."""
Weights = Mapping[str, float]

PRIOR: Weights = {
    "near": 4.0, "topic": 1.2, "readers": 0.8, "lively": 0.6, "fresh": 1.0, "adds": 1.2,
    "new_here": 0.6,
}  # fmt: skip
PARTS = tuple(PRIOR)
RELATION: Mapping[str, float] = {"partner": 0.4, "decision_maker": 0.3, "news": 0.0}
"""Added before the curve: whom we know listens to us sooner."""
BIAS = -4.8
MOST, LEAST = 2.5, 0.4
"""Judgements move a weight no further than to these multiples of where it began."""
STEP = 0.15
FARTHEST, NEAREST = 0.80, 0.90
"""Cosines of short texts that count as nothing and as everything; e5's all lie close together."""
HALF_LIFE_HOURS = 18.0
SAID_ALREADY = 0.88
"""Cosine from which on somebody in the thread has said what our passage says."""


@dataclass(frozen=True)
class Scored:
    """A post's score between 0 and 1, with what it is made of."""

    score: float
    parts: Parts


def parts_of(candidate: Candidate, look: Look | None, now: datetime) -> Parts:
    """Return the parts of a post's score; without a look nobody knows what was said below it."""
    hours = max((now - candidate.created_at).total_seconds() / 3600, 0.5)
    talk = (candidate.replies or 0) + (candidate.shares or 0) + (candidate.likes or 0) / 5
    said = look.said if look and look.said is not None else None
    adds = 0.5 if look is None or said is None else float(said < SAID_ALREADY)
    if look is not None and look.remarks == 0:
        adds = 1.0
    return {
        "near": _between(candidate.nearness, FARTHEST, NEAREST),
        "topic": min(1.0, len(candidate.topics) / 2),
        "readers": _between(math.log10(1 + (candidate.readers or 0)), 2.0, 6.0),
        "lively": _between(math.log1p(talk / hours), 0.0, 4.0),
        "fresh": 0.5 ** (hours / HALF_LIFE_HOURS),
        "adds": adds if candidate.passage_id is not None else 0.0,
        "new_here": 1.0 / (1 + candidate.appearances),
    }


def score(parts: Parts, relation: str, weights: Weights) -> float:
    """Return the probability that the team finds it useful, as far as the weights know."""
    total = BIAS + RELATION.get(relation, 0.0) + sum(weights[name] * parts[name] for name in PARTS)
    return 1 / (1 + math.exp(-total))


def learned(judgements: Iterable[tuple[Parts, str, bool]]) -> Weights:
    """Return the weights after all judgements in their order: parts, relation, useful or not."""
    weights = dict(PRIOR)
    for parts, relation, useful in judgements:
        error = float(useful) - score(parts, relation, weights)
        for name in PARTS:
            moved = weights[name] + STEP * error * parts.get(name, 0.0)
            weights[name] = min(max(moved, PRIOR[name] * LEAST), PRIOR[name] * MOST)
    return weights


def _between(value: float, low: float, high: float) -> float:
    return min(1.0, max(0.0, (value - low) / (high - low)))
