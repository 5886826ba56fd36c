"""What people decide about a whole thread."""

from typing import ClassVar

from pydantic import AwareDatetime

from schemas.message import InThread, Key


class ThreadMuted(InThread):
    """A thread was muted: no drafts, no queue items, until the mute ends or is lifted."""

    stream: ClassVar[str] = "threads"
    subject_template: ClassVar[str] = "threads.muted.{network}.{thread_key}"
    identity: ClassVar[tuple[str, ...]] = ("mute_id",)

    mute_id: Key
    until: AwareDatetime


class ThreadUnmuted(InThread):
    """A mute was lifted or ran out: what it held back is sorted again."""

    stream: ClassVar[str] = "threads"
    subject_template: ClassVar[str] = "threads.unmuted.{network}.{thread_key}"
    identity: ClassVar[tuple[str, ...]] = ("mute_id",)

    mute_id: Key
