"""Fit a head on labelled comments: linear readers, stacked, folded into one linear model.

The readers are logistic regressions on vector and cues, on words, on letters, and on words and
letters weighted by their log-count ratios (Wang and Manning, "Baselines and Bigrams", 2012). Their
scores on held-out folds train the last one (Wolpert, "Stacked Generalization", 1992), which by that
is calibrated; when examples are few they vote instead. Everything is linear, so what remains is one
weight for each feature and label.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
from sklearn.model_selection import StratifiedKFold  # type: ignore[import-untyped]
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from services.route.head import Floats, Head, Lexicon, Seen, Weights
from services.route.measure import Judged, macro_f1, ranking
from services.route.tfidf import Lexical, Matrix, matrix_of
from services.route.vote import Linear, fair_offsets, vote

FOLDS = 5
DENSE_STRENGTHS = (0.001, 0.003, 0.01, 0.03)
STACK_STRENGTHS = (0.01, 0.1, 1.0)
LEXICAL_STRENGTH, RATIO_STRENGTH, PLAIN_STRENGTH = 3.0, 1.0, 10.0
FEW = 300
"""Examples below which the readers vote: a last model would only learn their noise."""
PATIENCE = 400
NEARLY = 0.004
"""Difference in macro F1 that means nothing."""
NEGATIVE = ("0", "0.0", "false", "no", "nein", "none", "nothing", "other", "neg", "negative")

Integers = NDArray[np.int64]
Figures: TypeAlias = Any
"""A dense or a sparse matrix (texts, features)."""


class CannotFit(ValueError):
    """The examples do not suffice; the message says what is missing."""


@dataclass(frozen=True)
class Examples:
    """Labelled texts, looked at."""

    words: Matrix
    letters: Matrix
    cues: Floats
    vectors: Floats | None
    labels: tuple[str, ...]
    """The names that `gold` numbers."""
    gold: Integers
    weights: Floats


@dataclass(frozen=True)
class Fitted:
    """A head, and what it says about its own examples when they are held out."""

    head: Head
    held_out: Floats
    """(examples, labels)."""


def gather(
    seen: Sequence[Seen],
    labels: Sequence[str],
    weights: Sequence[float] | None = None,
    *,
    positive: str | None = None,
) -> Examples:
    """Put examples into matrices; of two labels the positive one comes second.

    That is `positive`, else the one that does not read like "no", else the rarer one. Raises
    CannotFit when fewer than two labels have two examples each.
    """
    counts = Counter(labels)
    if len(counts) < 2:
        raise CannotFit("all examples have the same label")
    if rare := [name for name, count in counts.items() if count < 2]:
        raise CannotFit(f"only one example has the label {rare[0]}")
    names = sorted(counts)
    if len(names) == 2:
        names.sort(key=lambda name: (name == positive, name.casefold() not in NEGATIVE,
                                     -counts[name]))  # fmt: skip
    numbers = {name: number for number, name in enumerate(names)}
    vectors = [one.vector for one in seen if one.vector is not None]
    return Examples(
        matrix_of([one.grams.words for one in seen]),
        matrix_of([one.grams.letters for one in seen]),
        np.stack([one.cues for one in seen]),
        np.stack(vectors) if len(vectors) == len(seen) else None,
        tuple(names),
        np.array([numbers[label] for label in labels]),
        np.ones(len(seen), np.float32) if weights is None else np.asarray(weights, np.float32),
    )


def fit(examples: Examples, cue_names: tuple[str, ...], space: str) -> Fitted:
    """Fit a head; the same examples give the same head."""
    with threadpool_limits(1):  # many small fits: threads that spin for each other only cost time
        return _fit(examples, cue_names, space)


def _fit(examples: Examples, cue_names: tuple[str, ...], space: str) -> Fitted:
    words, letters = Lexical(examples.words), Lexical(examples.letters)
    folds = min(FOLDS, *Counter(examples.gold.tolist()).values())
    splits = list(
        StratifiedKFold(folds, shuffle=True, random_state=0).split(examples.cues, examples.gold)
    )
    lexical = [_Reader(view.matrix, "lexical") for view in (words, letters)]
    lexical += [_Reader(view.matrix, "ratio") for view in (words, letters)]
    held_lexical = [reader.hold_out(examples, splits) for reader in lexical]
    whole_lexical = [reader.fit(examples, slice(None)) for reader in lexical]
    dense = {"bare": examples.cues}
    if examples.vectors is not None:
        dense["full"] = np.hstack([examples.cues, examples.vectors])
    made: dict[str, Weights] = {}
    held_out = np.empty(0, np.float32)
    few = len(examples.gold) < FEW
    for name, figures in dense.items():
        readers = [_strongest(figures, examples, splits)]
        if few and name == "full":
            alone = figures.copy()
            alone[:, : examples.cues.shape[1]] = 0
            readers.append(_Reader(alone, "plain"))
        scores = [*held_lexical, *(reader.hold_out(examples, splits) for reader in readers)]
        if few:
            stack, held_out = vote(scores, examples.gold, len(examples.labels))
        else:
            stack, held_out = _stack(np.hstack(scores), examples, splits)
        parts = [*whole_lexical, *(reader.fit(examples, slice(None)) for reader in readers)]
        made[name] = _fold(parts, stack, words, letters, examples.cues.shape[1])
    full = made.get("full", made["bare"])
    offsets = fair_offsets(examples.gold) if few else _offsets(held_out, examples)
    head = Head(examples.labels, cue_names, space, full, made["bare"], offsets)
    return Fitted(head, held_out)


class _Reader:
    """One family of logistic regressions, a label against the rest."""

    def __init__(self, figures: Figures, kind: str, strength: float = 0) -> None:
        self._figures = figures
        self._kind = kind
        self._strength = strength

    def hold_out(
        self, examples: Examples, splits: Sequence[tuple[Integers, Integers]]
    ) -> NDArray[np.float64]:
        """Return the scores of each example by a model that has not seen it."""
        scores = np.empty((len(examples.gold), _outputs(examples)))
        for known, unknown in splits:
            model = self.fit(examples, known)
            scores[unknown] = self._figures[unknown] @ model.weights + model.bias
        return scores

    def fit(self, examples: Examples, rows: Integers | slice) -> Linear:
        figures, gold, weights = self._figures[rows], examples.gold[rows], examples.weights[rows]
        outputs = [1] if len(examples.labels) == 2 else range(len(examples.labels))
        found = [self._one(figures, gold == label, weights) for label in outputs]
        return Linear(
            np.stack([weight for weight, _ in found], axis=1),
            np.array([bias for _, bias in found]),
        )

    def _one(
        self, figures: Figures, is_label: NDArray[np.bool_], weights: Floats
    ) -> tuple[NDArray[np.float64], float]:
        if self._kind == "dense":
            mean, spread = figures.mean(axis=0), figures.std(axis=0)
            spread[spread < 1e-6] = 1
            model = LogisticRegression(
                C=self._strength, class_weight="balanced", max_iter=PATIENCE, tol=1e-3
            ).fit((figures - mean) / spread, is_label, weights)
            weight = model.coef_[0] / spread
            return weight, float(model.intercept_[0] - mean @ weight)
        if self._kind == "plain":
            model = LogisticRegression(C=PLAIN_STRENGTH, class_weight="balanced", max_iter=PATIENCE)
            model.fit(figures, is_label, weights)
            return model.coef_[0], float(model.intercept_[0])
        ratio = np.ones(figures.shape[1])
        if self._kind == "ratio":
            there = figures.copy()
            there.data = np.ones_like(there.data)
            there = sparse.diags(weights) @ there
            inside = np.asarray(there[is_label].sum(axis=0)).ravel() + 1
            outside = np.asarray(there[~is_label].sum(axis=0)).ravel() + 1
            ratio = np.log((inside / inside.sum()) / (outside / outside.sum()))
            figures = figures @ sparse.diags(ratio)
        strength = RATIO_STRENGTH if self._kind == "ratio" else LEXICAL_STRENGTH
        model = LogisticRegression(
            C=strength, class_weight="balanced", solver="liblinear", max_iter=PATIENCE,
            random_state=0,
        ).fit(figures, is_label, weights)  # fmt: skip
        return model.coef_[0] * ratio, float(model.intercept_[0])


def _strongest(
    figures: Figures, examples: Examples, splits: Sequence[tuple[Integers, Integers]]
) -> _Reader:
    """Return the dense reader whose held-out scores rank best."""

    def worth(reader: _Reader) -> float:
        scores = reader.hold_out(examples, splits)
        if scores.shape[1] == 1:
            return ranking(scores[:, 0], examples.gold == 1)
        return float(np.mean(
            [ranking(scores[:, k], examples.gold == k) for k in range(scores.shape[1])]
        ))  # fmt: skip

    return max((_Reader(figures, "dense", strength) for strength in DENSE_STRENGTHS), key=worth)


def _stack(
    scores: NDArray[np.float64],
    examples: Examples,
    splits: Sequence[tuple[Integers, Integers]],
) -> tuple[Linear, Floats]:
    """Fit the last model on held-out scores; return it with its own held-out probabilities."""
    mean, spread = scores.mean(axis=0), np.maximum(scores.std(axis=0), 1e-6)
    standard = (scores - mean) / spread
    best: tuple[float, float, Floats] | None = None
    for strength in STACK_STRENGTHS:
        said = np.empty((len(scores), len(examples.labels)), np.float32)
        for known, unknown in splits:
            model = LogisticRegression(C=strength, max_iter=PATIENCE)
            model.fit(standard[known], examples.gold[known], examples.weights[known])
            said[unknown] = model.predict_proba(standard[unknown])
        right = said[np.arange(len(said)), examples.gold]
        loss = -float(np.average(np.log(np.maximum(right, 1e-6)), weights=examples.weights))
        if best is None or loss < best[0]:
            best = loss, strength, said
    if best is None:
        raise CannotFit("there is no strength to try")
    model = LogisticRegression(C=best[1], max_iter=PATIENCE)
    model.fit(standard, examples.gold, examples.weights)
    weights = (model.coef_ / spread).T
    return Linear(weights, model.intercept_ - mean @ weights), best[2]


def _fold(
    parts: Sequence[Linear], stack: Linear, words: Lexical, letters: Lexical, cues: int
) -> Weights:
    """Multiply the readers into the last model: linear after linear is linear."""
    outputs = parts[0].weights.shape[1]
    shares = [stack.weights[k * outputs : (k + 1) * outputs] for k in range(len(parts))]
    folded = [part.weights @ share for part, share in zip(parts, shares, strict=True)]
    bias = stack.bias + sum(p.bias @ share for p, share in zip(parts, shares, strict=True))
    plain_words, plain_letters, ratio_words, ratio_letters, *views = folded
    dense = np.sum(views, axis=0)

    def lexicon(view: Lexical, weights: NDArray[np.float64]) -> Lexicon:
        rounded = weights.astype(np.float16).astype(np.float32)
        return Lexicon(view.buckets, view.rarity, rounded)

    return Weights(
        bias.astype(np.float32),
        dense[:cues].astype(np.float32),
        lexicon(words, plain_words + ratio_words),
        lexicon(letters, plain_letters + ratio_letters),
        dense[cues:].astype(np.float32) if len(dense) > cues else None,
    )


def _offsets(probabilities: Floats, examples: Examples) -> Floats:
    """Return the offsets whose choice has the best macro F1 on held-out examples.

    The best cut between two labels is noisy, so the middle of those nearly as good is taken.
    """
    logs = np.log(probabilities + 1e-9)
    if len(examples.labels) == 2:
        margins = logs[:, 0] - logs[:, 1]
        tried = [np.array([0, cut]) for cut in np.quantile(margins, np.linspace(0.01, 0.99, 99))]
    else:
        priors = np.bincount(examples.gold, examples.weights, len(examples.labels))
        tried = [-share * np.log(priors / priors.sum()) for share in np.linspace(0, 1, 6)]
    worth = [
        macro_f1(Judged(examples.gold, np.argmax(logs + offsets, axis=1), probabilities))
        for offsets in tried
    ]
    good = [i for i, found in enumerate(worth) if found >= max(worth) - NEARLY]
    chosen: Floats = tried[good[len(good) // 2]].astype(np.float32)
    return chosen


def _outputs(examples: Examples) -> int:
    return 1 if len(examples.labels) == 2 else len(examples.labels)
