"""Into which lane a comment goes, by what it says and not by how it sounds."""

from typing import Any

import pytest

from schemas.comments import LANE_OF, Kind
from services.route.ask_model import SortedKind
from services.route.decide import RULES_IN_ORDER, Reading, Verdict, decide
from services.route.reader import Probabilities
from services.route.reading import shipped_knowledge
from services.route.signals import read_signals, read_words
from tests.route.readings import KINDS, said

WORDS = read_words()
TALK = said(discussion=0.9, threat=0.01)


def sorted_(text: str, heads: Probabilities = TALK, *, is_reply: bool = False) -> Verdict:
    return decide(Reading(read_signals(text, WORDS, is_reply=is_reply), heads))


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
    """INVARIANT: a question is answered however rude the heads find it."""
    assert sorted_(text).lane == "answer"
    assert sorted_(text, said(attack=0.97, offence=0.99)).lane == "answer"


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


def test_a_threat_without_a_listed_word_alarms_when_all_heads_agree() -> None:
    alarming = said(threat=0.7, offence=0.6, attack=0.3)
    assert sorted_("Bald ist Zahltag.", alarming).kind != "threat"
    kinds = {**alarming.kinds, "threat": 0.5, "attack": 0.2}
    agreed = Probabilities(kinds, offence=0.6, threat=0.7)
    assert sorted_("Bald ist Zahltag.", agreed).lane == "urgent"


VIOLENT = (
    "Die müssten alle hingerichtet werden.",
    "Man sollte sie kastrieren",
    "Tötet sie alle!",
    "Ab ins KZ mit denen.",
    "Einfach drüberfahren, dann ist die Straße frei.",
    "Lasst sie doch ersaufen.",
    "They deserve to be shot, every one of them.",
)
MEANT = Probabilities({**said(attack=0.6).kinds, "threat": 0.15}, offence=0.5, threat=0.01)


@pytest.mark.parametrize("text", VIOLENT)
def test_a_call_for_violence_is_urgent_when_it_offends(text: str) -> None:
    """INVARIANT: a call for violence in plain words is on top."""
    assert sorted_(text, MEANT).lane == "urgent"


@pytest.mark.parametrize("text", [*VIOLENT, "Katzen müssen kastriert werden, auch auf Höfen."])
def test_the_same_words_in_plain_talk_are_no_alarm(text: str) -> None:
    assert sorted_(text).kind != "threat"


def test_a_negation_calls_for_nothing() -> None:
    text = "Niemand sollte je wieder hingerichtet werden."
    assert sorted_(text, MEANT).kind != "threat"


def test_forbidden_symbols_are_urgent() -> None:
    assert sorted_("Blut und Ehre!").lane == "urgent"


@pytest.mark.parametrize(
    "text",
    [
        "„An den nächsten Baum“ schreibt hier einer über Kinder, und keiner widerspricht?",
        "Wer „Sieg Heil“ für einen Witz hält, war nie in einer Gedenkstätte.",
        'Someone wrote "they deserve to be shot" below a charity post. I reported it.',
    ],
)
def test_who_quotes_hate_to_speak_against_it_is_no_alarm(text: str) -> None:
    assert sorted_(text).kind != "threat"
    certain = Probabilities({**said().kinds, "threat": 0.5}, offence=0.5, threat=0.4)
    assert sorted_(text, certain).kind == "threat"


def test_a_threat_in_quotation_marks_without_words_beside_it_is_one() -> None:
    """INVARIANT: quotation marks alone do not make a threat harmless."""
    assert sorted_("„Wir wissen, wo ihr wohnt“").lane == "urgent"
    text = "„Haha“ Solche Leute gehören aufgehängt, sage ich euch allen hier."
    assert sorted_(text).lane == "urgent"


def test_a_quoted_threat_that_no_head_believes_is_no_alarm() -> None:
    assert sorted_("„Abgeknallt“ heißt das neue Stück.", said(discussion=0.9)).lane != "urgent"


def test_a_call_for_help_is_urgent() -> None:
    assert sorted_("Ich will einfach nicht mehr leben.").kind == "help"
    assert sorted_("Es hat alles keinen Zweck", said(help=0.9)).lane == "urgent"


def test_everyday_words_are_no_threat() -> None:
    for text in (
        "Wir haben die Vorhänge selbst aufgehängt.",
        "Ich komme Samstag vorbei und bringe Kuchen mit.",
        "Die Galerie an der Wand ist schön.",
        "Das Geld muss einfach besser verteilt werden.",
        "Der Baum müsste mal ordentlich gegossen werden, sonst vertrocknet er.",
        "Das Plakat soll an die Wand gehängt werden.",
        "Wir müssen uns besser kennenlernen.",
        "Ich hoffe, niemand wurde überfahren.",
    ):
        assert sorted_(text).lane != "urgent", text


@pytest.mark.parametrize("text", ["😀😀", "!!!", "https://example.org/x", "👍🏽", "…"])
def test_signs_without_words_rest(text: str) -> None:
    assert sorted_(text).lane == "rest"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("criticism", [0.15, 0.3, 0.6])
def test_what_may_be_criticism_never_rests(kind: Kind, criticism: float) -> None:
    """INVARIANT: criticism is never put behind because of its tone, whatever else it may be."""
    if kind != "criticism":
        heads = said(criticism=criticism, offence=0.99, **{kind: 0.99 - criticism - 0.05})
        verdict = sorted_("Ihr Pfeifen habt uns schon wieder vergessen!", heads)
        assert verdict.lane != "rest" or kind in ("spam", "other")


def test_mere_abuse_rests_and_doubtful_abuse_is_seen() -> None:
    assert sorted_("Ihr Clowns", said(attack=0.97, offence=0.8)).lane == "rest"
    assert sorted_("Ihr Clowns", said(attack=0.97, offence=0.1)).lane == "discuss"
    assert sorted_("Ihr Clowns", said(attack=0.6, discussion=0.3, offence=0.9)).lane == "discuss"


def test_a_threat_that_one_head_alone_sees_is_read_by_people() -> None:
    assert sorted_("Busbahnhof, Steig C", said(threat=0.1)).lane == "discuss"
    lonely = Probabilities({**said().kinds, "threat": 0.95}, offence=0.1, threat=0.2)
    assert sorted_("Busbahnhof, Steig C", lonely).lane == "discuss"


def test_in_doubt_the_lane_with_more_attention_wins() -> None:
    torn = said(discussion=0.4, criticism=0.35)
    assert sorted_("Na ja, wieder so ein Termin", torn).lane == "acknowledge"
    assert sorted_("Na ja, wieder so ein Termin", torn, is_reply=True).lane == "discuss"
    assert sorted_("wann geht es denn los", said(discussion=0.4, question=0.35)).lane == "answer"
    lost = sorted_("hm hm hm", said(spam=0.3, other=0.3))
    assert (lost.lane, lost.reasons[0].rule, lost.doubtful) == ("discuss", "in_doubt", True)


def test_talk_to_somebody_else_is_left_alone() -> None:
    verdict = sorted_("@petra warst du auch da?", is_reply=True)
    assert (verdict.lane, verdict.reasons[0].rule) == ("discuss", "speaks_to_somebody_else")
    assert sorted_("@stiftung warst du auch da?", is_reply=False).lane == "answer"


def test_advertising_rests_but_a_question_about_money_does_not() -> None:
    assert sorted_("Mit Bitcoin 500 Euro pro Tag verdienen www.spam.example").lane == "rest"
    assert sorted_("Nehmt ihr Spenden in Bitcoin an?", said(spam=0.95)).lane == "answer"


def test_a_verdict_tells_how_probable_its_kind_is() -> None:
    assert sorted_("Danke euch", said(praise=0.8)).probability == pytest.approx(0.8)


def test_the_language_model_can_neither_calm_down_nor_alarm() -> None:
    """INVARIANT: what a language model may say leads to lanes that people read, and to no alarm."""
    field: Any = SortedKind.model_fields["kind"].annotation
    assert {LANE_OF[kind] for kind in field.__args__} == {"answer", "acknowledge", "discuss"}


def test_long_hostile_texts_are_read_in_linear_time() -> None:
    knowledge = shipped_knowledge()
    for piece in ("a", "ich weiß ", "wo ", "? ", "@x ", "(", "kommt ", "😀", "\ud800"):
        reading = knowledge.read(piece * (20_000 // len(piece)), None, "", is_reply=False)
        assert decide(reading).lane


def test_every_rule_can_speak() -> None:
    assert len({rule.__name__ for rule in RULES_IN_ORDER}) == len(RULES_IN_ORDER)
