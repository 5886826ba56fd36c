"""What a question asks for decides which sentences can be the answer at all."""

import pytest

from services.answer.asked import asked_for

PLACE = "Förderrichtlinien 2027. Fristen"


def fits(question: str, sentence: str, place: str = "Satzung. ", passage: str = "") -> bool:
    return asked_for(question).fits(sentence, place, passage or sentence)


@pytest.mark.parametrize(
    ("question", "answer", "beside"),
    [
        ("Wie viel Prozent zahlt ihr?", "Wir zahlen die Hälfte.", "Wir zahlen 300 Euro."),
        ("Wie hoch ist eure Verwaltungsquote?", "Es sind 15,5 Prozent.", "Es sind 23 Leute."),
        ("Was kostet der Saal?", "Der Saal kostet 320 Euro.", "Der Saal liegt im Garten."),
        ("Wie viele Höfe waren es?", "Es waren zwölf Höfe.", "Es waren grüne Höfe seit 2019."),
        ("Wie lange dauert die Leihe?", "Die Leihe dauert vier Wochen.", "Es gibt 14 Koffer."),
        ("Wie viele Tage Urlaub gibt es?", "Du bekommst 27 Tage.", "Du bekommst 560 Euro."),
        ("Bis wann muss das fertig sein?", "Schluss ist der 15. April.", "Es sind 40 Bäume."),
        ("Wann trefft ihr euch?", "Wir treffen uns mittwochs ab 16 Uhr.", "Es sind elf Leute."),
        ("Um wie viel Uhr geht es los?", "Beginn ist 9.30 Uhr.", "Der Beginn ist offen für alle."),
        ("Wie alt ist die Vorsitzende?", "Sie ist 51 Jahre alt.", "Sie amtiert für vier Jahre."),
        ("How old must I be?", "You need to be at least 16 years old.", "Call 112 at once."),
        ("How long is the training?", "It takes three hours.", "It costs 40 euros."),
        ("When does the season start?", "It starts on 15 May.", "There are 19 volunteers."),
    ],
)  # fmt: skip
def test_only_what_has_the_form_of_the_answer_fits(question: str, answer: str, beside: str) -> None:
    assert fits(question, answer)
    assert not fits(question, beside)


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Wann ist die nächste Frist?", "Es gibt keine Frist."),
        ("Wie hoch ist der Eigenanteil?", "Ein Eigenanteil ist nicht nötig."),
        ("How much is a ticket?", "There are no tickets."),
        ("Wer entscheidet das?", "Die Jury entscheidet."),
        ("Darf man das, wenn es heiß ist?", "Das darf man."),
    ],
)
def test_a_denial_answers_and_other_questions_ask_for_no_form(question: str, sentence: str) -> None:
    assert fits(question, sentence)


def test_the_year_that_is_asked_for_must_be_there() -> None:
    """INVARIANT: nobody is told a figure of another year than the one they asked for."""
    question = "Wie viel Geld gibt es 2028?"
    assert not fits(question, "Es stehen 810.000 Euro bereit.", PLACE)
    assert not fits(question, "Für 2027 stehen 810.000 Euro bereit.", PLACE, "Ausblick auf 2028")
    assert fits(question, "Für 2028 stehen 900.000 Euro bereit.", PLACE)
    assert fits(question, "Es stehen 900.000 Euro bereit.", PLACE, "Für 2028 gilt: Es stehen …")
    assert fits("Wie viel Geld gibt es 2027?", "Anders als 2026 sind es 810.000 Euro.", PLACE)
