"""Mix vectors and words into one ranking. Pure."""

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from services.kit.grams import character_grams, word_grams, words
from services.store.passages import searchable
from services.store.search import Corpus, FoundPassage

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
    coverage: float
    """Share of the question's information (inverse document frequency) the passage repeats."""


def rarity(gram: str, corpus: Corpus) -> float:
    """Inverse document frequency of a gram; grams nobody uses count as the rarest."""
    holding = min(corpus.holding.get(gram, 0), corpus.passages)
    return math.log(1 + (corpus.passages - holding + 0.5) / (holding + 0.5))


def rarities(question: str, corpus: Corpus) -> dict[str, float]:
    """Return the question's grams with their rarity."""
    return {gram: rarity(gram, corpus) for gram in set(character_grams(question))}


@dataclass(frozen=True)
class Shared:
    """Which of the wanted grams a text repeats how often, and how many grams it has in all."""

    counts: Mapping[str, int]
    grams: int


class Reader:
    """Counts a question's grams in one passage after another; each word is cut only once."""

    def __init__(self, wanted: Collection[str]) -> None:
        self._wanted = wanted
        self._known: dict[str, tuple[int, list[str]]] = {}

    def read(self, text: str) -> Shared:
        """Return what the text shares with the question."""
        counts: Counter[str] = Counter()
        length = 0
        for word, times in Counter(words(text)).items():
            known = self._known.get(word)
            if known is None:
                grams = word_grams(word)
                known = len(grams), [gram for gram in grams if gram in self._wanted]
                self._known[word] = known
            length += times * known[0]
            for gram in known[1]:
                counts[gram] += times
        return Shared(counts, length)


def bm25(wanted: Mapping[str, float], shared: Shared, mean_grams: float) -> float:
    """Return the Okapi score of one passage for grams weighted by their rarity."""
    norm = K1 * (1 - B + B * shared.grams / max(1.0, mean_grams))
    return sum(
        wanted[gram] * count * (K1 + 1) / (count + norm) for gram, count in shared.counts.items()
    )


def rank(question: str, found: Sequence[FoundPassage], corpus: Corpus) -> list[Ranked]:
    """Return the passages by log-odds, best first.

    The query decides what words count: BM25 is not divided by the question's length, so rare words
    that a passage repeats overrule the vectors, while an informal question made of common words
    leaves the decision to them. Divided by the greatest possible rarity, a gram counts alike in
    small and large collections.
    """
    wanted = rarities(question, corpus)
    total = sum(wanted.values()) or 1.0
    greatest = math.log(2 + 2 * corpus.passages)
    reader = Reader(wanted)
    ranked = []
    for passage in found:
        shared = reader.read(searchable(passage.title, passage.heading, passage.text))
        lexical = bm25(wanted, shared, corpus.mean_grams)
        near = BEST_SENTENCE * passage.nearest + (1 - BEST_SENTENCE) * passage.cosine
        ranked.append(
            Ranked(
                passage=passage,
                lexical=lexical,
                score=NEARNESS * near + WORDS * lexical / greatest,
                coverage=sum(wanted[gram] for gram in shared.counts) / total,
            )
        )
    return sorted(ranked, key=lambda one: (-one.score, one.passage.passage_id))
