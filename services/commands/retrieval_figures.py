"""Turns rankings and probabilities into figures with 95 % intervals. Pure."""

import math
from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Figures = dict[str, Any]

RESAMPLES = 1000
BINS = 10
WRONG = 0.05
"""Share of unanswerable questions that may be answered, for the headline of answerability."""


def place_figures(places: Sequence[Sequence[bool]], golds: Sequence[int]) -> Figures:
    """Return recall@1, recall@5, ndcg@10 and mrr of rankings, with intervals.

    `places` tells for each question, best first, which places hold what answers it; `golds` how
    many there are. Recall is the share of questions with at least one of them so far up.
    """
    columns = {
        "recall@1": [float(any(one[:1])) for one in places],
        "recall@5": [float(any(one[:5])) for one in places],
        "ndcg@10": [_ndcg(one, gold) for one, gold in zip(places, golds, strict=True)],
        "mrr": [1 / (one.index(True) + 1) if True in one else 0.0 for one in places],
    }
    return {name: interval([np.array(values)], _mean) for name, values in columns.items()}


def answer_figures(
    with_it: Sequence[float], without: Sequence[float], thresholds: Sequence[float]
) -> Figures:
    """Return how well a probability tells questions with their answer from those without.

    Both hold one probability a question, in the same order.
    """
    pair = [np.array(with_it, np.float64), np.array(without, np.float64)]
    return {
        "auroc": interval(pair, auroc),
        "answered_at_5_percent_wrong": interval(pair, answered_at),
        "at_thresholds": [
            {
                "threshold": threshold,
                "answered": interval([pair[0] >= threshold], _mean),
                "wrongly_answered": interval([pair[1] >= threshold], _mean),
            }
            for threshold in thresholds
        ],
        "calibration": _calibration(*pair),
    }


def interval(columns: Sequence[Any], figure: Callable[..., float]) -> dict[str, float]:
    """Return a figure of all questions and between what it lies when they are drawn anew."""
    chance = np.random.default_rng(0)
    number = len(columns[0])
    draws = [chance.integers(0, number, number) for _ in range(RESAMPLES)]
    values = [figure(*(column[draw] for column in columns)) for draw in draws]
    low, high = np.percentile(values, [2.5, 97.5])
    shown = {"value": figure(*columns), "low": float(low), "high": float(high)}
    return {name: round(value, 4) for name, value in shown.items()}


def auroc(with_it: Numbers, without: Numbers) -> float:
    """Return how probably a question with its answer scores above one without; ties count half."""
    below = np.searchsorted(np.sort(without), with_it, side="left")
    upto = np.searchsorted(np.sort(without), with_it, side="right")
    return float((below + upto).mean() / (2 * len(without)))


def answered_at(with_it: Numbers, without: Numbers) -> float:
    """Return the share answered of what can be, where 5 % of what cannot be is answered too."""
    least = np.sort(without)[::-1][math.floor(WRONG * len(without))]
    return float((with_it > least).mean())


def found(ranking: Sequence[Any], golds: Collection[Any]) -> list[bool]:
    """Return which places of a ranking hold what is sought; a text counts where it is first."""
    return [one in golds for one in dict.fromkeys(ranking)]


def _mean(values: Numbers) -> float:
    return float(values.mean())


def _ndcg(places: Sequence[bool], golds: int) -> float:
    gained = sum(1 / math.log2(place + 2) for place, hit in enumerate(places[:10]) if hit)
    return gained / sum(1 / math.log2(place + 2) for place in range(min(10, golds)))


def _calibration(with_it: Numbers, without: Numbers) -> Figures:
    said = np.concatenate([with_it, without])
    true = np.concatenate([np.ones_like(with_it), np.zeros_like(without)])
    bins = np.minimum((said * BINS).astype(int), BINS - 1)
    rows = [
        {
            "from": number / BINS,
            "questions": int((bins == number).sum()),
            "said": round(float(said[bins == number].mean()), 4),
            "true": round(float(true[bins == number].mean()), 4),
        }
        for number in range(BINS)
        if (bins == number).any()
    ]
    off = sum(row["questions"] * abs(row["said"] - row["true"]) for row in rows) / len(said)
    return {
        "brier": round(float(((said - true) ** 2).mean()), 4),
        "expected_error": round(off, 4),
        "bins": rows,
    }
