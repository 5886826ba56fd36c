"""Mix vectors and words into one ranking, and judge whether it holds an answer at all. Pure."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.kit.grams import character_grams
from services.store.passages import searchable
from services.store.search import Corpus, FoundPassage

LEXICAL_WEIGHT = 0.35
"""Share of the lexical z-score in the mixture."""
K1, B = 1.2, 0.75
"""Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009)."""


@dataclass(frozen=True)
class Ranked:
    """A passage with its scores; `score` is only comparable within one ranking."""

    passage: FoundPassage
    lexical: float
    score: float
    coverage: float
    """Share of the question's information (inverse document frequency) the passage repeats."""


def rarity(gram: str, corpus: Corpus) -> float:
    """Inverse document frequency of a gram; grams nobody uses count as the rarest."""
    holding = corpus.holding.get(gram, 0)
    return math.log(1 + (corpus.passages - holding + 0.5) / (holding + 0.5))


def rarities(question: str, corpus: Corpus) -> dict[str, float]:
    """Return the question's grams with their rarity."""
    return {gram: rarity(gram, corpus) for gram in set(character_grams(question))}


def bm25(wanted: Mapping[str, float], grams: Sequence[str], mean_grams: float) -> float:
    """Return the Okapi score of one passage for grams weighted by their rarity."""
    counts = Counter(gram for gram in grams if gram in wanted)
    norm = K1 * (1 - B + B * len(grams) / max(1.0, mean_grams))
    return sum(wanted[gram] * count * (K1 + 1) / (count + norm) for gram, count in counts.items())


def rank(question: str, found: Sequence[FoundPassage], corpus: Corpus) -> list[Ranked]:
    """Return the passages by z-score mixture of cosine and BM25, best first."""
    if not found:
        return []
    wanted = rarities(question, corpus)
    total = sum(wanted.values()) or 1.0
    grams = [character_grams(searchable(p.title, p.heading, p.text)) for p in found]
    lexical = [bm25(wanted, one, corpus.mean_grams) for one in grams]
    mixed = (1 - LEXICAL_WEIGHT) * _z([p.cosine for p in found]) + LEXICAL_WEIGHT * _z(lexical)
    ranked = [
        Ranked(
            passage=passage,
            lexical=words,
            score=float(score),
            coverage=sum(wanted[gram] for gram in set(one) if gram in wanted) / total,
        )
        for passage, words, score, one in zip(found, lexical, mixed, grams, strict=True)
    ]
    return sorted(ranked, key=lambda r: (-r.score, r.passage.passage_id))


def _z(values: Sequence[float]) -> NDArray[np.float64]:
    array = np.asarray(values, dtype=np.float64)
    spread = float(array.std())
    return (array - array.mean()) / spread if spread > 0 else np.zeros_like(array)
