"""What happens to a comment until a person sees it."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, Field

from schemas.message import CommentKey, InThread

Lane = Literal["answer", "acknowledge", "discuss", "urgent", "rest"]
Kind = Literal[
    "question", "criticism", "praise", "discussion", "attack", "help", "spam", "threat", "other"
]
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
"""Where a comment of a kind goes, unless more than its kind is known."""

Withholding = Literal["blocked", "locked", "hidden"]
"""Why a comment cannot be answered although it stands; the first one that holds is named."""


class OfComment(InThread):
    """A message about one revision of one comment."""

    stream: ClassVar[str] = "comments"
    identity: ClassVar[tuple[str, ...]] = ("comment_key", "revision")

    comment_key: CommentKey
    revision: int = Field(ge=1)
    """Our own count of the comment's revisions, 1 for the first one seen."""


class CommentReceived(OfComment):
    """A comment was seen for the first time, and stored."""

    subject_template: ClassVar[str] = "comments.received.{network}.{thread_key}"


class CommentEdited(OfComment):
    """A stored comment has a new text; everything said about the old one is stale."""

    subject_template: ClassVar[str] = "comments.edited.{network}.{thread_key}"


class CommentDeleted(OfComment):
    """A comment was deleted on its network; its text is erased here."""

    subject_template: ClassVar[str] = "comments.deleted.{network}.{thread_key}"


class CommentWithheld(OfComment):
    """A comment cannot be answered for now: it, its thread or its author is closed to us."""

    subject_template: ClassVar[str] = "comments.withheld.{network}.{thread_key}"
    identity: ClassVar[tuple[str, ...]] = ("comment_key", "reason", "since")

    reason: Withholding
    since: AwareDatetime
    """When the network says it began."""


class CommentRestored(OfComment):
    """What withheld a comment is over; something else may still withhold it."""

    subject_template: ClassVar[str] = "comments.restored.{network}.{thread_key}"
    identity: ClassVar[tuple[str, ...]] = ("comment_key", "reason", "since")

    reason: Withholding
    since: AwareDatetime


class Reason(BaseModel):
    """Why something was decided: the rule, which the desk puts into words, and what it saw."""

    rule: str
    detail: str = ""


class CommentRouted(OfComment):
    """A comment was sorted into a lane, or fell under a mute."""

    subject_template: ClassVar[str] = "comments.routed.{branch}.{network}.{thread_key}"
    identity: ClassVar[tuple[str, ...]] = ("comment_key", "revision", "cause")

    cause: str = Field(pattern=r"^[0-9a-z-]{1,64}$")
    """`arrival`, or the id of the lifted mute that made it be sorted again."""
    lane: Lane
    kind: Kind
    muted: bool
    rules: list[str]
    """The rules that spoke; the words they saw stay in the database."""
    language: str

    @property
    def branch(self) -> str:
        """Where the comment goes: its lane, or `muted`, which nobody drafts for."""
        return "muted" if self.muted else self.lane

    def subject(self) -> str:
        return self.subject_template.format_map({**self._fields(), "branch": self.branch})
