"""Is there an answer at all: judged from the ranking, before anything is written. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from services.kit.grams import character_grams, words
from services.kit.sentences import split_sentences
from services.store.ranking import Ranked, rarities
from services.store.search import Corpus

LEAD, REPEATED, NEAREST, CONSTANT = 0.19, 4.9, 9.1, -10.1
"""What counts more than what: logistic regression on half of the German XQuAD, each question asked
with and without the paragraph that answers. How far a probability goes up and down (Platt scaling):
the same, its single sentences, and the sample world's comments, which repeat less of an answer."""
THRESHOLD = 0.17
"""Probability from which on an answer is drafted, chosen for comments; docs/measured.md has the
errors of this one and of others."""
READ = 3
"""Passages whose sentences are searched for the question's words."""
Part = Literal["lead", "repeated", "nearest", "constant"]
_SURE = 7.0
"""Log-odds beyond which a lead is as good as certain."""


@dataclass(frozen=True)
class Evidence:
    """What speaks for there being an answer."""

    lead: float
    """Log-odds of the best passage against all others that were found."""
    repeated: float
    """Share of the question's words, by rarity, in two neighbouring sentences, 0 to 1."""
    nearest: float
    """Cosine of the nearest sentence to the question."""


NOTHING = Evidence(lead=-_SURE, repeated=0.0, nearest=0.0)


def weigh(question: str, ranked: Sequence[Ranked], corpus: Corpus) -> Evidence:
    """Read the evidence off a whole ranking; an empty one has none."""
    if not ranked:
        return NOTHING
    return Evidence(
        lead=_lead([one.score for one in ranked]),
        repeated=_repeated(question, [one.passage.text for one in ranked[:READ]], corpus),
        nearest=max(one.passage.nearest for one in ranked),
    )


def counted(evidence: Evidence) -> dict[Part, float]:
    """Return what each part of the evidence adds to the log-odds of there being an answer."""
    return {
        "lead": LEAD * evidence.lead,
        "repeated": REPEATED * evidence.repeated,
        "nearest": NEAREST * evidence.nearest,
        "constant": CONSTANT,
    }


def probability(evidence: Evidence) -> float:
    """Return how probable it is that one of the passages answers, 0 to 1."""
    return 1 / (1 + math.exp(-sum(counted(evidence).values())))


def holds_an_answer(evidence: Evidence, threshold: float = THRESHOLD) -> bool:
    """True when one of the passages probably answers."""
    return probability(evidence) >= threshold


def _lead(scores: Sequence[float]) -> float:
    best, *others = sorted(scores, reverse=True)
    against = sum(math.exp(score - best) for score in others)
    return max(-_SURE, min(_SURE, -math.log(against))) if against > 0 else _SURE


def _repeated(question: str, texts: Sequence[str], corpus: Corpus) -> float:
    rarity = rarities(question, corpus)
    wanted = [frozenset(character_grams(word)) for word in dict.fromkeys(words(question))]
    weights = [sum(rarity[gram] for gram in word) / len(word) for word in wanted]
    total = sum(weights)
    if total <= 0:
        return 0.0
    return max(
        (
            sum(
                weight * _shared(word, held, rarity)
                for word, weight in zip(wanted, weights, strict=True)
            )
            / total
            for text in texts
            for held in _neighbours(text)
        ),
        default=0.0,
    )


def _neighbours(text: str) -> list[frozenset[str]]:
    """The grams of every two neighbouring sentences."""
    grams = [frozenset(character_grams(text[s.start : s.end])) for s in split_sentences(text)]
    return [one | next_ for one, next_ in pairwise(grams)] or grams


def _shared(word: frozenset[str], held: frozenset[str], rarity: Mapping[str, float]) -> float:
    total = sum(rarity[gram] for gram in word)
    return sum(rarity[gram] for gram in word & held) / total if total > 0 else 0.0
