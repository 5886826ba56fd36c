"""What a network, a webhook or a file hands in: CloudEvents 1.0 attributes, ActivityStreams names.

`source` + `id` is the dedupe key; the id includes the revision, so an edit is a new event and a
second delivery of the same event is not. An InboundEvent tells of one comment, an InboundNotice of
a whole thread or of an account.
"""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

MAX_TEXT = 20_000
"""Characters of one comment we take in; no connected network allows more."""

NetworkName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{1,31}$")]
NativeId = Annotated[str, Field(min_length=1, max_length=512)]
Relation = Literal["own", "partner", "news", "decision_maker"]
Visibility = Literal["public", "unlisted", "followers", "direct", "unknown"]
EventType = Literal[
    "comment.received.v1",
    "comment.edited.v1",
    "comment.deleted.v1",
    "comment.hidden.v1",
    "comment.unhidden.v1",
]
NoticeType = Literal[
    "thread.locked.v1",
    "thread.unlocked.v1",
    "thread.deleted.v1",
    "author.blocked.v1",
    "author.unblocked.v1",
    "author.gone.v1",
]
WITHOUT_TEXT = ("comment.deleted.v1", "comment.hidden.v1", "comment.unhidden.v1")
"""Events that may come without the comment's words."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Page(_Part):
    """The page under which the thread stands, and how we relate to it."""

    native_id: NativeId
    name: str = Field(min_length=1, max_length=300)
    relation: Relation = "own"
    url: str | None = Field(default=None, max_length=2000)


class Root(_Part):
    """The post that opened the thread; its text is the context of every comment below it."""

    native_id: NativeId
    text: str = Field(default="", max_length=MAX_TEXT)
    url: str | None = Field(default=None, max_length=2000)


class Author(_Part):
    """Who wrote it, as the network names them. Personal data: never put on the bus."""

    native_id: NativeId
    display_name: str = Field(default="", max_length=300)
    handle: str = Field(default="", max_length=300)
    is_self: bool = False


class InboundComment(_Part):
    """One comment in one revision, as the network showed it."""

    network: NetworkName
    native_id: NativeId
    revision: str = Field(min_length=1, max_length=200)
    parent_id: NativeId | None = None
    url: str | None = Field(default=None, max_length=2000)
    page: Page
    root: Root
    author: Author
    text: str = Field(default="", max_length=MAX_TEXT)
    visibility: Visibility
    created_at: AwareDatetime


class _Envelope(_Part):
    specversion: Literal["1.0"] = "1.0"
    id: str = Field(min_length=1, max_length=800)
    source: str = Field(min_length=1, max_length=300)
    time: AwareDatetime


class InboundEvent(_Envelope):
    """What happened to which comment, seen by which connection, when."""

    type: EventType
    data: InboundComment

    @model_validator(mode="after")
    def _a_comment_says_something(self) -> "InboundEvent":
        if self.type not in WITHOUT_TEXT and not self.data.text.strip():
            raise ValueError(
                f"data.text is empty: only {', '.join(WITHOUT_TEXT)} may come without a text"
            )
        return self


class Concerned(_Part):
    """The thread or the account that a notice is about."""

    network: NetworkName
    root_id: NativeId | None = None
    author_id: NativeId | None = None


class InboundNotice(_Envelope):
    """What happened to a whole thread or account, seen by which connection, when.

    `thread.*` names the root. `author.blocked` is a block in either direction, `author.gone` an
    account that was deleted or suspended; both name the author and concern all they said to us.
    """

    type: NoticeType
    data: Concerned

    @model_validator(mode="after")
    def _it_names_what_it_is_about(self) -> "InboundNotice":
        wanted = "root_id" if self.type.startswith("thread.") else "author_id"
        if getattr(self.data, wanted) is None:
            raise ValueError(f"data.{wanted} is missing: {self.type} is about it")
        return self


Inbound = InboundEvent | InboundNotice
