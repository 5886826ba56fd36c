"""The quoted answer: without a language model, the publications speak in their own words. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from schemas.drafts import Citation, Sentence
from services.answer.draft import Draft, Language, Question, in_marks, place, to_source
from services.answer.rank import Ranked
from services.kit.grams import character_grams
from services.kit.sentences import split_sentences
from services.networks.length import fits

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


def candidates(ranked: Sequence[Ranked]) -> list[Candidate]:
    """Return the sentences of the best passages that say something, each once, questions not."""
    found: dict[str, Candidate] = {}
    for one in ranked[:PASSAGES]:
        for span in split_sentences(one.passage.text):
            text = " ".join(one.passage.text[span.start : span.end].split())
            if len(text) >= SHORTEST and not text.endswith("?"):
                found.setdefault(text, Candidate(one, text))
    return list(found.values())


def quote(
    question: Question,
    weights: Mapping[str, float],
    found: Sequence[Candidate],
    vectors: NDArray[np.float32],
    query: NDArray[np.float32],
) -> tuple[Sentence, ...]:
    """Return opening and quotations that fit the limit; empty when not even one fits.

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
    opening = Sentence(text=OPENING[question.frame], kind="courtesy")
    chosen: list[Sentence] = []
    for index in order:
        if scores[index] < scores[order[0]] - CLOSE:
            break
        sentence = _quoted(found[index], question.frame)
        if fits(_text([opening, *chosen, sentence]), question.place):
            chosen.append(sentence)
        if len(chosen) == 2:
            break
    return (opening, *chosen) if chosen else ()


def quoted_draft(sentences: tuple[Sentence, ...]) -> Draft:
    """Wrap quotations as a draft."""
    return Draft(kind="quoted", sentences=sentences, text=_text(sentences), engine=ENGINE)


def _quoted(candidate: Candidate, language: Language) -> Sentence:
    source = to_source(candidate.ranked)
    return Sentence(
        text=f"{in_marks(candidate.text, language)} ({place(source, language)})",
        kind="fact",
        citations=[Citation(passage_id=source.passage_id, quote=candidate.text)],
    )


def _text(sentences: Sequence[Sentence]) -> str:
    return "\n".join(sentence.text for sentence in sentences)
