"""An answer on its way from the machine to a person's decision."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.comments import OfComment
from schemas.message import Key

DraftKind = Literal["written", "quoted", "adapted"]
"""`written` by a language model, `quoted` word for word from the publications, or `adapted` from
the text that a person approved for somebody who asked the same."""

NoDraft = Literal["no_source", "check_failed", "model_failed"]
Stance = Literal["answer", "thank", "correct", "empathise", "boundary", "close", "join"]
"""What a reply does: `answer`, `correct` and `join`, which adds something to a conversation under
somebody else's post, are made of the publications, the others are texts that the team wrote once.
"""
MadeStance = Literal["answer", "correct", "join"]


class Citation(BaseModel):
    """One place in one publication that proves a sentence."""

    model_config = ConfigDict(frozen=True)

    passage_id: int
    quote: str
    """Word for word from the passage."""


class Sentence(BaseModel):
    """One sentence of a draft with its proof."""

    model_config = ConfigDict(frozen=True)

    text: str
    kind: Literal["fact", "courtesy", "stance"]
    """`fact` needs a proof; `courtesy` is thanks or a greeting; `stance` says where we stand and
    states no fact."""
    citations: list[Citation] = Field(default_factory=list)


class Source(BaseModel):
    """A passage as it was when the draft was made: later editions do not change the proof."""

    model_config = ConfigDict(frozen=True)

    passage_id: int
    publication_id: str
    title: str
    edition: int
    published_on: date | None
    author: str | None
    url: str | None
    heading: str | None
    page_from: int | None
    page_to: int | None
    text: str
    score: float
    """Mixed rank score of the retrieval, only comparable within one draft."""


class DraftRequested(OfComment):
    """A draft is wanted that no lane brings: a person asked, or an opportunity was found."""

    stream: ClassVar[str] = "drafts"
    subject_template: ClassVar[str] = "drafts.requested.{network}.{thread_key}"
    identity: ClassVar[tuple[str, ...]] = ("comment_key", "revision", "stance")

    stance: MadeStance


class DraftOutdated(OfComment):
    """What was drafted, or not drafted, for a comment is made anew.

    The publications changed, or what the same person said just before; or the model failed and
    somebody asked again.
    """

    stream: ClassVar[str] = "drafts"
    subject_template: ClassVar[str] = "drafts.outdated.{network}.{thread_key}"
    identity: ClassVar[tuple[str, ...]] = ("comment_key", "revision", "stance", "cause")

    stance: MadeStance
    cause: str = Field(pattern=r"^[0-9a-z-]{1,64}$")
    """Publication and edition that changed, or `replaces-` and the draft that is overtaken, or
    `again-` and the one that failed."""


class OfDraft(OfComment):
    """A message about one draft for one revision of a comment."""

    stream: ClassVar[str] = "drafts"
    identity: ClassVar[tuple[str, ...]] = ("draft_id",)

    draft_id: Key


class DraftProposed(OfDraft):
    """A cited draft is ready for a person."""

    subject_template: ClassVar[str] = "drafts.proposed.{network}.{thread_key}"

    kind: DraftKind
    stance: MadeStance = "answer"


class DraftDeclined(OfDraft):
    """No draft: the publications hold no answer, or what was written did not pass the checks."""

    subject_template: ClassVar[str] = "drafts.declined.{network}.{thread_key}"

    reason: NoDraft


class DraftApproved(OfComment):
    """A person approved this text for this revision; it may be posted once."""

    stream: ClassVar[str] = "drafts"
    subject_template: ClassVar[str] = "drafts.approved.{network}.{thread_key}"
    identity: ClassVar[tuple[str, ...]] = ("decision_id",)

    decision_id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
