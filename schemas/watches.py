"""What watched pages say: partners, news media, decision makers. Nothing here is answered yet."""

from typing import ClassVar

from pydantic import Field

from schemas.comments import OfComment


class OfPost(OfComment):
    """A message about one revision of a post that opened a thread on a watched page."""

    stream: ClassVar[str] = "posts"

    watch_id: str = Field(pattern=r"^[0-9a-f]{16}$")
    """The watch that found it first."""


class PostSeen(OfPost):
    """A post of a watched page was seen for the first time, and stored."""

    subject_template: ClassVar[str] = "posts.seen.{network}.{thread_key}"


class PostEdited(OfPost):
    """A stored post has a new text; what was made of the old one is stale."""

    subject_template: ClassVar[str] = "posts.edited.{network}.{thread_key}"


class PostDeleted(OfPost):
    """A post no longer stands on its page; its text is erased here."""

    subject_template: ClassVar[str] = "posts.deleted.{network}.{thread_key}"
