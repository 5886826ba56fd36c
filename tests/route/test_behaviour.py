"""An account's behaviour in one thread: what counts, and what shields from a mute."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from services.review.behaviour_words import PARTS
from services.review.labels import LABELS
from services.route.behaviour import Behaviour, judge
from services.route.news import is_same
from services.route.surface import surfaces
from services.route.turns import Conversation, Turn, our_turn

BEGAN = datetime(2026, 11, 17, 9, tzinfo=UTC)
SPACE = "multilingual-e5-small"


class Talk:
    """Writes turns; every text has its own direction unless a claim is repeated."""

    def __init__(self) -> None:
        self.turns: list[Turn] = []
        self.made = 0

    def _at(self) -> datetime:
        return BEGAN + timedelta(hours=len(self.turns))

    def says(self, author: str = "troll", *, claim: int | None = None, **seen: object) -> "Talk":
        self.made += 1
        vector = np.zeros(64, np.float32)
        vector[claim if claim is not None else 10 + self.made] = 1
        turn = Turn(f"c{len(self.turns)}", author, None, self._at(), vector, length=5)
        self.turns.append(replace(turn, **seen))  # type: ignore[arg-type]
        return self

    def insults(self, author: str = "troll", to: str | None = None) -> "Talk":
        return self.says(author, hostile=True, to=to)

    def we(self, to: str = "troll") -> "Talk":
        self.turns.append(our_turn(f"r{len(self.turns)}", to, self._at()))
        return self

    @property
    def conversation(self) -> Conversation:
        return Conversation(self.turns, SPACE)

    def judged(self) -> Behaviour:
        return judge(self.conversation)


def trolling() -> Talk:
    """A claim that was answered thrice and is repeated, with insults."""
    talk = Talk().says(claim=1).we().says(claim=1).we().insults().says(claim=1).we()
    return talk.says(claim=1).insults()


def test_repetition_and_insults_after_three_answers_mute_the_account() -> None:
    found = trolling().judged()
    assert (found.verdict, found.scope) == ("mute", "troll")
    told = {reason.rule: reason.detail for reason in found.evidence}
    assert told["answers_without_new_question"] == "3|2026-11-17"
    assert told["repeats_answered_claim"] == "3"
    assert told["insults"] == "2|5"
    assert told["share_of_our_answers"] == "3|3"


@pytest.mark.parametrize(
    "new",
    [
        {"asks": True},
        {"criticises": 0.3},
        {"criticises": 0.3, "hostile": False, "length": 40},
        {"length": 12},
        {"personal": True, "length": 6},
        {"urgent": True},
    ],
)
@pytest.mark.parametrize("then", [0, 1])
def test_whoever_says_something_new_is_not_even_suggested(
    new: dict[str, object], then: int
) -> None:
    """INVARIANT: a new question or criticism among the latest comments stands before any score."""
    talk = trolling().says(**new)  # type: ignore[arg-type]
    for _ in range(then):
        talk.insults()
    assert talk.judged().verdict == "none"


def test_a_figure_is_news_only_once() -> None:
    talk = Talk().says(figures=frozenset({"61.400"})).we()
    for _ in range(4):
        talk.says(figures=frozenset({"61.400"}), length=6, hostile=True)
    assert talk.judged().verdict == "suggest"
    assert talk.says(figures=frozenset({"12"}), length=6, hostile=True).judged().verdict == "none"


def test_a_telling_figure_marks_a_claim_in_other_words() -> None:
    """A year or a small number does not."""

    def turn(angle: float, figure: str) -> Turn:
        vector = np.array([np.cos(angle), np.sin(angle)], np.float32)
        return Turn("c", "troll", None, BEGAN, vector, figures=frozenset({figure}))

    def same(figure: str) -> bool:
        return is_same(turn(0, figure), turn(0.45, figure), SPACE)

    told = {figure: same(figure) for figure in ("61.400", "20000", "2026", "1998", "12", "3,5")}
    assert [figure for figure, alike in told.items() if alike] == ["61.400", "20000"]


def test_mere_abuse_says_nothing_at_any_length() -> None:
    talk = Talk().says().we()
    for _ in range(5):
        talk.says(hostile=True, mere_abuse=True, length=30)
    assert talk.judged().verdict == "mute"


def test_one_comment_never_mutes_and_neither_do_many_that_we_left_unanswered() -> None:
    """INVARIANT: nothing is muted that we have not answered."""
    assert Talk().insults().judged().verdict == "none"
    talk = Talk()
    for _ in range(12):
        talk.insults()
    assert talk.judged().verdict == "none"
    assert Talk().says(claim=1).we().insults().insults().judged().verdict == "none"


def test_a_repeated_question_is_no_evidence() -> None:
    talk = Talk().says(claim=1, asks=True)
    for _ in range(5):
        talk.we().says(claim=1, asks=True)
    assert talk.judged() == Behaviour("none")


def test_a_claim_repeated_before_we_answered_is_no_evidence() -> None:
    talk = Talk()
    for _ in range(4):
        talk.says(claim=1)
    talk.we().says(claim=2).says(claim=3).says(claim=4).says(claim=5)
    assert talk.judged().verdict == "none"


def test_in_another_vector_space_only_the_words_are_compared() -> None:
    talk = trolling()
    assert judge(Conversation(talk.turns, "other")).verdict == "none"
    words = frozenset({"ihr", "fällt", "gesunde", "bäume"})
    same = [replace(turn, words=words) if not turn.hostile else turn for turn in talk.turns]
    assert judge(Conversation(same, "other")).verdict == "mute"


def test_the_whole_thread_is_meant_only_if_nobody_else_takes_part_honestly() -> None:
    """INVARIANT: an honest third person keeps a thread from being muted as a whole."""

    def two(*others: str) -> Talk:
        talk = Talk().says(claim=1).says("second", claim=2).we().we("second")
        for author in others:
            talk.says(author, length=3)
        for _ in range(5):
            talk.insults().insults("second")
        return talk

    assert two().judged().scope is None
    assert two().judged().verdict == "mute"
    assert two("third").judged().scope == "second"


def test_insults_against_others_are_told() -> None:
    talk = Talk().says(claim=1).we()
    for _ in range(5):
        talk.insults(to="third")
    told = {reason.rule: reason.detail for reason in talk.judged().evidence}
    assert told["insults_others"] == "5"


def test_every_reason_has_words_and_names_its_figures() -> None:
    """INVARIANT: a person never has to read a code."""
    for rule, names in PARTS.items():
        words = LABELS[f"rule.{rule}"]
        assert all(f"%({name})s" in words for name in names)


def test_what_surfaces_from_a_mute() -> None:
    """INVARIANT: a mute is not blind."""
    muted_at = BEGAN + timedelta(hours=100)

    def seen(talk: Talk, *, personally: bool = False, by_person: bool = True) -> str | None:
        why = surfaces(
            talk.conversation, personally=personally, decided_at=muted_at if by_person else None
        )
        return why.rule if why else None

    assert seen(trolling().says("third", asks=True)) == "surfaces_question"
    assert seen(trolling().says("third", length=20)) is None
    assert seen(trolling().says("third", asks=True).says("third", asks=True)) is None
    assert seen(trolling().says(urgent=True), personally=True) == "surfaces_urgent"
    assert seen(trolling().says(asks=True), personally=True) is None
    assert seen(trolling().insults("third")) is None
    alone = {"personally": True, "by_person": False}
    assert seen(trolling().says(criticises=0.4), **alone) == "surfaces_criticism"
    assert seen(trolling().says(claim=1, criticises=0.4), **alone) is None
    assert seen(trolling().insults(), **alone) is None
