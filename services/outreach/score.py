"""How promising a post is: nine parts between 0 and 1, weighed, and moved by what people say.

A logistic model whose weights are normally distributed around where they began, made anew from all
judgements by Newton's method (Laplace's approximation; MacKay, "The evidence framework applied to
classification networks", 1992).
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from services.store.opportunities import Candidate, Look

Parts = Mapping[str, float]
"""Size of each part, 0 to 1."""
Weights = Mapping[str, float]
"""By part, by relation, and `bias`."""


@dataclass(frozen=True)
class _Prior:
    """Where a weight begins, how easily it moves, and how far at most."""

    mean: float
    deviation: float
    room: float


_PRIORS: Mapping[str, _Prior] = {
    "near": _Prior(3.5, 0.6, 2.5),
    "topic": _Prior(2.5, 0.5, 2.0),
    "asks": _Prior(2.0, 0.5, 1.5),
    "readers": _Prior(2.5, 0.5, 2.0),
    "lively": _Prior(0.3, 0.3, 0.3),
    "fresh": _Prior(2.0, 0.5, 1.5),
    "adds": _Prior(2.0, 0.5, 1.5),
    "new_here": _Prior(0.6, 0.3, 0.5),
    "off": _Prior(-3.0, 0.5, 1.0),
    "partner": _Prior(0.0, 1.0, 3.0),
    "decision_maker": _Prior(0.5, 1.0, 3.0),
    "news": _Prior(-0.3, 1.0, 3.0),
    "bias": _Prior(-9.0, 0.5, 1.5),
}
PRIOR: Weights = {name: one.mean for name, one in _PRIORS.items()}
PARTS = ("near", "topic", "asks", "readers", "lively", "fresh", "adds", "new_here", "off")
_NAMES = tuple(_PRIORS)
_MEAN = np.array([one.mean for one in _PRIORS.values()])
_PRECISION = np.array([one.deviation**-2 for one in _PRIORS.values()])
_ROOM = np.array([one.room for one in _PRIORS.values()])
_STEPS = 20
_STEEPEST = 30.0
"""Size of a sum beyond which the curve is flat."""

FARTHEST, NEAREST = 0.81, 0.89
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
        "asks": float(candidate.asks),
        "readers": _between(math.log10(1 + (candidate.readers or 0)), 2.0, 6.0),
        "lively": _between(math.log1p(talk / hours), 0.0, 4.0),
        "fresh": 0.5 ** (hours / HALF_LIFE_HOURS),
        "adds": adds if candidate.passage_id is not None else 0.0,
        "new_here": 1.0 / (1 + candidate.appearances),
        "off": float(candidate.off),
    }


def score(parts: Parts, relation: str, weights: Weights) -> float:
    """Return the probability that the team finds it useful, as far as the weights know."""
    total = sum(
        weights[name] * size for name, size in zip(_NAMES, _sizes(parts, relation), strict=True)
    )
    return 1 / (1 + math.exp(-min(max(total, -_STEEPEST), _STEEPEST)))


def learned(judgements: Iterable[tuple[Parts, str, bool]]) -> Weights:
    """Return the weights after all judgements: parts, relation, useful or not; in any order."""
    judged = list(judgements)
    if not judged:
        return PRIOR
    sizes = np.array([_sizes(parts, relation) for parts, relation, _ in judged])
    useful = np.array([float(useful) for _, _, useful in judged])
    weights = np.clip(_most_likely(sizes, useful), _MEAN - _ROOM, _MEAN + _ROOM)
    return dict(zip(_NAMES, map(float, weights), strict=True))


def _most_likely(sizes: NDArray[np.float64], useful: NDArray[np.float64]) -> NDArray[np.float64]:
    weights = _MEAN.copy()
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(sizes @ weights, -_STEEPEST, _STEEPEST)))
        slope = sizes.T @ (useful - chance) - _PRECISION * (weights - _MEAN)
        curve = (sizes * (chance * (1 - chance))[:, None]).T @ sizes + np.diag(_PRECISION)
        step = np.linalg.solve(curve, slope)
        weights = weights + step
        if np.abs(step).max() < 1e-6:
            break
    return weights


def _sizes(parts: Parts, relation: str) -> Sequence[float]:
    """Return what each weight is multiplied with, in the order of the priors."""
    return [
        1.0
        if name == "bias"
        else parts.get(name, 0.0)
        if name in PARTS
        else float(name == relation)
        for name in _NAMES
    ]


def _between(value: float, low: float, high: float) -> float:
    return min(1.0, max(0.0, (value - low) / (high - low)))
