"""A sentence agrees with the quotation it cites: figure by figure, bound by bound, name by name."""

import pytest

from services.answer.check_ground import (
    crossed_bound,
    ground_of,
    stated_figures,
    swapped,
    swapped_day,
)
from tests.answer.drafted import HOFWENDE, QUOTE, SOURCES, checked, fact, fault

TEXT = (
    "In Karlsfurten kostet die Erlaubnis 35 Euro. Der Fonds verwaltet 60.000 Euro im Jahr. Für"
    " Gruppen gibt es mindestens 300 Euro, höchstens 2.500 Euro. Die erste Runde endet am 15. April"
    " 2027, die zweite am 30. September 2027. Für die Schulen stehen 400 Euro"
    " bereit, für die Kindergärten 500 Euro. Das Büro in Brennheide liegt am Fluss. Es gibt keine"
    " Frist. Auswärtige Gäste nehmen wir nicht auf."
)
RULES = HOFWENDE.model_copy(update={"passage_id": 41, "text": TEXT, "heading": "Regeln"})
KNOWN = {**SOURCES, 41: RULES}


def verdict(text: str, quote: str, language: str = "de") -> str | None:
    found = fault(fact(text, (41, quote)), sources=KNOWN, language=language)
    return found[0] if found else None


def test_the_ground_is_the_whole_sentence_around_a_quotation() -> None:
    sentence = fact("Wir übernehmen 65 Prozent.", QUOTE)
    ground = ground_of(checked(sentence), sentence)
    assert ground.startswith("Die Stiftung übernimmt")
    assert ground.endswith("je Hof.")
    assert ground_of(checked(sentence), fact("Nichts.", "steht nirgends")) == ""


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("Die Erlaubnis kostet in Karlsfurten 35 €.", "kostet die Erlaubnis 35 Euro"),
        ("Jährlich verwaltet der Fonds 60.000 Euro.", "60.000 Euro im Jahr"),
        ("Gruppen bekommen wenigstens 300 und maximal 2.500 Euro.", "mindestens 300 Euro"),
        ("Gruppen bekommen bis zu 2.500 Euro.", "höchstens 2.500 Euro"),
        ("Die zweite Runde endet am 30. September 2027.", "die zweite am 30. September 2027"),
        ("Die Kindergärten bekommen 500 Euro.", "für die Kindergärten 500 Euro"),
        ("Eine Frist gibt es nicht.", "Es gibt keine Frist."),
    ],
)
def test_a_true_sentence_agrees_with_its_quotation(text: str, quote: str) -> None:
    assert verdict(text, quote) is None


@pytest.mark.parametrize(
    ("text", "quote", "rule"),
    [
        ("Die Erlaubnis kostet in Karlsfurten 300 Euro.", "kostet die Erlaubnis 35 Euro",
            "figures_belong_to_it"),
        ("Die Erlaubnis kostet in Brennheide 35 Euro.", "kostet die Erlaubnis 35 Euro",
            "facts_keep_to_their_passage"),
        ("Der Fonds verwaltet 60.000 Euro im Monat.", "60.000 Euro im Jahr", "bounds_are_kept"),
        ("Gruppen bekommen höchstens 300 Euro.", "mindestens 300 Euro", "bounds_are_kept"),
        ("Die Kindergärten bekommen 400 Euro.", "für die Kindergärten 500 Euro",
            "figures_belong_to_it"),
        ("Die Erlaubnis kostet 35 Euro und einen Parkschein.", "kostet die Erlaubnis 35 Euro",
            "facts_keep_to_their_passage"),
        ("Auswärtige Gäste nehmen wir auf.", "Auswärtige Gäste nehmen wir nicht auf.",
            "negations_are_kept"),
    ],
)  # fmt: skip
def test_a_sentence_that_contradicts_its_quotation_is_stopped(
    text: str, quote: str, rule: str
) -> None:
    """INVARIANT: a figure, bound or name from elsewhere in the passage proves nothing here."""
    assert verdict(text, quote) == rule


@pytest.mark.parametrize(
    ("text", "quote", "rule"),
    [
        ("There is no deadline.", "Es gibt keine Frist.", None),
        ("There is a deadline.", "Es gibt keine Frist.", "negations_are_kept"),
        ("Groups get at least 300 euros and at most 2,500 euros.", "mindestens 300 Euro", None),
        ("Groups get at most 300 euros and at least 2,500 euros.", "mindestens 300 Euro",
            "bounds_are_kept"),
        ("A permit in Karlsfurten costs 300 euros.", "kostet die Erlaubnis 35 Euro",
            "figures_belong_to_it"),
    ],
)  # fmt: skip
def test_figures_bounds_and_denials_are_compared_across_languages(
    text: str, quote: str, rule: str | None
) -> None:
    """INVARIANT: an English answer from a German passage is held to the German figures."""
    assert verdict(text, quote, language="en") == rule


def test_what_the_ground_leaves_open_is_no_contradiction() -> None:
    ground = stated_figures("Der Topf hält 60.000 Euro für zwölf Gruppen bereit.")
    assert swapped(stated_figures("Es sind 60.000 Euro."), ground) is None
    assert swapped(stated_figures("2027 sind es 60.000 Euro für 12 Gruppen."), ground) is None
    assert swapped(stated_figures("Es sind 70.000 Euro."), ground) == "70.000 euro"
    assert crossed_bound(stated_figures("Es sind mindestens 60.000 Euro."), ground) is None
    assert swapped_day("Am 3. März.", "Kein Tag.") is None
    assert swapped_day("Am 3. März.", "Am 4. März.") is not None
    assert swapped_day("Am 4. März.", "Am 3. März und am 4. März.") is None
