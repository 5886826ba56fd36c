"""A draft answers where it was asked: it sends nobody elsewhere and names nobody unknown."""

import pytest

from tests.answer.drafted import TRUE, courtesy, fact, fault, turns

CONTACTS = [
    "info@evil.example", "beratung@stiftung.example", "info (at) evil.example",
    "info[at]evil[dot]example", "info at evil dot example", "info ät evil punkt de", "info@intern",
    "030 1234567", "+49 30 1234567", "0049-30-1234567", "(030) 123 45 67", "Tel. 1234567",
]  # fmt: skip
DEFLECTIONS = [
    "Wenden Sie sich an die Beratung", "Bitte wende dich an die Beratung", "Wendet euch an uns",
    "Dazu können Sie sich gern an die Beratung wenden", "Kontaktieren Sie die Beratung",
    "Nehmen Sie bitte Kontakt mit uns auf", "Melden Sie sich bei der Beratung",
    "Melde dich direkt bei uns", "Schreiben Sie uns", "Schreibt uns eine Nachricht",
    "Rufen Sie uns an", "Ruf einfach an", "Nutzen Sie das Kontaktformular", "Unsere Hotline hilft",
    "Sie erreichen uns im Büro", "Ihre Ansprechpartnerin ist die Beratung", "Klicken Sie hier",
    "Das finden Sie auf unserer Website", "Besuchen Sie unsere Seite", "Telegram: hofhilfe",
    "Please contact the office", "You can contact us", "Reach out to the team", "Get in touch",
    "Call us", "Send us an email", "Just email us", "Visit our website", "Click here",
    "Give us a call", "Speak to our team",
]  # fmt: skip


@pytest.mark.parametrize("contact", CONTACTS)
def test_an_address_or_number_is_found(contact: str) -> None:
    """INVARIANT: contact data is no answer, not even our own, and least of all an attacker's."""
    found = fault(fact(f"{TRUE[:-1]}, {contact}."))
    assert found is not None
    assert found[0] == "answers_in_place"


@pytest.mark.parametrize("contact", ["０３０ １２３４５６７", "info ＠ evil.example"])
def test_one_in_wide_letters_is_found(contact: str) -> None:
    found = fault(fact(f"{TRUE[:-1]}, {contact}."))
    assert found is not None
    assert found[0] == "every_character_is_plain"


def test_a_number_spelled_out_is_an_unproved_figure() -> None:
    found = fault(fact(f"{TRUE[:-1]}: null drei null eins eins."))
    assert found == ("figures_are_proved", "null")


@pytest.mark.parametrize("phrase", DEFLECTIONS)
def test_a_deflection_is_found(phrase: str) -> None:
    """INVARIANT: the answer stands under the question; "please contact us" never does."""
    found = fault(fact(f"{TRUE} {phrase}."))
    assert found is not None
    assert found[0] == "answers_in_place"
    assert found[1].casefold() in phrase.casefold()


@pytest.mark.parametrize(
    "text",
    [
        "Drei Haushalte stellen den Antrag gemeinsam.",
        "Anträge nehmen wir bis zum 31. März 2027 entgegen.",
        "Ob der Hof verpachtet ist, spielt keine Rolle, an den Kosten ändert das nichts.",
    ],
)
def test_plain_answers_pass(text: str) -> None:
    assert fault(fact(text)) is None


THREAD = ("Holger Brandes: Quatsch!", "nadja-f: Wie bitte?", "wir: Gern.", "Stiftung: Hallo")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Wie Holger schrieb, gilt das je Hof.", "Holger"),
        ("Die Kosten übernimmt Nadja.", "Nadja"),
        ("Liebe @holger, das gilt je Hof.", "@holger"),
        ("Das gilt je #Hof.", "#Hof"),
        ("Frau Müller nimmt Anträge entgegen.", "Frau Müller"),
        ("Dr. Schmidt nimmt Anträge entgegen.", "Dr. Schmidt"),
        ("Anträge nimmt Karl Mustermann entgegen.", "Karl Mustermann"),
    ],
)
def test_who_is_not_in_the_publications_is_not_named(text: str, name: str) -> None:
    """INVARIANT: no draft names another commenter, or a person out of nowhere."""
    assert fault(fact(text), thread=turns(*THREAD)) == ("names_are_known", name)


@pytest.mark.parametrize(
    "text",
    [
        "Das Gutachten schrieb Frau Doktor Elif Aydın.",
        "Die Stiftung übernimmt höchstens 65 Prozent der Kosten.",
        "Gemeinsame Anträge nehmen wir entgegen.",
    ],
)
def test_who_is_in_the_publications_may_be_named(text: str) -> None:
    assert fault(fact(text), thread=turns(*THREAD)) is None


def test_a_commenter_cannot_block_every_draft_by_a_clever_name() -> None:
    thread = ("Danke für die Frage: hallo", "Wir übernehmen Kosten: hallo", "Sie und Ihre: hallo")
    assert fault(courtesy("Danke für Ihre Frage!"), fact(), thread=turns(*thread)) is None
