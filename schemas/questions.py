"""A question that somebody at the desk tries out: what is found and drafted, nothing is posted."""

from decimal import Decimal
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.comments import Reason
from schemas.drafts import DraftKind, NoDraft, Sentence, Source
from schemas.message import Key, Message


class QuestionTried(Message):
    """A person wants to see what would be found and drafted for a question of their own."""

    stream: ClassVar[str] = "questions"
    subject_template: ClassVar[str] = "questions.tried.{trial_id}"
    identity: ClassVar[tuple[str, ...]] = ("trial_id",)

    trial_id: Key


class FoundPassage(BaseModel):
    """A passage with the parts of its score, log-odds against the others of the same ranking."""

    model_config = ConfigDict(frozen=True)

    source: Source
    nearness: float
    """What its meaning counts."""
    words: float
    """What the question's rare words count that it repeats."""
    cosine: float
    """Of the whole passage to the question."""
    nearest: float
    """Of its nearest sentence."""


class Bar(BaseModel):
    """Whether the passages hold an answer at all."""

    model_config = ConfigDict(frozen=True)

    probability: float
    threshold: float
    """From here on a draft is tried."""
    lead: float
    """Log-odds of the best passage against all others."""
    repeated: float
    """Share of the question's words in two neighbouring sentences, 0 to 1."""
    nearest: float
    """Cosine of the nearest sentence."""
    counted: dict[Literal["lead", "repeated", "nearest", "constant"], float]
    """What each of them adds to the log-odds of there being an answer."""

    @property
    def is_passed(self) -> bool:
        return self.probability >= self.threshold


class Outcome(BaseModel):
    """What a tried question brought, as answer stores it."""

    model_config = ConfigDict(frozen=True)

    language: str
    bar: Bar
    passages: list[FoundPassage]
    outcome: Literal["proposed"] | NoDraft
    reason: Reason | None
    """Why there is no draft."""
    kind: DraftKind | None
    text: str
    sentences: list[Sentence] = Field(default_factory=list)
    engine: str
    prompt: str | None
    tokens_in: int
    tokens_out: int
    cost: Decimal
    seconds: float
