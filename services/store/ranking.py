"""Find passages by vectors and by words, and mix both into one ranking."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.kit.db import Pool
from services.kit.grams import character_grams, count_grams
from services.store import search
from services.store.passages import searchable
from services.store.search import Corpus, FoundPassage

CANDIDATES = 50
"""Passages each of the two retrievers hands in."""

NEARNESS = 100.0
"""What a cosine counts: e5 was trained at temperature 0.01, so this makes it log-odds.

Wang et al., "Multilingual E5 Text Embeddings: A Technical Report" (2024).
"""
BEST_SENTENCE = 0.5
"""Share of the nearest sentence in a passage's nearness; the rest is the whole passage's."""
WORDS = 0.5
"""What a fully rare gram counts in the same log-odds, when a passage repeats it once."""
K1, B = 0.8, 0.5
"""Saturation and length norm of Robertson and Zaragoza, "The Probabilistic Relevance Framework:
BM25 and Beyond" (2009), for grams, which repeat more than words do."""


@dataclass(frozen=True)
class Ranked:
    """A passage with its scores."""

    passage: FoundPassage
    lexical: float
    """Its BM25 score over character grams."""
    score: float
    """Log-odds against the other passages of the same ranking."""

    @property
    def nearness(self) -> float:
        """The part of the score that the vectors give; the rest is the words'."""
        return nearness(self.passage)


def nearness(passage: FoundPassage) -> float:
    """Return the log-odds that a passage's vectors give it."""
    near = BEST_SENTENCE * passage.nearest + (1 - BEST_SENTENCE) * passage.cosine
    return NEARNESS * near


def rarity(gram: str, corpus: Corpus) -> float:
    """Inverse document frequency of a gram; grams nobody uses count as the rarest."""
    holding = min(corpus.holding.get(gram, 0), corpus.passages)
    return math.log(1 + (corpus.passages - holding + 0.5) / (holding + 0.5))


def rarities(question: str, corpus: Corpus) -> dict[str, float]:
    """Return the question's grams with their rarity."""
    return {gram: rarity(gram, corpus) for gram in set(character_grams(question))}


def bm25(
    wanted: Mapping[str, float], counts: Mapping[str, int], grams: int, mean_grams: float
) -> float:
    """Return the Okapi score of a passage of `grams` grams that holds these of the wanted ones.

    `wanted` gives each gram its rarity, `counts` how often the passage repeats it.
    """
    norm = K1 * (1 - B + B * grams / max(1.0, mean_grams))
    return sum(wanted[gram] * count * (K1 + 1) / (count + norm) for gram, count in counts.items())


def rank(question: str, found: Sequence[FoundPassage], corpus: Corpus) -> list[Ranked]:
    """Return the passages by log-odds, best first.

    The query decides what words count: BM25 is not divided by the question's length, so rare words
    that a passage repeats overrule the vectors, while an informal question made of common words
    leaves the decision to them. Divided by the greatest possible rarity, a gram counts alike in
    small and large collections.
    """
    wanted = rarities(question, corpus)
    greatest = math.log(2 + 2 * corpus.passages)
    ranked = []
    for passage in found:
        text = searchable(passage.title, passage.heading, passage.text)
        counts, grams = count_grams(text, wanted)
        lexical = bm25(wanted, counts, grams, corpus.mean_grams)
        score = nearness(passage) + WORDS * lexical / greatest
        ranked.append(Ranked(passage=passage, lexical=lexical, score=score))
    return sorted(ranked, key=lambda one: (-one.score, one.passage.passage_id))


@dataclass(frozen=True)
class Gathered:
    """What each retriever alone hands in, best first by its own measure, and all of it read."""

    near: Sequence[int]
    shared: Sequence[int]
    found: Sequence[search.FoundPassage]
    corpus: search.Corpus


async def gather(
    pool: Pool,
    question: str,
    vector: NDArray[np.float32],
    space: str,
    *,
    alone: NDArray[np.float32] | None = None,
    without: Sequence[int] = (),
) -> Gathered:
    """Return the candidates of both retrievers, as if the passages `without` did not exist."""
    grams = character_grams(question)
    async with pool.connection() as connection:
        corpus = await search.read_corpus(connection, grams)
        near = await search.nearest_passages(
            connection, space, vector, limit=CANDIDATES, without=without
        )
        shared = await search.lexical_passages(
            connection, corpus, rarities(question, corpus), limit=CANDIDATES, without=without
        )
        found = await search.read_passages(
            connection,
            sorted({*near, *shared}),
            space,
            vector,
            vector if alone is None else alone,
        )
    return Gathered(near, shared, found, corpus)
