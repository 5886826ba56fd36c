"""A quotation is proposed when it speaks of what was asked, not only of its surroundings."""

import numpy as np

from services.answer.aptness import MOST_WORDS, Aptness, aptness, covered, left_out
from services.kit.grams import character_grams

EMPTY = frozenset(["wie", "viele", "gibt", "es", "im", "in", "der", "die"])
QUESTION = "Wie viele Wespen gibt es im Hof?"
WEIGHTS = {
    gram: 4.0 if word == "Wespen" else 1.0
    for word in ("Wespen", "Hof")
    for gram in character_grams(word)
}


def test_each_telling_word_is_left_out_once() -> None:
    assert [(one.word, one.question) for one in left_out(QUESTION, WEIGHTS, EMPTY)] == [
        ("Wespen", "Wie viele gibt es im Hof?"), ("Hof", "Wie viele Wespen gibt es im"),
    ]  # fmt: skip
    long = " ".join(f"Wort{number}" for number in range(40))
    assert len(left_out(long, {}, EMPTY)) == MOST_WORDS
    assert left_out("Wie in der?", {}, EMPTY) == []


def test_rare_words_count_more_than_common_ones() -> None:
    nothing, hof, both = (
        covered(QUESTION, text, WEIGHTS, EMPTY)
        for text in ("Ein Baum.", "Im Hof steht ein Baum.", "Im Hof leben Wespen.")
    )
    assert nothing < hof < 0.5 < both == 1.0
    assert covered("Wie viele?", "Ein Baum.", {}, EMPTY) == 0.5


def test_the_word_that_leads_elsewhere_is_named() -> None:
    without = left_out(QUESTION, WEIGHTS, EMPTY)
    asked = np.array([[0.8, 0.6], [1.0, 0.0], [0.7, 0.7]], np.float32)
    passages = np.array([[1.0, 0.0]], np.float32)
    given = {"found": 0.5, "covered": 0.5, "vectors": passages}
    found = aptness(without=without, asked=asked, **given)  # type: ignore[arg-type]
    assert (found.strange, round(found.astray, 3)) == ("Wespen", 0.2)
    apt = aptness(without=[], asked=asked[:1], **given)  # type: ignore[arg-type]
    assert (apt.strange, apt.astray) == ("", 0.0)
    assert apt.probability > 0.5 > found.probability


def test_a_certain_verdict_stays_a_probability() -> None:
    for found in (0.0, 1.0):
        assert 0 < Aptness(found, 1.0, 0.0, "").probability < 1
