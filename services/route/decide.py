"""Into which lane a comment goes: an ordered list of rules, the first that speaks decides.

Pure: what stands in the text and what the trained heads make of it go in, a lane with its reasons
comes out. Criticism is never sorted behind other comments because of its tone: only what is surely
nothing but abuse rests, and where the heads are in doubt the lane with more attention wins.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from schemas.comments import LANE_OF, Kind, Lane, Reason
from services.route.reader import Probabilities
from services.route.signals import Signals

RULES = "3"
"""Version of the rules, stored with every routing."""

THREAT_ALONE = 0.3
"""What each head must say at least - threat, kind and offence - to alarm without a listed word."""
THREAT_WITH_WORDS = 0.002
"""Probability below which words of the list are taken as quoted or meant otherwise."""
THREAT_QUOTED = 0.3
"""The same where the words stand in quotation marks alone: somebody speaks about them."""
HELP_ALONE = 0.8
SPAM_ALONE = 0.8
ENOUGH: Mapping[Kind, float] = {"help": HELP_ALONE, "spam": SPAM_ALONE, "other": 0.8}
"""Where a false reading costs more than for the rest of the kinds."""
SURE = 0.5
"""Probability of the likeliest kind below which a reading is in doubt."""
MERE_ABUSE = 0.85
"""Probability of an attack that rests, if next to nothing speaks for criticism or a question."""
NEXT_TO_NOTHING = 0.1
INSULTING = 0.3
"""Probability of an offence that the second head must see in what rests."""
SAFE: tuple[Kind, ...] = ("discussion", "praise", "criticism")
DOUBT: tuple[tuple[Kind, float], ...] = (("help", 0.5), ("question", 0.3), ("criticism", 0.2))
"""In doubt the first of these kinds wins that is at least so probable."""
DOUBT_IN_REPLY: tuple[tuple[Kind, float], ...] = (("help", 0.5), ("question", 0.4))
"""The same below another comment, where people mostly talk to each other."""


@dataclass(frozen=True)
class Reading:
    """Everything the rules look at."""

    signals: Signals
    said: Probabilities


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
    words, said = reading.signals.threat, reading.said
    enough = THREAT_QUOTED if reading.signals.only_quoted else THREAT_WITH_WORDS
    if words and said.threat >= enough:
        return "threat", words
    if min(said.threat, said.kinds["threat"], said.offence) >= THREAT_ALONE:
        return "threat", ""
    meant = said.offence >= INSULTING and said.kinds["threat"] >= NEXT_TO_NOTHING
    if reading.signals.violence and meant and said.threat >= THREAT_WITH_WORDS:
        return "threat", reading.signals.violence
    return None


def calls_for_help(reading: Reading) -> tuple[Kind, str] | None:
    if words := reading.signals.help:
        return "help", words
    if reading.said.kinds["help"] >= HELP_ALONE:
        return "help", ""
    return None


def advertises(reading: Reading) -> tuple[Kind, str] | None:
    words, asks = reading.signals.spam, reading.signals.asks
    if words and (reading.signals.links or not asks):
        return "spam", words
    if reading.said.kinds["spam"] >= SPAM_ALONE and not asks:
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
    if kinds[likeliest] >= ENOUGH.get(likeliest, SURE):
        return None
    for kind, enough in DOUBT_IN_REPLY if reading.signals.is_reply else DOUBT:
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
    kinds = reading.said.kinds
    worth = max(kinds["criticism"], kinds["question"], kinds["help"])
    hostile = kinds["attack"] + kinds["threat"]
    return hostile >= MERE_ABUSE and worth < NEXT_TO_NOTHING and reading.said.offence >= INSULTING


def _probability(kind: Kind, reading: Reading) -> float:
    if kind == "threat":
        return max(reading.said.threat, reading.said.kinds["threat"])
    return reading.said.kinds[kind]
