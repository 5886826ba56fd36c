"""How readers are joined when examples are few: each has a say by how well it ranks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.route.head import Floats
from services.route.measure import ranking

LOUDNESS = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0)
"""Factors among which the one that says the likeliest probabilities is chosen."""

Integers = NDArray[np.int64]
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Linear:
    """Weights (features, outputs) and bias (outputs,)."""

    weights: Numbers
    bias: Numbers


def vote(scores: Sequence[Numbers], gold: Integers, labels: int) -> tuple[Linear, Floats]:
    """Join held-out scores, one matrix (examples, outputs) a reader, into one linear model.

    Returns it, over the matrices side by side, with the probabilities it gives the examples.
    """
    outputs = scores[0].shape[1]
    says = [_worth(one, gold) / max(float(one.std()), 1e-6) for one in scores]
    weights = np.vstack([say * np.eye(outputs) for say in says]) / max(_total(scores, gold), 1e-6)
    joined = np.hstack(scores) @ weights
    shares = np.bincount(gold, minlength=labels) / len(gold)
    bias = np.log(shares[1:] / shares[:1]) if labels == 2 else np.log(shares)
    said = [_probabilities(loud * joined + bias) for loud in LOUDNESS]
    rows = np.arange(len(gold))
    likely = [float(np.log(np.maximum(one[rows, gold], 1e-6)).mean()) for one in said]
    best = int(np.argmax(likely))
    return Linear(weights * LOUDNESS[best], bias), said[best].astype(np.float32)


def fair_offsets(gold: Integers) -> Floats:
    """Return offsets that choose as if all labels were equally frequent."""
    shares = np.bincount(gold) / len(gold)
    offsets: Floats = -np.log(shares).astype(np.float32)
    return offsets


def _total(scores: Sequence[Numbers], gold: Integers) -> float:
    return sum(_worth(one, gold) for one in scores)


def _worth(scores: Numbers, gold: Integers) -> float:
    """Return how much better than chance the scores rank, squared."""
    numbers = [1] if scores.shape[1] == 1 else range(scores.shape[1])
    found = [ranking(scores[:, i], gold == number) for i, number in enumerate(numbers)]
    return max(float(np.mean(found)) - 0.5, 0.01) ** 2


def _probabilities(logits: Numbers) -> Numbers:
    if logits.shape[1] == 1:
        logits = np.hstack([np.zeros_like(logits), logits])
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    found: Numbers = raised / raised.sum(axis=1, keepdims=True)
    return found
