"""Finding passages: compounds by their grams, order by both views, nothing that was withdrawn."""

from collections import Counter

import numpy as np
import pytest

from services.kit.grams import character_grams, count_grams
from services.store.ranking import bm25, rank, rarity
from services.store.search import Corpus, FoundPassage

CORPUS = Corpus(passages=100, mean_grams=60.0, holding={})


def passage(
    number: int, text: str, cosine: float, title: str = "Leitfaden", sentence: float | None = None
) -> FoundPassage:
    return FoundPassage(
        passage_id=number, publication_id="p", title=title, edition=1, published_on=None,
        author=None, url=None, heading=None, page_from=None, page_to=None, text=text,
        language="de", cosine=cosine, sentence_cosine=sentence,
    )  # fmt: skip


def first(question: str, *passages: FoundPassage) -> int:
    return rank(question, passages, CORPUS)[0].passage.passage_id


def test_a_compound_is_found_by_its_part() -> None:
    """Stemming would not see the guideline inside the longer word."""
    shared = set(character_grams("Förderrichtlinie")) & set(
        character_grams("Die Hofwendeförderrichtlinien gelten ab Januar.")
    )
    assert len(shared) >= 8
    assert (
        first(
            "Wo steht die Förderrichtlinie?",
            passage(1, "Das Sommerfest beginnt am Nachmittag im Garten.", 0.85),
            passage(2, "Die Hofwendeförderrichtlinien gelten ab Januar.", 0.85),
        )
        == 2
    )


def test_case_sharp_s_and_encoding_do_not_matter() -> None:
    assert character_grams("STRASSE Über") == character_grams("straße U\u0308ber")


def test_the_nearer_vector_decides_when_the_words_are_alike() -> None:
    texts = "Der Beirat tagt im Mai."
    assert first("Wann tagt er?", passage(1, texts, 0.80), passage(2, texts, 0.86)) == 2


def test_the_nearest_sentence_counts_beside_the_whole_passage() -> None:
    """A long passage is about much; what it says in one place may answer all the same."""
    long = "Der Beirat tagt im Mai. " * 9
    assert (
        first("Wann?", passage(1, long, 0.84, sentence=0.84), passage(2, long, 0.82, sentence=0.90))
        == 2
    )


def test_words_decide_when_the_question_has_rare_ones_and_vectors_when_it_has_none() -> None:
    """INVARIANT: the query decides who is believed; an informal question is none of words."""
    corpus = Corpus(
        1000, 60.0, {"_wann": 700, "wann_": 700, "_geht": 800, "geht_": 800, "_das_": 950}
    )
    words = passage(1, "Wann geht das Verwendungsnachweisheft zu?", 0.83)
    vectors = passage(2, "Anträge nehmen wir bis Ende März entgegen.", 0.86)
    assert rank("Wann geht das?", [words, vectors], corpus)[0].passage.passage_id == 2
    asked = "Wann geht das Verwendungsnachweisheft zu?"
    assert rank(asked, [words, vectors], corpus)[0].passage.passage_id == 1


def test_rare_words_weigh_more_than_common_ones() -> None:
    corpus = Corpus(passages=1000, mean_grams=50.0, holding={"_die_": 900, "linde": 3})
    assert rarity("linde", corpus) > 5 * rarity("_die_", corpus)
    assert rarity("unbekannt", corpus) >= rarity("linde", corpus)


def test_repeating_a_word_does_not_win_for_ever() -> None:
    wanted = {"linde": 5.0}
    assert bm25(wanted, {"linde": 50}, 50, 50.0) < 2.3 * bm25(wanted, {"linde": 1}, 50, 50.0)


@pytest.mark.parametrize(
    "text", ["Linde, LINDE und Linden; die Lindenallee.", "", "Ja ja ja", "a_b-c STRASSE Straße 12"]
)
def test_wanted_grams_are_counted_as_often_as_they_are_said(text: str) -> None:
    every = character_grams(text)
    counts, length = count_grams(text, {*every, "linde", "nicht"})
    assert counts == Counter(every)
    assert length == len(every)


def test_an_empty_search_and_an_empty_question_break_nothing() -> None:
    assert rank("Wann?", [], CORPUS) == []
    (only,) = rank("", [passage(1, "Ein Satz.", 0.8)], CORPUS)
    assert np.isfinite(only.score)


@pytest.mark.parametrize("question", ["?", "😀😀", "\u202e", "a" * 20_000])
def test_hostile_questions_are_ranked_like_others(question: str) -> None:
    passages = [passage(1, "Eins.", 0.8), passage(2, "Zwei.", 0.7)]
    assert [one.passage.passage_id for one in rank(question, passages, CORPUS)] == [1, 2]
