"""Into which lane a comment goes: an ordered list of rules, the first that speaks decides.

Pure: words and similarities in, a lane with its reasons out. Criticism is never sorted behind
other comments because of its tone: no rule here looks at insults before it looked for a question.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from schemas.comments import Kind, Lane, Reason
from services.route.likeness import Example
from services.route.signals import Signals

RULES = "1"
"""Version of the rules, stored with every routing."""

LANE_OF: Mapping[Kind, Lane] = {
    "question": "answer",
    "criticism": "acknowledge",
    "praise": "acknowledge",
    "discussion": "discuss",
    "attack": "discuss",
    "threat": "urgent",
    "help": "urgent",
    "spam": "rest",
    "other": "rest",
}


@dataclass(frozen=True)
class Reading:
    """Everything the rules look at."""

    signals: Signals
    likeness: Mapping[Example, float]
    """Similarity to the typical comments of each kind; compared, never read as a probability."""


@dataclass(frozen=True)
class Verdict:
    """A comment's kind and lane, and the rule that said so."""

    kind: Kind
    lane: Lane
    reasons: tuple[Reason, ...]


Rule = Callable[[Reading], tuple[Kind, str] | None]
"""Returns the kind and what it saw, None when it has nothing to say."""


def possibly_illegal(reading: Reading) -> tuple[Kind, str] | None:
    if words := reading.signals.threat:
        return "threat", words
    return None


def calls_for_help(reading: Reading) -> tuple[Kind, str] | None:
    if words := reading.signals.help:
        return "help", words
    return None


def advertises(reading: Reading) -> tuple[Kind, str] | None:
    words = reading.signals.spam
    if words and (reading.signals.links or not reading.signals.asks):
        return "spam", words
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


def resembles(reading: Reading) -> tuple[Kind, str] | None:
    nearest: Example = max(
        reading.likeness, key=lambda name: reading.likeness[name], default="discussion"
    )
    kind: Kind = "question" if nearest == "question_unmarked" else nearest
    return kind, kind


RULES_IN_ORDER: tuple[Rule, ...] = (
    possibly_illegal,
    calls_for_help,
    advertises,
    says_nothing,
    speaks_to_somebody_else,
    asks,
    asks_perhaps,
    resembles,
)


def decide(reading: Reading) -> Verdict:
    """Return the verdict of the first rule that has one; the last one always has."""
    for rule in RULES_IN_ORDER:
        if found := rule(reading):
            kind, detail = found
            reason = Reason(rule=rule.__name__, detail=detail)
            return Verdict(kind, LANE_OF[kind], (reason,))
    raise AssertionError("the last rule always decides")
