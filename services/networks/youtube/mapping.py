"""Events from what YouTube said."""

from dataclasses import dataclass
from datetime import datetime

from schemas.inbound import (
    Author,
    EventType,
    InboundComment,
    InboundEvent,
    Page,
    Root,
)
from services.networks.network import Posted, Standing
from services.networks.revisit import Found
from services.networks.youtube.said import Comment

NETWORK = "youtube"


@dataclass(frozen=True)
class Placed:
    """A comment and where it stands."""

    comment: Comment
    channel_id: str
    top_id: str
    """The first comment of its thread, which may be itself."""
    video_id: str | None

    @property
    def root_id(self) -> str:
        """The video, or the channel for what was said about the channel itself."""
        return self.video_id or self.channel_id

    @property
    def found(self) -> Found:
        """First comments are found in the channel, replies under their first comment."""
        comment = self.comment
        return Found(
            self.channel_id if comment.id == self.top_id else self.top_id,
            comment.id,
            comment.revision,
            comment.hidden,
            comment.snippet.published_at,
        )


class Telling:
    """Makes events of one connection."""

    def __init__(self, source: str, own_channel: str) -> None:
        self._source = source
        self._own_channel = own_channel

    def received(self, placed: Placed, page: Page, root: Root) -> InboundEvent:
        return self._worded("comment.received.v1", placed, page, root)

    def edited(self, placed: Placed, page: Page, root: Root) -> InboundEvent:
        return self._worded("comment.edited.v1", placed, page, root)

    def hidden(
        self, placed: Placed, page: Page, root: Root, at: datetime, *, hidden: bool
    ) -> InboundEvent:
        """YouTube does not say when: `at` is when we noticed, or when the comment was made."""
        event_type: EventType = "comment.hidden.v1" if hidden else "comment.unhidden.v1"
        suffix = f"{'hidden' if hidden else 'unhidden'}@{int(at.timestamp())}"
        return self._event(event_type, placed, page, root, suffix=suffix, at=at)

    def deleted(self, native_id: str, page: Page, at: datetime) -> InboundEvent:
        """Of a comment that is gone nothing is left to tell but its id."""
        return InboundEvent(
            id=f"{native_id}#del",
            source=self._source,
            type="comment.deleted.v1",
            time=at,
            data=InboundComment(
                network=NETWORK,
                native_id=native_id,
                revision="del",
                page=page,
                root=Root(native_id=page.native_id),
                author=Author(native_id=f"unknown:{native_id}"),
                visibility="public",
                created_at=at,
            ),
        )

    def _worded(
        self, event_type: EventType, placed: Placed, page: Page, root: Root
    ) -> InboundEvent:
        comment = placed.comment
        at = comment.snippet.updated_at
        return self._event(event_type, placed, page, root, suffix=comment.revision, at=at)

    def _event(
        self,
        event_type: EventType,
        placed: Placed,
        page: Page,
        root: Root,
        *,
        suffix: str,
        at: datetime,
    ) -> InboundEvent:
        comment = placed.comment
        return InboundEvent(
            id=f"{comment.id}#{suffix}",
            source=self._source,
            type=event_type,
            time=at,
            data=InboundComment(
                network=NETWORK,
                native_id=comment.id,
                revision=comment.revision,
                parent_id=placed.top_id if comment.id != placed.top_id else None,
                url=url_of(comment.id, placed.video_id, placed.channel_id),
                page=page,
                root=root,
                author=comment.author(self._own_channel),
                text=comment.text,
                visibility="public",
                created_at=comment.snippet.published_at,
            ),
        )


def url_of(comment_id: str, video_id: str | None, channel_id: str) -> str:
    """Return where a comment can be seen, highlighted."""
    if video_id is not None:
        return f"https://www.youtube.com/watch?v={video_id}&lc={comment_id}"
    return f"https://www.youtube.com/channel/{channel_id}/discussion?lc={comment_id}"


def standing_from(comment: Comment, *, can_reply: bool) -> Standing:
    if comment.hidden:
        return Standing(comment.id, comment.revision, comment.text, "public", False, "hidden")
    return Standing(
        comment.id,
        comment.revision,
        comment.text,
        "public",
        can_reply,
        None if can_reply else "locked",
    )


def posted_from(comment: Comment, video_id: str | None, channel_id: str) -> Posted:
    return Posted(
        native_id=comment.id,
        url=url_of(comment.id, video_id, channel_id),
        text=comment.text,
        visibility="public",
        posted_at=comment.snippet.published_at,
    )
