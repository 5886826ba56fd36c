"""Is there an answer at all: what speaks for it, and how the probability follows."""

from dataclasses import replace

import pytest

from services.answer.trust import NOTHING, Evidence, holds_an_answer, probability, weigh
from services.store.ranking import rank
from services.store.search import Corpus, FoundPassage
from tests.store.test_ranking import passage

CORPUS = Corpus(passages=300, mean_grams=60.0, holding={"_der_": 250, "_die_": 240, "_wie_": 90})
QUESTION = "Wie viele Haushalte müssen den Antrag stellen?"
ANSWER = passage(1, "Drei Haushalte müssen den Antrag gemeinsam stellen. Mehr ist gut.", 0.88)
OTHERS = [passage(number, "Der Vorstand tagt zweimal im Jahr.", 0.80) for number in range(2, 9)]


def evidence(question: str, *found: FoundPassage) -> Evidence:
    return weigh(question, rank(question, found, CORPUS), CORPUS)


def test_silence_when_only_the_answering_passage_is_missing() -> None:
    """INVARIANT: without its source a question is not drafted; with it, it is."""
    assert holds_an_answer(evidence(QUESTION, ANSWER, *OTHERS))
    assert not holds_an_answer(evidence(QUESTION, *OTHERS))


def test_nothing_found_is_no_answer() -> None:
    assert evidence(QUESTION) == NOTHING
    assert probability(NOTHING) < 0.001


@pytest.mark.parametrize("part", ["lead", "repeated", "nearest"])
def test_more_evidence_makes_an_answer_more_probable(part: str) -> None:
    some = Evidence(lead=1.0, repeated=0.4, nearest=0.85)
    more = replace(some, **{part: getattr(some, part) + 0.1})
    assert 0 < probability(some) < probability(more) < 1


def test_the_threshold_is_the_callers() -> None:
    some = Evidence(lead=2.0, repeated=0.6, nearest=0.88)
    assert holds_an_answer(some, threshold=probability(some))
    assert not holds_an_answer(some, threshold=probability(some) + 0.01)


def test_a_question_said_in_two_neighbouring_sentences_counts_as_repeated() -> None:
    together = passage(1, "Drei Haushalte müssen es sein. Den Antrag stellen sie.", 0.86)
    apart = passage(
        1, "Drei Haushalte müssen es sein. Das Fest ist im Mai. Den Antrag stellen sie.", 0.86
    )
    assert evidence(QUESTION, together).repeated > evidence(QUESTION, apart).repeated


@pytest.mark.parametrize("question", ["", "?", "😀", "\u202e", "ja " * 4000])
def test_hostile_questions_have_a_probability_too(question: str) -> None:
    assert 0 <= probability(evidence(question, ANSWER, *OTHERS)) <= 1


def test_a_single_or_overwhelming_passage_is_no_infinite_lead() -> None:
    for found in ([ANSWER], [ANSWER, *[replace(one, cosine=-1.0) for one in OTHERS]]):
        assert evidence(QUESTION, *found).lead < 10
