"""What happens to a whole thread, or to one account's part of it."""

from typing import ClassVar

from pydantic import AwareDatetime

from schemas.message import InThread, Key


class MuteSuggested(InThread):
    """An account's behaviour in a thread speaks for muting its part of it, or the whole thread."""

    stream: ClassVar[str] = "threads"
    subject_template: ClassVar[str] = "threads.suggested.{network}.{thread_key}"
    identity: ClassVar[tuple[str, ...]] = ("suggestion_id",)

    suggestion_id: Key
    strict: bool
    """Clear enough for a mute without a person, where the page allows it."""


class ThreadMuted(InThread):
    """A thread was muted: no drafts, no queue items, until the mute ends or is lifted."""

    stream: ClassVar[str] = "threads"
    subject_template: ClassVar[str] = "threads.muted.{network}.{thread_key}"
    identity: ClassVar[tuple[str, ...]] = ("mute_id",)

    mute_id: Key
    until: AwareDatetime
    partly: bool = False
    """Only one account's part of the thread."""


class ThreadUnmuted(InThread):
    """A mute was lifted or ran out: what it held back is sorted again."""

    stream: ClassVar[str] = "threads"
    subject_template: ClassVar[str] = "threads.unmuted.{network}.{thread_key}"
    identity: ClassVar[tuple[str, ...]] = ("mute_id",)

    mute_id: Key
