"""Into which lane a comment goes, by what it says and not by how it sounds."""

import pytest

from services.route.decide import Reading, Verdict, decide
from services.route.likeness import Example, read_examples
from services.route.signals import read_signals, read_words

WORDS = read_words()
NEUTRAL: dict[Example, float] = {"discussion": 0.8, "criticism": 0.7, "praise": 0.7, "attack": 0.7}


def sorted_(
    text: str, likeness: dict[Example, float] | None = None, *, is_reply: bool = False
) -> Verdict:
    signals = read_signals(text, WORDS, is_reply=is_reply)
    return decide(Reading(signals, likeness or NEUTRAL))


@pytest.mark.parametrize(
    "text",
    [
        "Bis wann läuft die Frist?",
        "Schöner Bericht! Und wer hat das bezahlt?",
        "Mich würde interessieren, ob auch Schulen mitmachen dürfen",
        "Weiß jemand, ob man dafür einen Verein braucht?",
        "Quelle?",
        "Ihr Heuchler, was verdient eure Chefin eigentlich?",
        "How much money is left?",
        "كم المبلغ؟",
    ],
)
def test_questions_want_an_answer_in_any_tone(text: str) -> None:
    assert sorted_(text).lane == "answer"


@pytest.mark.parametrize(
    "text",
    [
        "Ich weiß, wo du wohnst. Ist das klar?",
        "Solche Leute gehören aufgehängt.",
        "Wir kommen vorbei, dann erlebt ihr was, wartet nur ab! Oder bist du feige?",
        "I know where you live",
    ],
)
def test_threats_come_first_even_as_questions(text: str) -> None:
    """INVARIANT: what may be illegal is urgent before anything else is looked at."""
    verdict = sorted_(text)
    assert (verdict.lane, verdict.kind) == ("urgent", "threat")
    assert verdict.reasons[0].detail.casefold() in text.casefold()


def test_a_call_for_help_is_urgent() -> None:
    assert sorted_("Ich will einfach nicht mehr leben.").kind == "help"


def test_everyday_words_are_no_threat() -> None:
    for text in (
        "Wir haben die Vorhänge selbst aufgehängt.",
        "Ich komme Samstag vorbei und bringe Kuchen mit.",
        "Die Galerie an der Wand ist schön.",
    ):
        assert sorted_(text).lane != "urgent", text


@pytest.mark.parametrize("text", ["😀😀", "!!!", "https://example.org/x", "👍🏽", "…"])
def test_signs_without_words_rest(text: str) -> None:
    assert sorted_(text).lane == "rest"


def test_harsh_criticism_is_not_sorted_behind() -> None:
    """INVARIANT: criticism has its lane whatever its tone."""
    likeness: dict[Example, float] = {"criticism": 0.82, "attack": 0.81, "discussion": 0.8}
    verdict = sorted_("Ihr Pfeifen habt die kleinen Vereine schon wieder vergessen!", likeness)
    assert (verdict.kind, verdict.lane) == ("criticism", "acknowledge")


def test_talk_to_somebody_else_is_left_alone() -> None:
    verdict = sorted_("@petra warst du auch da?", is_reply=True)
    assert (verdict.lane, verdict.reasons[0].rule) == ("discuss", "speaks_to_somebody_else")
    assert sorted_("@stiftung warst du auch da?", is_reply=False).lane == "answer"


def test_advertising_rests_but_a_question_about_money_does_not() -> None:
    assert sorted_("Mit Bitcoin 500 Euro pro Tag verdienen www.spam.example").lane == "rest"
    assert sorted_("Nehmt ihr Spenden in Bitcoin an?").lane == "answer"


def test_long_hostile_texts_are_read_in_linear_time() -> None:
    for piece in ("a", "ich weiß ", "wo ", "? ", "@x ", "(", "kommt "):
        sorted_(piece * (20_000 // len(piece)))


def test_every_kind_has_examples() -> None:
    examples = read_examples()
    assert all(len(texts) >= 4 for texts in examples.values())
