"""The quoted answer: without a language model, the publications speak in their own words. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from schemas.drafts import Citation, Sentence
from services.answer.asked import asked_for
from services.answer.draft import Draft, Language, Question, in_marks, place, to_source
from services.kit.grams import character_grams
from services.kit.sentences import split_sentences
from services.networks.length import fits
from services.store.ranking import Ranked

ENGINE = "quoted"
PASSAGES = 3
"""Passages whose sentences are weighed."""
SHORTEST = 25
"""Characters below which a sentence says nothing on its own."""
WORDS_WEIGHT = 0.12
"""What a fully repeated question adds to a sentence's cosine; cosines of e5 lie close together."""
CLOSE = 0.015
"""A second sentence is quoted when it is at most this much worse than the best one."""

OPENING: Mapping[Language, str] = {
    "de": "Dazu aus unseren Veröffentlichungen:",
    "en": "From our publications:",
}


@dataclass(frozen=True)
class Candidate:
    """One sentence that could be quoted, on one line."""

    ranked: Ranked
    text: str

    @property
    def says_something(self) -> bool:
        """Long enough to stand alone, and no question."""
        return len(self.text) >= SHORTEST and not self.text.endswith("?")

    @property
    def place(self) -> str:
        """Title and heading: what the sentence leaves unsaid because they say it."""
        return f"{self.ranked.passage.title}. {self.ranked.passage.heading or ''}"

    @property
    def in_place(self) -> str:
        """The sentence as a reader of the publication understands it; this is what is embedded."""
        return f"{self.place}. {self.text}"


def candidates(question: str, ranked: Sequence[Ranked]) -> list[Candidate]:
    """Return the sentences of the best passages that can be the answer, each once."""
    asked = asked_for(question)
    found: dict[str, Candidate] = {}
    for one in ranked[:PASSAGES]:
        for span in split_sentences(one.passage.text):
            text = " ".join(one.passage.text[span.start : span.end].split())
            candidate = Candidate(one, text)
            if candidate.says_something and asked.fits(text, candidate.place, one.passage.text):
                found.setdefault(text, candidate)
    return list(found.values())


def choose(
    question: Question,
    weights: Mapping[str, float],
    found: Sequence[Candidate],
    vectors: NDArray[np.float32],
    query: NDArray[np.float32],
) -> list[Candidate]:
    """Return the best sentences, best first, that fit the limit; empty when not even one fits.

    `vectors` has one row per candidate; `weights` are the question's grams by rarity.
    """
    total = sum(weights.values()) or 1.0
    scores = [
        float(vector @ query)
        + WORDS_WEIGHT
        * sum(weights[g] for g in set(character_grams(one.text)) if g in weights)
        / total
        for one, vector in zip(found, vectors, strict=True)
    ]
    order = sorted(range(len(found)), key=lambda i: -scores[i])
    chosen: list[Candidate] = []
    for index in order:
        if scores[index] < scores[order[0]] - CLOSE:
            break
        if fits(quoted_draft([*chosen, found[index]], question.frame).text, question.place):
            chosen.append(found[index])
        if len(chosen) == 2:
            break
    return chosen


def quoted_draft(chosen: Sequence[Candidate], language: Language) -> Draft:
    """Return opening and quotations as a draft."""
    sentences = (
        Sentence(text=OPENING[language], kind="courtesy"),
        *(_quoted(one, language) for one in chosen),
    )
    text = "\n".join(sentence.text for sentence in sentences)
    return Draft(kind="quoted", sentences=sentences, text=text, engine=ENGINE)


def _quoted(candidate: Candidate, language: Language) -> Sentence:
    source = to_source(candidate.ranked)
    return Sentence(
        text=f"{in_marks(candidate.text, language)} ({place(source, language)})",
        kind="fact",
        citations=[Citation(passage_id=source.passage_id, quote=candidate.text)],
    )
