"""A sentence says what its passage says: the same side of a negation, a bound, a figure."""

import pytest

from tests.answer.drafted import HOFWENDE, SOURCES, fact, fault

TEXT = (
    "Die Teilnahme ist freiwillig und kostet nichts. Mieterinnen und Mieter müssen keine Kaution"
    " hinterlegen. Die Förderung beträgt höchstens 18.000 Euro je Hof; der Eigenanteil liegt bei"
    " mindestens zehn Prozent. Bäume werden nicht im Sommer gepflanzt. Der Bescheid ergeht binnen"
    " zwölf Wochen. Die Sprechstunde findet jeden Mittwoch statt. Für Schulen stehen 300.000 Euro"
    " bereit, für Kindergärten 120.000 Euro."
)
RULES = HOFWENDE.model_copy(update={"passage_id": 31, "text": TEXT, "heading": "Regeln"})
KNOWN = {**SOURCES, 31: RULES}


def verdict(text: str, quote: str) -> str | None:
    found = fault(fact(text, (31, quote)), sources=KNOWN)
    return found[0] if found else None


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("Eine Kaution müssen Mieterinnen und Mieter nicht hinterlegen.", "keine Kaution"),
        ("Die Teilnahme ist freiwillig.", "Die Teilnahme ist freiwillig"),
        ("Die Teilnahme an der Förderung kostet nichts.", "kostet nichts"),
        ("Bäume pflanzen wir nicht im Sommer.", "nicht im Sommer gepflanzt"),
        ("Je Hof beträgt die Förderung nicht mehr als 18.000 Euro.", "höchstens 18.000 Euro"),
        ("Je Hof gibt es bis zu 18.000 Euro Förderung.", "höchstens 18.000 Euro"),
        ("Der Eigenanteil beträgt mindestens 10 Prozent.", "mindestens zehn Prozent"),
        ("Für Schulen gibt es 300.000 Euro.", "Für Schulen stehen 300.000 Euro"),
        ("Der Bescheid kommt binnen zwölf Wochen.", "binnen zwölf Wochen"),
    ],
)
def test_a_true_sentence_passes_in_other_words(text: str, quote: str) -> None:
    assert verdict(text, quote) is None


@pytest.mark.parametrize(
    ("text", "quote", "rule"),
    [
        (
            "Mieterinnen und Mieter müssen eine Kaution hinterlegen.",
            "müssen keine Kaution hinterlegen",
            "negations_are_kept",
        ),
        ("Bäume werden im Sommer gepflanzt.", "im Sommer gepflanzt", "negations_are_kept"),
        ("Der Bescheid ergeht nicht binnen zwölf Wochen.", "Der Bescheid ergeht",
            "negations_are_kept"),
        ("Die Teilnahme ist nicht freiwillig, sondern verpflichtend.",
            "Die Teilnahme ist freiwillig", "negations_are_kept"),
        ("Die Förderung beträgt mindestens 18.000 Euro je Hof.", "höchstens 18.000 Euro",
            "bounds_are_kept"),
        ("Der Eigenanteil liegt bei höchstens zehn Prozent.", "mindestens zehn Prozent",
            "bounds_are_kept"),
        ("Kindergärten bekommen zusammen 300.000 Euro.", "Für Schulen stehen 300.000 Euro",
            "figures_belong_to_it"),
        ("Die Sprechstunde dauert zwölf Wochen.", "Die Sprechstunde findet jeden Mittwoch",
            "figures_belong_to_it"),
    ],
)  # fmt: skip
def test_a_sentence_that_changes_sides_is_stopped(text: str, quote: str, rule: str) -> None:
    """INVARIANT: true words in a false sentence do not pass for a proof."""
    assert verdict(text, quote) == rule
