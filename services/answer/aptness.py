"""Does a quotation answer the question? A quotation cannot say what it leaves open. Pure."""

import math
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.kit.grams import character_grams, words

MOST_WORDS = 12
"""Words of a question that are left out in turn: the rarest."""
SHORTEST = 3
"""Letters from which on a word is about something."""
FOUND, COVERED, ASTRAY, CONSTANT = 0.92, 1.7, 67.0, 0.6
"""What counts more than what: logistic regression on half of the German XQuAD, each question asked
with and without the paragraph that answers, and on the sample world's set of answers."""
QUOTABLE = 0.35
"""Probability from which on a quotation is proposed; docs/measured.md has the errors."""
_SURE = 1e-6


@dataclass(frozen=True)
class LeftOut:
    """A question without one of its words."""

    word: str
    question: str


@dataclass(frozen=True)
class Aptness:
    """What speaks for a quotation being the answer."""

    found: float
    """Probability that the passages answer at all."""
    covered: float
    """Share of the question's words, by rarity, in the sentence, its heading and title, 0 to 1."""
    astray: float
    """How much nearer the question comes to the passages without the words that lead elsewhere:
    the sum of the cosines gained by leaving out one word at a time."""
    strange: str
    """The word that leads farthest elsewhere; empty when none does."""

    @property
    def probability(self) -> float:
        """Return how probable it is that the quotation answers, 0 to 1."""
        found = min(1 - _SURE, max(_SURE, self.found))
        score = (
            FOUND * math.log(found / (1 - found))
            + COVERED * self.covered
            - ASTRAY * self.astray
            + CONSTANT
        )
        return 1 / (1 + math.exp(-score))


def left_out(question: str, weights: Mapping[str, float], empty: AbstractSet[str]) -> list[LeftOut]:
    """Return the question without each of its words that are about something, the rarest first.

    `weights` are the question's grams by rarity, `empty` the words that say nothing.
    """
    written = question.split()
    rare: dict[int, float] = {}
    for position, token in enumerate(written):
        telling = [word for word in words(token) if _tells(word, empty)]
        if telling:
            rare[position] = max(_rarity(word, weights) for word in telling)
    order = sorted(rare, key=lambda position: (-rare[position], position))[:MOST_WORDS]
    return [
        LeftOut(
            written[position].strip(".,;:!?()\"'„“”‚‘»«…-"),
            " ".join(written[:position] + written[position + 1 :]),
        )
        for position in order
    ]


def aptness(
    *,
    found: float,
    covered: float,
    without: Sequence[LeftOut],
    vectors: NDArray[np.float32],
    asked: NDArray[np.float32],
) -> Aptness:
    """Judge a quotation.

    `vectors` has one row per sentence of the passages; `asked` one for the whole question, then one
    for each question `without` a word.
    """
    nearest = (asked @ vectors.T).max(axis=1)
    gained = np.clip(nearest[1:] - nearest[0], 0.0, None)
    strange = without[int(gained.argmax())].word if gained.any() else ""
    return Aptness(found, covered, float(gained.sum()), strange)


def covered(
    question: str, sentence: str, weights: Mapping[str, float], empty: AbstractSet[str]
) -> float:
    """Return the share of the question's telling words, by rarity, that a sentence repeats."""
    held = set(character_grams(sentence))
    asked = [word for word in dict.fromkeys(words(question)) if word not in empty]
    total = sum(_rarity(word, weights) for word in asked)
    if total <= 0:
        return 0.5
    return sum(_rarity(word, weights) * _repeated(word, held, weights) for word in asked) / total


def _tells(word: str, empty: AbstractSet[str]) -> bool:
    return len(word) >= SHORTEST and word not in empty


def _rarity(word: str, weights: Mapping[str, float]) -> float:
    grams = set(character_grams(word))
    return sum(weights.get(gram, 0.0) for gram in grams) / len(grams)


def _repeated(word: str, held: AbstractSet[str], weights: Mapping[str, float]) -> float:
    grams = set(character_grams(word))
    total = sum(weights.get(gram, 0.0) for gram in grams)
    return sum(weights.get(gram, 0.0) for gram in grams & held) / total if total > 0 else 0.0
