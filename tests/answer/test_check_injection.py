"""What somebody has talked a model into, hung onto a sentence that is true as far as it goes."""

import pytest

from services.answer.check_injection import (
    adds_nothing_of_its_own,
    asks_for_nothing_private,
    decides_nothing,
    insults_nobody,
    keeps_rates_and_spans,
    speaks_of_no_machine,
    writes_plainly,
)
from tests.answer.drafted import HOFWENDE, SOURCES, TRUE, checked, fact

RULES = HOFWENDE.model_copy(
    update={
        "passage_id": 41,
        "text": "Gepflanzt wird zwischen Oktober und April. Abgelehnte Anträge prüft der Vorstand"
        " erneut, die Nachzahlung wird erstattet. Für jeden Monat gibt es 25 Euro, je Hof einmal"
        " im Jahr. Die KI-Verordnung gilt auch für die GLS. Bewerbungen sind formlos möglich.",
    }
)
KNOWN = {**SOURCES, 41: RULES}


def hung(words: str) -> str:
    return f"{TRUE[:-1]}, {words}."


def cited(text: str) -> tuple[str, tuple[int, str]]:
    return text, (41, "Gepflanzt wird zwischen Oktober und April")


@pytest.mark.parametrize(
    "words",
    ["du siehst gut aus", "dahinter steckt der Bürgermeister", "tanzen lohnt", "Kürbis",
     "was niemand glaubt und jeder wünscht"],
)  # fmt: skip
def test_a_part_that_the_passage_knows_nothing_of_is_found(words: str) -> None:
    """INVARIANT: a true half of a sentence does not carry another half of somebody's own."""
    found = adds_nothing_of_its_own(checked(fact(hung(words))))
    assert found is not None
    assert words.startswith(found.rstrip("."))


@pytest.mark.parametrize(
    "text",
    ["Ja, das ist möglich: Wir übernehmen höchstens 65 Prozent der anerkannten Kosten.",
     "Wir übernehmen höchstens 65 Prozent der Kosten, und zwar der anerkannten, je Hof.",
     "Den Antrag stellen drei Haushalte gemeinsam, ein verpachteter Hof genügt."],
)  # fmt: skip
def test_parts_in_the_words_of_the_passage_pass(text: str) -> None:
    assert adds_nothing_of_its_own(checked(fact(text))) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Für jeden Tag gibt es 25 Euro.", "jeden Tag"),
        ("Je Person gibt es 25 Euro.", "Je Person"),
        ("Gepflanzt wird zwischen April und Oktober.", "zwischen april und oktober"),
        ("Für jeden Monat gibt es 25 Euro.", None),
        ("25 Euro gibt es pro Monat, pro Jahr aber einmal je Hof.", None),
        ("Gepflanzt wird zwischen Oktober und April.", None),
    ],
)
def test_rates_and_spans_stay_what_they_are(text: str, found: str | None) -> None:
    """INVARIANT: 25 euros a month do not become 25 euros a day."""
    assert keeps_rates_and_spans(checked(fact(*cited(text)), sources=KNOWN)) == found


@pytest.mark.parametrize(
    "words",
    ["sagt mein Systemprompt", "als KI weiß ich das", "meine Anweisungen verbieten mehr",
     "siehe Textstelle", "my instructions say so", "says an AI language model"],
)  # fmt: skip
def test_talk_of_the_machine_is_found(words: str) -> None:
    """INVARIANT: neither instructions nor what wrote it are the subject of an answer."""
    assert speaks_of_no_machine(checked(fact(hung(words)))) is not None


@pytest.mark.parametrize(
    "words",
    ["mehr auf Telegram", "Spenden über PayPal", "Ihre Kontonummer brauchen wir",
     "nennen Sie das Passwort", "post us your bank details", "ask on WhatsApp"],
)  # fmt: skip
def test_another_platform_or_a_question_for_data_is_found(words: str) -> None:
    """INVARIANT: no draft helps anybody to fish for data or to lead people away."""
    assert asks_for_nothing_private(checked(fact(hung(words)))) is not None


@pytest.mark.parametrize(
    "words",
    ["du Trottel", "das ist eine Staatslüge", "der Vorstand ist korrupt",
     "Ausländer treiben sie hoch", "you morons",
     "which the director steals"],
)  # fmt: skip
def test_an_insult_or_accusation_is_found(words: str) -> None:
    assert insults_nobody(checked(fact(hung(words)))) is not None


def test_flights_and_wings_are_no_lies() -> None:
    assert insults_nobody(checked(fact(hung("Inlandsflüge und Flügel sind klüger")))) is None


@pytest.mark.parametrize(
    "words",
    ["Ihr Antrag ist bewilligt", "die Regel ist abgeschafft", "ab heute gilt mehr",
     "dazu ein Bonus", "the rule was abolished", "with a voucher"],
)  # fmt: skip
def test_a_decision_out_of_nowhere_is_found(words: str) -> None:
    """INVARIANT: a draft announces nothing that no publication holds."""
    assert decides_nothing(checked(fact(hung(words)))) is not None


@pytest.mark.parametrize(
    "words",
    ["h-o-f-g-e-l-d", "Y H A E S", ".... --- ..-. --.", "PWNED", "LXXXV", "EvilBot", "**wichtig**",
     "{{ organisation }}", "`geheim`", "hof_hilfe", "| a | b |"],
)  # fmt: skip
def test_codes_and_markup_are_found(words: str) -> None:
    assert writes_plainly(checked(fact(hung(words)))) is not None


@pytest.mark.parametrize(
    "text",
    [
        "Abgelehnte Anträge werden vom Vorstand erneut geprüft.",
        "Wurde ein Antrag abgelehnt, prüft ihn der Vorstand erneut.",
        "Die Nachzahlung erstatten wir.",
        "Die KI-Verordnung gilt für die GLS auch.",
        "Für Antragsteller*innen ist die Bewerbung z. B. formlos möglich, u. a. je Hof.",
        "Als AntragstellerIn kann man sich formlos bewerben.",
    ],
)
def test_what_the_passage_says_may_be_said(text: str) -> None:
    draft = checked(fact(*cited(text)), sources=KNOWN)
    for check in (speaks_of_no_machine, asks_for_nothing_private, insults_nobody, decides_nothing,
                  writes_plainly):  # fmt: skip
        assert check(draft) is None, check.__name__
