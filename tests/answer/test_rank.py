"""Finding passages: compounds by their grams, order by both views, nothing that was withdrawn."""

import numpy as np
import pytest

from services.answer.rank import bm25, rank, rarity
from services.kit.grams import character_grams
from services.store.search import Corpus, FoundPassage

CORPUS = Corpus(passages=100, mean_grams=60.0, holding={})


def passage(number: int, text: str, cosine: float, title: str = "Leitfaden") -> FoundPassage:
    return FoundPassage(
        passage_id=number, publication_id="p", title=title, edition=1, published_on=None,
        author=None, url=None, heading=None, page_from=None, page_to=None, text=text,
        language="de", cosine=cosine,
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


def test_rare_words_weigh_more_than_common_ones() -> None:
    corpus = Corpus(passages=1000, mean_grams=50.0, holding={"_die_": 900, "linde": 3})
    assert rarity("linde", corpus) > 5 * rarity("_die_", corpus)
    assert rarity("unbekannt", corpus) >= rarity("linde", corpus)


def test_repeating_a_word_does_not_win_for_ever() -> None:
    wanted = {"linde": 5.0}
    once, often = ["linde"] + ["x"] * 49, ["linde"] * 50
    assert bm25(wanted, often, 50.0) < 2.3 * bm25(wanted, once, 50.0)


def test_an_empty_search_and_an_empty_question_break_nothing() -> None:
    assert rank("Wann?", [], CORPUS) == []
    (only,) = rank("", [passage(1, "Ein Satz.", 0.8)], CORPUS)
    assert only.coverage == 0
    assert np.isfinite(only.score)


@pytest.mark.parametrize("question", ["?", "😀😀", "\u202e", "a" * 20_000])
def test_hostile_questions_are_ranked_like_others(question: str) -> None:
    passages = [passage(1, "Eins.", 0.8), passage(2, "Zwei.", 0.7)]
    assert [one.passage.passage_id for one in rank(question, passages, CORPUS)] == [1, 2]
