"""What became of an approved answer."""

from typing import ClassVar, Literal

from schemas.comments import OfComment
from schemas.message import Key

ReturnCode = Literal[
    "parent_gone", "parent_edited", "blocked", "locked", "hidden", "thread_muted",
    "not_public", "too_long", "token", "scope", "invalid", "outcome_unknown", "not_connected",
]  # fmt: skip


class OfReply(OfComment):
    """A message about the delivery of one approved text."""

    stream: ClassVar[str] = "replies"
    identity: ClassVar[tuple[str, ...]] = ("decision_id",)

    decision_id: Key


class ReplyPosted(OfReply):
    """The approved text stands under the comment it answers."""

    subject_template: ClassVar[str] = "replies.posted.{network}.{thread_key}"

    url: str | None


class ReplyReturned(OfReply):
    """The approved text was not posted and goes back to a person, with the reason."""

    subject_template: ClassVar[str] = "replies.returned.{network}.{thread_key}"

    code: ReturnCode
