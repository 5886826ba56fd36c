"""A comment as Facebook and Instagram say it, in their answers and in their calls at our door.

Fields: https://developers.facebook.com/docs/graph-api/reference/comment/,
https://developers.facebook.com/docs/graph-api/webhooks/reference/page/#feed,
https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-comment.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from schemas.inbound import MAX_TEXT, Author, NativeId, Root
from services.networks.revisit import Found

WORDLESS = "[Anhang]"
"""Text of a comment that has none: a picture, a sticker, a video. One word for all of them, since
calls and answers do not name the kind alike, and both must make the same event of one comment."""

FACEBOOK_FIELDS = (
    "id,message,created_time,from{id,name},parent{id},is_hidden,can_comment,can_hide,permalink_url"
)
INSTAGRAM_FIELDS = "id,text,timestamp,from{id,username},user{id},parent_id,hidden"

Url = Annotated[str, Field(max_length=1900)]
"""Shorter than what may be stored: a comment's address is its post's and a little more."""


class Said(BaseModel):
    """Something Meta said; unknown fields are tolerated."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)


class Person(Said):
    id: str | None = None
    name: str | None = None
    username: str | None = None


class Reference(Said):
    id: NativeId
    permalink_url: Url | None = None
    permalink: Url | None = None
    is_comment_enabled: bool | None = None


class FacebookReply(Said):
    """The Comment node as Facebook answers a write: nothing but the id is promised."""

    id: NativeId
    message: str | None = None
    created_time: AwareDatetime | None = None
    sender: Person | None = Field(default=None, alias="from")
    is_hidden: bool = False
    permalink_url: Url | None = None


class FacebookComment(FacebookReply):
    """The Comment node with FACEBOOK_FIELDS."""

    created_time: AwareDatetime
    parent: Reference | None = None
    can_comment: bool = True
    can_hide: bool = True


class InstagramComment(Said):
    """The IG Comment node with INSTAGRAM_FIELDS."""

    id: NativeId
    text: str | None = None
    timestamp: AwareDatetime
    sender: Person | None = Field(default=None, alias="from")
    user: Person | None = None
    parent_id: str | None = None
    hidden: bool = False
    media: Reference | None = None


class FacebookNews(Said):
    """The value of a `feed` change."""

    item: str = ""
    verb: str = ""
    post_id: str | None = None
    comment_id: str | None = None
    parent_id: str | None = None
    sender: Person | None = Field(default=None, alias="from")
    recipient_id: str | None = None
    message: str | None = None
    created_time: AwareDatetime | None = None
    is_hidden: bool = False
    post: Reference | None = None


class InstagramNews(Said):
    """The value of a `comments` change: a new comment, and not when it was made."""

    id: NativeId
    text: str | None = None
    sender: Person | None = Field(default=None, alias="from")
    media: Reference
    parent_id: str | None = None


@dataclass(frozen=True)
class Comment:
    """A comment of either network, as far as we need it."""

    native_id: str
    text: str
    created_at: datetime
    author: Author
    parent_id: str | None
    root: Root
    url: str | None
    hidden: bool = False

    @property
    def revision(self) -> str:
        return revision_of(self.text)

    @property
    def found(self) -> Found:
        return Found(
            self.root.native_id, self.native_id, self.revision, self.hidden, self.created_at
        )


def words(text: str | None) -> str:
    """Return the text of a comment, WORDLESS when it has none."""
    return text[:MAX_TEXT] if text and text.strip() else WORDLESS


def revision_of(text: str) -> str:
    """Name a comment's wording: Meta counts no revisions and gives comments no time of editing.

    A call and a visit that show the same words give the same name, whatever the spaces between
    them. A wording that returns is the earlier revision again.
    """
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:16]


def author_of(comment_id: str, sender: Person | None, own_ids: frozenset[str]) -> Author:
    """Return who said it; whom Meta does not name is somebody else each time."""
    if sender is None or not sender.id:
        return Author(native_id=f"unknown:{comment_id}")
    return Author(
        native_id=sender.id,
        display_name=(sender.name or sender.username or "")[:300],
        handle=(sender.username or "")[:300],
        is_self=sender.id in own_ids,
    )


def facebook_comment(said: FacebookComment, root: Root, page_id: str) -> Comment:
    return Comment(
        native_id=said.id,
        text=words(said.message),
        created_at=said.created_time,
        author=author_of(said.id, said.sender, frozenset({page_id})),
        parent_id=said.parent.id if said.parent is not None else None,
        root=root,
        url=said.permalink_url or facebook_url(said.id, root.url),
        hidden=said.is_hidden,
    )


def facebook_url(comment_id: str, post_url: str | None) -> str:
    """Return where a comment can be seen, as Facebook itself links to one."""
    if post_url is None:
        return f"https://www.facebook.com/{comment_id}"
    joint = "&" if "?" in post_url else "?"
    return f"{post_url}{joint}comment_id={comment_id.rpartition('_')[2]}"


def instagram_comment(said: InstagramComment, root: Root, account_id: str) -> Comment:
    """`user` is told of our own comments only, whose sender may bear another id."""
    own = frozenset({account_id})
    sender = said.user if said.user is not None and said.user.id == account_id else said.sender
    return Comment(
        native_id=said.id,
        text=words(said.text),
        created_at=said.timestamp,
        author=author_of(said.id, sender, own),
        parent_id=said.parent_id,
        root=root,
        url=root.url,
        hidden=said.hidden,
    )


Verb = Literal["received", "edited", "deleted", "hidden", "unhidden"]
VERBS: dict[str, Verb] = {
    "add": "received",
    "edited": "edited",
    "edit": "edited",
    "update": "edited",
    "remove": "deleted",
    "delete": "deleted",
    "hide": "hidden",
    "unhide": "unhidden",
}
"""What may happen to a comment, by the webhook's words for it."""


def is_top_level(parent_id: str | None, post_id: str) -> bool:
    """True for a comment directly under the post, whose parent is the post itself.

    The post is named with or without the Page's id before it.
    """
    return parent_id is None or parent_id.rpartition("_")[2] == post_id.rpartition("_")[2]
