"""Events from what Meta said; the same happening has the same id from a call and from a visit."""

from datetime import datetime
from typing import Literal

from schemas.inbound import (
    Author,
    Concerned,
    EventType,
    InboundComment,
    InboundEvent,
    InboundNotice,
    NoticeType,
    Page,
    Root,
)
from services.networks.meta.said import (
    Comment,
    FacebookComment,
    InstagramComment,
    revision_of,
    words,
)
from services.networks.network import Standing


class Telling:
    """Makes events of one connection."""

    def __init__(self, network: str, source: str) -> None:
        self._network = network
        self._source = source

    def received(self, comment: Comment, page: Page, at: datetime | None = None) -> InboundEvent:
        """`at` is when these words were seen, from the moment the comment was made if None."""
        moment = at or comment.created_at
        return self._event("comment.received.v1", comment, page, comment.revision, moment)

    def edited(self, comment: Comment, page: Page, at: datetime) -> InboundEvent:
        """`at` is when we heard of it: Meta does not say when a comment was edited."""
        return self._event("comment.edited.v1", comment, page, comment.revision, at)

    def hidden(
        self, comment: Comment, page: Page, at: datetime, *, hidden: bool = True
    ) -> InboundEvent:
        """A comment that was hidden from its first moment on is hidden `at` that moment."""
        event_type: EventType = "comment.hidden.v1" if hidden else "comment.unhidden.v1"
        suffix = f"{'hidden' if hidden else 'unhidden'}@{int(at.timestamp())}"
        return self._event(event_type, comment, page, suffix, at)

    def deleted(
        self, native_id: str, root: Root, page: Page, at: datetime, author: Author | None = None
    ) -> InboundEvent:
        """The words are gone, and often nobody says whose they were."""
        comment = Comment(
            native_id=native_id,
            text="",
            created_at=at,
            author=author or Author(native_id=f"unknown:{native_id}"),
            parent_id=None,
            root=root,
            url=None,
        )
        return self._event("comment.deleted.v1", comment, page, "del", at)

    def thread_deleted(self, root_id: str, at: datetime) -> InboundNotice:
        return self._notice("thread.deleted.v1", f"{root_id}#thread.deleted", at, root_id=root_id)

    def blocked(self, author_id: str, at: datetime, *, blocked: bool) -> InboundNotice:
        notice: NoticeType = "author.blocked.v1" if blocked else "author.unblocked.v1"
        name = f"{author_id}#{notice}@{int(at.timestamp())}"
        return self._notice(notice, name, at, author_id=author_id)

    def _event(
        self, event_type: EventType, comment: Comment, page: Page, suffix: str, at: datetime
    ) -> InboundEvent:
        return InboundEvent(
            id=f"{comment.native_id}#{suffix}",
            source=self._source,
            type=event_type,
            time=at,
            data=InboundComment(
                network=self._network,
                native_id=comment.native_id,
                revision=comment.revision,
                parent_id=comment.parent_id,
                url=comment.url,
                page=page,
                root=comment.root,
                author=comment.author,
                text=comment.text,
                visibility="public",
                created_at=comment.created_at,
            ),
        )

    def _notice(
        self,
        notice_type: NoticeType,
        name: str,
        at: datetime,
        *,
        root_id: str | None = None,
        author_id: str | None = None,
    ) -> InboundNotice:
        concerned = Concerned(network=self._network, root_id=root_id, author_id=author_id)
        return InboundNotice(
            id=name, source=self._source, type=notice_type, time=at, data=concerned
        )


def facebook_standing(said: FacebookComment) -> Standing:
    text = words(said.message)
    why_not = _why_not(hidden=said.is_hidden, closed=not said.can_comment)
    return Standing(said.id, revision_of(text), text, "public", why_not is None, why_not)


def instagram_standing(said: InstagramComment) -> Standing:
    text = words(said.text)
    closed = said.media is not None and said.media.is_comment_enabled is False
    why_not = _why_not(hidden=said.hidden, closed=closed)
    return Standing(said.id, revision_of(text), text, "public", why_not is None, why_not)


def _why_not(*, hidden: bool, closed: bool) -> Literal["hidden", "locked"] | None:
    return "hidden" if hidden else "locked" if closed else None
