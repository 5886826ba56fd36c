"""Figures about readings: F measures, ranking, calibration, each with an interval.

Intervals are percentiles of resampled test rows (Efron, "Bootstrap Methods", 1979).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

RESAMPLED = 200
BINS = 10

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Figure:
    """A measured value with its 95 % interval; NaN where nothing can be said."""

    value: float
    low: float
    high: float

    def shown(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


@dataclass(frozen=True)
class Judged:
    """What was said about rows of known labels; labels are numbered."""

    gold: Integers
    """(rows,); a number beyond the columns is a label that the model does not know."""
    given: Integers
    probabilities: NDArray[Any]
    """(rows, labels)."""

    def rows(self, which: Integers) -> "Judged":
        return Judged(self.gold[which], self.given[which], self.probabilities[which])


@dataclass(frozen=True)
class LabelFigures:
    """How well one label is recognised."""

    rows: int
    precision: float
    recall: float
    f1: float
    average_precision: float
    auc: float


@dataclass(frozen=True)
class Bin:
    """Predictions of similar confidence: what was said, and how often it was so."""

    said: float
    found: float
    rows: int


def macro_f1(judged: Judged) -> float:
    """Return the mean F1 over the labels that occur."""
    return float(np.mean([f1 for _, _, f1 in _by_label(judged)]))


def germeval_f(judged: Judged) -> float:
    """Return the harmonic mean of macro precision and macro recall, as GermEval scores."""
    found = _by_label(judged)
    precision = float(np.mean([p for p, _, _ in found]))
    recall = float(np.mean([r for _, r, _ in found]))
    return 2 * precision * recall / max(precision + recall, 1e-9)


def average_precision(judged: Judged) -> float:
    """Return the area under precision over recall; of two labels the second's, else the mean."""
    return _mean_over_labels(judged, _average_precision)


def auc(judged: Judged) -> float:
    """Return the area under the ROC curve; of two labels the second's, else the mean."""
    return _mean_over_labels(judged, ranking)


def calibration_error(judged: Judged) -> float:
    """Return the mean gap between what is said and what is so, over bins of equal size.

    Of two labels the second's probability is read, else that of the likeliest label (Guo et al.,
    "On Calibration of Modern Neural Networks", 2017).
    """
    bins = reliability(judged)
    total = sum(one.rows for one in bins)
    return sum(one.rows * abs(one.said - one.found) for one in bins) / max(total, 1)


def brier(judged: Judged) -> float:
    """Return the mean squared distance of the probabilities from the truth, 0 to 2."""
    columns = np.arange(judged.probabilities.shape[1])
    truth = judged.gold[:, None] == columns[None, :]
    return float(((judged.probabilities - truth) ** 2).sum(axis=1).mean())


MEASURES: dict[str, Callable[[Judged], float]] = {
    "macro_f1": macro_f1,
    "germeval_f": germeval_f,
    "average_precision": average_precision,
    "auc": auc,
    "calibration_error": calibration_error,
    "brier": brier,
}


def measure(
    judged: Judged, *, only: Mapping[str, Callable[[Judged], float]] = MEASURES, seed: int = 0
) -> dict[str, Figure]:
    """Return measures with their intervals; the same rows give the same intervals."""
    random = np.random.RandomState(seed)
    count = len(judged.gold)
    drawn = [judged.rows(random.randint(0, count, count)) for _ in range(RESAMPLED)]
    figures = {}
    for name, work in only.items():
        values = np.array([work(one) for one in drawn])
        known = values[~np.isnan(values)]
        low, high = np.percentile(known, [2.5, 97.5]) if len(known) else (np.nan, np.nan)
        figures[name] = Figure(work(judged), float(low), float(high))
    return figures


def by_label(judged: Judged, labels: Sequence[str]) -> dict[str, LabelFigures]:
    """Return the figures of each known label."""
    found = {}
    for number, name in enumerate(labels):
        gold = judged.gold == number
        precision, recall, f1 = _one(judged, number)
        scores = judged.probabilities[:, number]
        found[name] = LabelFigures(
            int(gold.sum()), precision, recall, f1,
            _average_precision(scores, gold), ranking(scores, gold),
        )  # fmt: skip
    return found


def reliability(judged: Judged) -> list[Bin]:
    """Return up to ten bins with about as many rows each, from unsure to sure."""
    if judged.probabilities.shape[1] == 2:
        said, right = judged.probabilities[:, 1], judged.gold == 1
    else:
        said = judged.probabilities.max(axis=1)
        right = judged.probabilities.argmax(axis=1) == judged.gold
    order = np.argsort(said, kind="stable")
    return [
        Bin(float(said[part].mean()), float(right[part].mean()), len(part))
        for part in np.array_split(order, BINS)
        if len(part)
    ]


def share(hits: int, rows: int) -> Figure:
    """Return a share with its 95 % interval (Wilson, 1927), which is right for small counts too."""
    if not rows:
        return Figure(0.0, 0.0, 1.0)
    z = 1.96
    p = hits / rows
    middle = (p + z * z / (2 * rows)) / (1 + z * z / rows)
    half = z / (1 + z * z / rows) * sqrt(p * (1 - p) / rows + z * z / (4 * rows * rows))
    return Figure(p, max(0.0, middle - half), min(1.0, middle + half))


def as_json(figures: dict[str, Figure]) -> dict[str, dict[str, float]]:
    return {name: asdict(figure) for name, figure in figures.items()}


def _by_label(judged: Judged) -> list[tuple[float, float, float]]:
    """Return precision, recall and F1 of each label that occurs."""
    right = judged.gold[judged.gold == judged.given]
    size = int(max(judged.gold.max(), judged.given.max())) + 1
    hits, gold, given = (np.bincount(x, minlength=size) for x in (right, judged.gold, judged.given))
    occurs = gold + given > 0
    precision, recall = hits / np.maximum(given, 1), hits / np.maximum(gold, 1)
    f1 = 2 * hits / np.maximum(gold + given, 1)
    return list(zip(precision[occurs], recall[occurs], f1[occurs], strict=True))


def _one(judged: Judged, label: int) -> tuple[float, float, float]:
    gold, given = judged.gold == label, judged.given == label
    hits = int((gold & given).sum())
    precision = hits / max(int(given.sum()), 1)
    recall = hits / max(int(gold.sum()), 1)
    return precision, recall, 2 * hits / max(int(gold.sum() + given.sum()), 1)


def _mean_over_labels(judged: Judged, work: Callable[[Floats, NDArray[np.bool_]], float]) -> float:
    labels = judged.probabilities.shape[1]
    numbers = [1] if labels == 2 else range(labels)
    values = [work(judged.probabilities[:, k], judged.gold == k) for k in numbers]
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")


def _average_precision(scores: Floats, gold: NDArray[np.bool_]) -> float:
    positive = int(gold.sum())
    if not positive:
        return float("nan")
    order = np.argsort(-scores, kind="stable")
    sorted_scores, hits = scores[order], np.cumsum(gold[order])
    last = np.append(np.flatnonzero(np.diff(sorted_scores)), len(scores) - 1)
    precision = hits[last] / (last + 1)
    gained = np.diff(hits[last], prepend=0)
    return float((precision * gained).sum() / positive)


def ranking(scores: NDArray[Any], gold: NDArray[np.bool_]) -> float:
    """Return the area under the ROC curve, ties counted half; NaN when a side is empty."""
    positive = int(gold.sum())
    negative = len(gold) - positive
    if not positive or not negative:
        return float("nan")
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    return float((ranks[gold].sum() - positive * (positive + 1) / 2) / (positive * negative))
