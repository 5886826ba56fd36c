"""Into which lane a comment goes: an ordered list of rules, the first that speaks decides.

Pure: what stands in the text and what the trained heads make of it go in, a lane with its reasons
comes out. Criticism is never sorted behind other comments because of its tone: only what is surely
nothing but abuse rests, and where the heads are in doubt the lane with more attention wins.
"""

from collections.abc import Callable
from dataclasses import dataclass

from schemas.comments import LANE_OF, Kind, Lane, Reason
from services.route.reader import Probabilities
from services.route.signals import Signals

RULES = "3"
"""Version of the rules, stored with every routing."""

SAFE: tuple[Kind, ...] = ("discussion", "praise", "criticism")


@dataclass(frozen=True)
class Bars:
    """Probabilities from which on the rules speak."""

    threat_alone: float = 0.3
    """What each head must say at least - threat, kind and offence - to alarm without a listed
    word."""
    threat_with_words: float = 0.002
    """Below it words of the list are taken as quoted or meant otherwise."""
    threat_quoted: float = 0.3
    """The same where the words stand in quotation marks alone: somebody speaks about them."""
    help_alone: float = 0.8
    spam_alone: float = 0.8
    other_alone: float = 0.8
    """Where a false reading costs more than for the rest of the kinds."""
    sure: float = 0.5
    """Below it for the likeliest kind a reading is in doubt."""
    mere_abuse: float = 0.85
    """Of an attack that rests, if next to nothing speaks for criticism or a question."""
    next_to_nothing: float = 0.1
    insulting: float = 0.3
    """Of an offence that the second head must see in what rests."""
    doubt_help: float = 0.5
    doubt_question: float = 0.3
    doubt_criticism: float = 0.2
    """In doubt the first of these kinds wins that is at least so probable."""
    doubt_question_in_reply: float = 0.4
    """The same below another comment, where people mostly talk to each other."""

    def enough(self, kind: Kind) -> float:
        """Return how probable the likeliest kind must be."""
        alone = {"help": self.help_alone, "spam": self.spam_alone, "other": self.other_alone}
        return alone.get(kind, self.sure)

    def in_doubt(self, *, is_reply: bool) -> tuple[tuple[Kind, float], ...]:
        """Return which kinds win in doubt, from which probability on."""
        if is_reply:
            return ("help", self.doubt_help), ("question", self.doubt_question_in_reply)
        return (
            ("help", self.doubt_help),
            ("question", self.doubt_question),
            ("criticism", self.doubt_criticism),
        )


BARS = Bars()
"""Those that ship."""


@dataclass(frozen=True)
class Reading:
    """Everything the rules look at."""

    signals: Signals
    said: Probabilities
    bars: Bars = BARS


@dataclass(frozen=True)
class Verdict:
    """A comment's kind and lane, the rule that said so, and how probable the kind is."""

    kind: Kind
    lane: Lane
    reasons: tuple[Reason, ...]
    probability: float

    @property
    def doubtful(self) -> bool:
        """Whether a language model may be asked; nothing urgent waits for its word."""
        return self.lane != "urgent" and self.reasons[0].rule == in_doubt.__name__


Rule = Callable[[Reading], tuple[Kind, str] | None]
"""Returns the kind and what it saw, None when it has nothing to say."""


def possibly_illegal(reading: Reading) -> tuple[Kind, str] | None:
    words, said, bars = reading.signals.threat, reading.said, reading.bars
    enough = bars.threat_quoted if reading.signals.only_quoted else bars.threat_with_words
    if words and said.threat >= enough:
        return "threat", words
    if min(said.threat, said.kinds["threat"], said.offence) >= bars.threat_alone:
        return "threat", ""
    meant = said.offence >= bars.insulting and said.kinds["threat"] >= bars.next_to_nothing
    if reading.signals.violence and meant and said.threat >= bars.threat_with_words:
        return "threat", reading.signals.violence
    return None


def calls_for_help(reading: Reading) -> tuple[Kind, str] | None:
    if words := reading.signals.help:
        return "help", words
    if reading.said.kinds["help"] >= reading.bars.help_alone:
        return "help", ""
    return None


def advertises(reading: Reading) -> tuple[Kind, str] | None:
    words, asks = reading.signals.spam, reading.signals.asks
    if words and (reading.signals.links or not asks):
        return "spam", words
    if reading.said.kinds["spam"] >= reading.bars.spam_alone and not asks:
        return "spam", ""
    return None


def says_nothing(reading: Reading) -> tuple[Kind, str] | None:
    if reading.signals.letters < 3:
        return "other", ""
    return None


def speaks_to_somebody_else(reading: Reading) -> tuple[Kind, str] | None:
    if reading.signals.talks_to_somebody_else:
        return "discussion", ""
    return None


def asks(reading: Reading) -> tuple[Kind, str] | None:
    if reading.signals.asks:
        return "question", ""
    return None


def asks_perhaps(reading: Reading) -> tuple[Kind, str] | None:
    """A question mark alone: a missed question costs more than one read in vain."""
    if reading.signals.question_mark:
        return "question", ""
    return None


def in_doubt(reading: Reading) -> tuple[Kind, str] | None:
    """No kind is probable enough: the reading that costs least if it is wrong."""
    kinds, likeliest = reading.said.kinds, _likeliest(reading)
    if kinds[likeliest] >= reading.bars.enough(likeliest):
        return None
    for kind, enough in reading.bars.in_doubt(is_reply=reading.signals.is_reply):
        if kinds[kind] >= enough:
            return kind, kind
    kind = max(SAFE, key=lambda kind: kinds[kind])
    return kind, kind


def resembles(reading: Reading) -> tuple[Kind, str] | None:
    """The trained heads are sure."""
    kind = _likeliest(reading)
    return kind, kind


def _likeliest(reading: Reading) -> Kind:
    """Return the likeliest kind but a threat, which the first rule has weighed already."""
    kinds = {kind: p for kind, p in reading.said.kinds.items() if kind != "threat"}
    return max(kinds, key=lambda kind: kinds[kind])


RULES_IN_ORDER: tuple[Rule, ...] = (
    possibly_illegal,
    calls_for_help,
    advertises,
    says_nothing,
    speaks_to_somebody_else,
    asks,
    asks_perhaps,
    in_doubt,
    resembles,
)


def decide(reading: Reading) -> Verdict:
    """Return the verdict of the first rule that has one; the last one always has."""
    for rule in RULES_IN_ORDER:
        if found := rule(reading):
            kind, detail = found
            reason = Reason(rule=rule.__name__, detail=detail)
            return Verdict(kind, _lane(kind, reading), (reason,), _probability(kind, reading))
    raise AssertionError("the last rule always decides")


def _lane(kind: Kind, reading: Reading) -> Lane:
    if kind == "attack" and is_mere_abuse(reading):
        return "rest"
    return LANE_OF[kind]


def is_mere_abuse(reading: Reading) -> bool:
    """Tell whether a comment surely says nothing but abuse; criticism in it would be missed."""
    kinds, bars = reading.said.kinds, reading.bars
    worth = max(kinds["criticism"], kinds["question"], kinds["help"])
    hostile = kinds["attack"] + kinds["threat"]
    enough = hostile >= bars.mere_abuse and reading.said.offence >= bars.insulting
    return enough and worth < bars.next_to_nothing


def _probability(kind: Kind, reading: Reading) -> float:
    if kind == "threat":
        return max(reading.said.threat, reading.said.kinds["threat"])
    return reading.said.kinds[kind]
