"""The plain methods that a trained head must beat, as anybody would write them down."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

from services.route.head import Floats
from services.route.measure import Judged

Integers = NDArray[np.int64]

_TOKEN = re.compile(r"\w+|[^\w\s]")


def most_frequent(learnt: Integers, gold: Integers, labels: int) -> Judged:
    """Always say the label that is most frequent in the training rows."""
    shares = np.bincount(learnt, minlength=labels) / len(learnt)
    given = np.full(len(gold), int(shares.argmax()))
    return Judged(gold, given, np.tile(shares, (len(gold), 1)))


def bag_of_words(
    learnt_texts: Sequence[str], learnt: Integers, texts: Sequence[str], gold: Integers
) -> Judged:
    """Logistic regression on TF-IDF of words and pairs of words."""
    terms = TfidfVectorizer(
        ngram_range=(1, 2), sublinear_tf=True, tokenizer=_TOKEN.findall, token_pattern=None
    )
    model = LogisticRegression(C=3, class_weight="balanced", max_iter=500)
    model.fit(terms.fit_transform(learnt_texts), learnt)
    probabilities = model.predict_proba(terms.transform(texts))
    return Judged(gold, probabilities.argmax(axis=1), probabilities)


def bare_vectors(
    learnt_vectors: Floats, learnt: Integers, vectors: Floats, gold: Integers
) -> Judged:
    """Logistic regression on the embedding alone."""
    model = LogisticRegression(C=10, class_weight="balanced", max_iter=500)
    model.fit(learnt_vectors, learnt)
    probabilities = model.predict_proba(vectors)
    return Judged(gold, probabilities.argmax(axis=1), probabilities)
