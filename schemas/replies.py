"""What became of an approved answer."""

from typing import ClassVar, Literal

from pydantic import AwareDatetime

from schemas.comments import OfComment
from schemas.message import Key

ReturnCode = Literal[
    "parent_gone", "parent_edited", "blocked", "locked", "hidden", "thread_muted",
    "not_public", "too_long", "token", "scope", "invalid", "outcome_unknown", "not_connected",
    "circuit_open", "planted",
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


class ReplyDelayed(OfReply):
    """The network wants to be left alone; the approved text waits until then and is not lost."""

    subject_template: ClassVar[str] = "replies.delayed.{network}.{thread_key}"
    identity: ClassVar[tuple[str, ...]] = ("decision_id", "until")

    until: AwareDatetime


class ReplyWithdrawn(OfReply):
    """A person decided that our answers to this comment are taken down again."""

    subject_template: ClassVar[str] = "replies.withdrawn.{network}.{thread_key}"


class ReplyRemoved(OfReply):
    """An answer of ours no longer stands: withdrawn by a person, or deleted on the network."""

    subject_template: ClassVar[str] = "replies.removed.{network}.{thread_key}"


class ReplyKept(OfReply):
    """What a person withdrew could not be taken down, and goes back to a person."""

    subject_template: ClassVar[str] = "replies.kept.{network}.{thread_key}"

    code: ReturnCode
