"""From a text and its vector to everything the rules look at; pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.comments import LANE_OF, Kind
from services.route.behaviour import LIMITS, Limits
from services.route.cues import Cues, read_cues
from services.route.decide import BARS, Bars, Reading, Verdict
from services.route.head import Floats
from services.route.reader import Model, shipped_model
from services.route.signals import Words, read_signals, read_words

SHIPPED = "shipped"


@dataclass(frozen=True)
class Knowledge:
    """What readings are made with; replaced as a whole when another version becomes live."""

    words: Words
    cues: Cues
    model: Model
    version: str = SHIPPED
    bars: Bars = BARS
    limits: Limits = LIMITS
    """Of what is suggested to be muted."""

    def read(self, text: str, vector: Floats | None, space: str, *, is_reply: bool) -> Reading:
        """Return the reading of a comment; a vector of another space is not looked at."""
        return Reading(
            read_signals(text, self.words, is_reply=is_reply),
            self.model.read(text, self.cues, vector, space),
            self.bars,
        )


def shipped_knowledge() -> Knowledge:
    """Load the word lists and the model that ship with the service."""
    cues = read_cues()
    return Knowledge(read_words(), cues, shipped_model(cues))


def answerworthy(reading: Reading, verdict: Verdict) -> float:
    """Return the probability that a comment wants an answer: it asks, or the words of asking."""
    kinds: Mapping[Kind, float] = reading.said.kinds
    wanted = sum(p for kind, p in kinds.items() if LANE_OF[kind] in ("answer", "urgent"))
    if verdict.lane in ("answer", "urgent"):
        return max(wanted, verdict.probability, 0.5)
    return min(wanted, 0.5)
