"""A comment as YouTube says it.

Fields: https://developers.google.com/youtube/v3/docs/comments#resource and
https://developers.google.com/youtube/v3/docs/commentThreads#resource. Counts of likes and views are
left where they are: what YouTube's terms let nobody derive is not even read.
"""

from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from schemas.inbound import MAX_TEXT, Author, NativeId

WITHHELD = frozenset({"heldForReview", "likelySpam", "rejected"})


class Said(BaseModel):
    """Something YouTube said; unknown fields are tolerated."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class ChannelRef(Said):
    value: str | None = None


class CommentSnippet(Said):
    author_name: str = Field(default="", alias="authorDisplayName")
    author_channel: ChannelRef | None = Field(default=None, alias="authorChannelId")
    text_display: str = Field(default="", alias="textDisplay")
    text_original: str | None = Field(default=None, alias="textOriginal")
    parent_id: NativeId | None = Field(default=None, alias="parentId")
    video_id: NativeId | None = Field(default=None, alias="videoId")
    published_at: AwareDatetime = Field(alias="publishedAt")
    updated_at: AwareDatetime = Field(alias="updatedAt")
    moderation_status: str = Field(default="published", alias="moderationStatus")


class Comment(Said):
    """One comment in one revision."""

    id: NativeId
    snippet: CommentSnippet

    @property
    def text(self) -> str:
        """What the author typed; YouTube shows that to the author alone, others see the display."""
        said = self.snippet.text_original
        return (said if said is not None else self.snippet.text_display)[:MAX_TEXT]

    @property
    def revision(self) -> str:
        return self.snippet.updated_at.isoformat()

    @property
    def hidden(self) -> bool:
        return self.snippet.moderation_status in WITHHELD

    def author(self, own_channel: str) -> Author:
        """Return who said it; whom YouTube does not name is somebody else each time."""
        channel = self.snippet.author_channel
        name = self.snippet.author_name[:300]
        native_id = channel.value if channel is not None else None
        return Author(
            native_id=native_id or f"unknown:{self.id}",
            display_name=name,
            handle=name if name.startswith("@") else "",
            is_self=native_id == own_channel,
        )

    def is_ours(self, own_channel: str) -> bool:
        channel = self.snippet.author_channel
        return channel is not None and channel.value == own_channel


class ThreadSnippet(Said):
    top: Comment = Field(alias="topLevelComment")
    video_id: NativeId | None = Field(default=None, alias="videoId")
    can_reply: bool = Field(default=True, alias="canReply")
    replies: int = Field(default=0, alias="totalReplyCount")


class Replies(Said):
    comments: tuple[dict[str, Any], ...] = ()


class Thread(Said):
    """A first comment, and up to five of the replies to it."""

    id: NativeId
    snippet: ThreadSnippet
    embedded: Replies = Field(default=Replies(), alias="replies")

    def comments(self) -> list[Comment]:
        """Return the first comment and the embedded replies that can be read."""
        found = [self.snippet.top]
        for row in self.embedded.comments:
            try:
                found.append(Comment.model_validate(row))
            except ValidationError:
                continue
        return found
