"""What a change of a Page's feed tells, once its post is known. Pure but for what it remembers."""

from schemas.inbound import Inbound, Page, Root
from services.networks.meta.heard import Memory
from services.networks.meta.hook import Change
from services.networks.meta.mapping import Telling
from services.networks.meta.said import (
    VERBS,
    Comment,
    FacebookNews,
    author_of,
    facebook_url,
    is_top_level,
    words,
)

_REACTIONS = frozenset({"reaction", "like"})


def needs_its_post(news: FacebookNews) -> bool:
    """True when the text of the post is wanted: for a comment that has words."""
    return news.item == "comment" and VERBS.get(news.verb) in {"received", "edited"}


class FeedNews:
    """Turns changes into events; raises ValueError for one that names too little."""

    def __init__(self, own_id: str, telling: Telling, memory: Memory) -> None:
        self._own_id = own_id
        self._telling = telling
        self._memory = memory

    def events(self, news: FacebookNews, change: Change, page: Page, root: Root) -> list[Inbound]:
        if news.verb in {"block", "unblock"}:
            return [self._blocked(news, change)]
        verb = VERBS.get(news.verb)
        if news.item != "comment":
            removed = verb == "deleted" and news.item not in _REACTIONS
            post_id = news.post_id if removed else None
            return [self._telling.thread_deleted(post_id, change.at)] if post_id else []
        if verb is None:
            return []
        if not news.comment_id or not news.post_id:
            raise ValueError("the comment or its post is not named")
        author = author_of(news.comment_id, news.sender, frozenset({self._own_id}))
        if verb == "deleted":
            return [self._telling.deleted(news.comment_id, root, page, change.at, author)]
        post_url = root.url or (news.post.permalink_url if news.post is not None else None)
        comment = Comment(
            native_id=news.comment_id,
            text=words(news.message),
            created_at=news.created_time or change.at,
            author=author,
            parent_id=None if is_top_level(news.parent_id, news.post_id) else news.parent_id,
            root=root.model_copy(update={"url": post_url}),
            url=facebook_url(news.comment_id, post_url),
            hidden=news.is_hidden,
        )
        if verb in {"received", "edited"}:
            return self._worded(comment, page, change, edited=verb == "edited")
        hidden = verb == "hidden"
        self._memory.hiding(comment.native_id, change.at, hidden=hidden)
        return [self._telling.hidden(comment, page, change.at, hidden=hidden)]

    def _worded(
        self, comment: Comment, page: Page, change: Change, *, edited: bool
    ) -> list[Inbound]:
        if edited:
            return [self._telling.edited(comment, page, change.at)]
        events: list[Inbound] = [self._telling.received(comment, page)]
        if comment.hidden:
            self._memory.hiding(comment.native_id, comment.created_at, hidden=True)
            events.append(self._telling.hidden(comment, page, comment.created_at))
        return events

    def _blocked(self, news: FacebookNews, change: Change) -> Inbound:
        persons = (news.sender.id if news.sender is not None else None, news.recipient_id)
        person = next((one for one in persons if one and one != self._own_id), None)
        if person is None:
            raise ValueError("nobody is named")
        return self._telling.blocked(person, change.at, blocked=news.verb == "block")
