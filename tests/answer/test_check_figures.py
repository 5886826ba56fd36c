"""Figures, dates and times of a draft stand in the passage it cites, in whatever spelling."""

import pytest

from services.answer.check_figures import figures_are_proved
from services.answer.figures import read_figures
from tests.answer.drafted import TRUE, checked, fact, fault

WEEKS = (12, "Der Bescheid ergeht binnen zwölf Wochen")
PROVED = [
    "18.000 Euro", "18 000 Euro", "18\u202f000 Euro", "18000 Euro", "18'000 €", "18,000 euros",
    "€ 18.000", "18.000,00 €", "18 Tsd. Euro", "18k", "achtzehntausend Euro",
    "eighteen thousand euros", "3 Haushalte", "drei Haushalte", "65 %", "65 Prozent",
    "fünfundsechzig Prozent", "31. März 2027", "31.3.2027", "31.03.27", "2027-03-31",
    "March 31, 2027", "31 March", "Ende März", "im Jahr 2027", "18:00 Uhr", "18 Uhr", "6 pm",
    "12 Wochen", "zwölf Wochen", "zwölfwöchige Frist", "jeden Mittwoch", "16 bis 18 Uhr",
    "4 pm to 6 pm", "4 to 6 pm", "ein Drittel", "2,1 Mio. Euro", "2,1 Millionen Euro",
    "2.100.000 Euro", "S. 4", "Seite 5", "Stand 9. November 2026", "ein Hof, eine Frist",
]  # fmt: skip
FALSE = [
    "19.000 Euro", "180.000 Euro", "1.800 Euro", "18.001 Euro", "18 001 Euro", "18.OO1 Euro",
    "neunzehntausend Euro", "nineteen thousand euros", "18.000 Prozent", "18.000 Dollar",
    "65 Euro", "66 Prozent", "65,1 Prozent", "sechsundsechzig Prozent", "٦٦ Prozent", "½",
    "31. April 2027", "31. März 2028", "13.3.2027", "1.3.2027", "03/12/2027", "März 2026",
    "im April", "am dritten März", "17 Uhr", "5 to 6 pm", "6 Uhr", "18:30 Uhr",
    "zwölf Monate", "12 Tage", "elf Wochen", "jeden Donnerstag", "zwei Drittel", "die Hälfte",
    "doppelt so viel", "2,1 Milliarden Euro", "21 Millionen Euro", "fünf Haushalte",
    "fünfmal", "Seite 9",
    "1️⃣8️⃣0️⃣", "hundert Prozent", "das Jahr 2028",
]  # fmt: skip


@pytest.mark.parametrize("figure", PROVED)
def test_a_figure_of_the_passage_passes_in_any_spelling(figure: str) -> None:
    draft = checked(fact(f"{TRUE[:-1]}: {figure}.", "höchstens 65 Prozent", WEEKS))
    assert figures_are_proved(draft) is None


@pytest.mark.parametrize("figure", FALSE)
def test_a_figure_that_is_not_in_the_passage_is_found(figure: str) -> None:
    """INVARIANT: no figure, date or time reaches a person that its passage does not hold."""
    found = fault(fact(f"{TRUE[:-1]}: {figure}.", "höchstens 65 Prozent", WEEKS))
    assert found is not None
    assert found[0] == "figures_are_proved"
    assert found[1]


def test_a_figure_of_another_passage_proves_nothing() -> None:
    found = fault(fact("Der Bescheid ergeht binnen 18 Wochen.", WEEKS))
    assert found is None or found[0] == "figures_are_proved"
    assert fault(fact("Die Stiftung zahlt zwölf Prozent der Kosten.")) == (
        "figures_are_proved", "zwölf prozent",
    )  # fmt: skip


def test_a_date_is_not_put_together_from_the_parts_of_others() -> None:
    assert read_figures("12.3.2027").unproved_by(read_figures("1.3.2027 und 12.4.2027"))


@pytest.mark.parametrize(
    ("stated", "proof"),
    [("50 Prozent", "die Hälfte"), ("die Hälfte", "50 %"), ("ein Viertel", "25 Prozent")],
)
def test_shares_and_percentages_prove_each_other(stated: str, proof: str) -> None:
    assert read_figures(stated).unproved_by(read_figures(proof)) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("zweihundertfünfzig", 250), ("siebenundneunzigtausendeinhundert", 97_100),
        ("one hundred and twenty", 120), ("twenty-five", 25), ("drei Millionen", 3_000_000),
        ("zwei hundert tausend", 200_000), ("dreimal", 3), ("zehntägig", 10),
        ("1.234.567", 1_234_567), ("3. dritte Dreierreihe", 3),
    ],
)  # fmt: skip
def test_numbers_are_read(text: str, value: int) -> None:
    assert {value} in [set(figure.values) for figure in read_figures(text).numbers]


@pytest.mark.parametrize(
    "text", ["Achten Sie darauf", "Zweifel", "eine Einheit", "seconds", "Elfe"]
)
def test_words_that_only_look_like_numbers_are_none(text: str) -> None:
    assert not [figure for figure in read_figures(text).numbers if figure.counts]
