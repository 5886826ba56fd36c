"""What happens to the organisation's own publications."""

from typing import ClassVar

from schemas.message import Key, Message


class PublicationSubmitted(Message):
    """A file or page was handed in and waits to be read."""

    stream: ClassVar[str] = "publications"
    subject_template: ClassVar[str] = "publications.submitted.{submission_id}"
    identity: ClassVar[tuple[str, ...]] = ("submission_id",)

    submission_id: Key


class PublicationIndexed(Message):
    """An edition is searchable; what it no longer says is retired."""

    stream: ClassVar[str] = "publications"
    subject_template: ClassVar[str] = "publications.indexed.{publication_id}"
    identity: ClassVar[tuple[str, ...]] = ("publication_id", "edition")

    publication_id: Key
    edition: int
    passages: int


class PublicationRemoved(Message):
    """A publication was taken out; no new draft cites it."""

    stream: ClassVar[str] = "publications"
    subject_template: ClassVar[str] = "publications.removed.{publication_id}"
    identity: ClassVar[tuple[str, ...]] = ("publication_id", "edition")

    publication_id: Key
    edition: int


class PublicationWithdrawn(Message):
    """A person takes an edition out; index retires its passages."""

    stream: ClassVar[str] = "publications"
    subject_template: ClassVar[str] = "publications.withdrawn.{publication_id}"
    identity: ClassVar[tuple[str, ...]] = ("publication_id", "edition")

    publication_id: Key
    edition: int
