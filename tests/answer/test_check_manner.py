"""How a draft speaks, and what it must not repeat or take back."""

import pytest

from services.answer.draft import Voice
from tests.answer.drafted import QUOTE, TRUE, courtesy, fact, fault, turns

FORMAL = "Für Ihren Hof übernehmen wir höchstens 65 Prozent der anerkannten Kosten."
INFORMAL = "Für deinen Hof übernehmen wir höchstens 65 Prozent der anerkannten Kosten."


@pytest.mark.parametrize(
    ("address", "text", "rule"),
    [
        ("du", FORMAL, "addresses_as_we_do"),
        ("sie", INFORMAL, "addresses_as_we_do"),
        ("du", INFORMAL, None),
        ("sie", FORMAL, None),
        ("mirror", FORMAL, None),
        ("mirror", INFORMAL, None),
        ("du", TRUE, None),
    ],
)
def test_the_form_of_address_is_the_organisation_s(
    address: str, text: str, rule: str | None
) -> None:
    found = fault(fact(text, QUOTE), voice=Voice("Stiftung", address))  # type: ignore[arg-type]
    assert (found[0] if found else None) == rule


def test_nobody_is_addressed_in_two_ways_at_once() -> None:
    found = fault(courtesy("Danke für deine Frage!"), fact(FORMAL, QUOTE))
    assert found == ("addresses_as_we_do", "Ihren / deine")


@pytest.mark.parametrize(
    "said",
    [
        "Wie bereits gesagt, übernehmen wir höchstens 65 Prozent der anerkannten Kosten.",
        "Wir übernehmen offensichtlich höchstens 65 Prozent der anerkannten Kosten.",
    ],
)
def test_nobody_is_talked_down_to(said: str) -> None:
    found = fault(fact(said, QUOTE))
    assert found is not None
    assert found[0] == "keeps_its_tone"


@pytest.mark.parametrize(
    "said",
    [
        "Wir übernehmen auf jeden Fall höchstens 65 Prozent der anerkannten Kosten.",
        "Wir garantieren höchstens 65 Prozent der anerkannten Kosten.",
    ],
)
def test_the_machine_promises_nothing(said: str) -> None:
    """INVARIANT: no draft commits the organisation to what it never published."""
    found = fault(fact(said, QUOTE))
    assert found is not None
    assert found[0] == "promises_nothing"


def test_what_we_said_already_is_not_said_again() -> None:
    thread = turns("Mira: Wie viel?", f"wir: {TRUE}", "Mira: Und wie viel jetzt?")
    assert fault(fact(TRUE, QUOTE), thread=thread) == ("says_it_once", TRUE)
    other = turns("Mira: Wie viel?", f"Nora: {TRUE}")
    assert fault(fact(TRUE, QUOTE), thread=other) is None


def test_we_do_not_contradict_our_own_reply() -> None:
    """INVARIANT: a new figure on the same matter is seen by a person before anybody else."""
    before = "Wir übernehmen höchstens 60 Prozent der anerkannten Kosten."
    found = fault(fact(TRUE, QUOTE), thread=turns(f"wir: {before}"))
    assert found is not None
    assert found[0] == "stands_by_what_we_said"
    assert "60 prozent" in found[1]
