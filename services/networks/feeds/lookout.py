"""Reads one feed of others at a time; nothing can be said there."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NoReturn

from services.networks.feeds.mapping import event_from
from services.networks.feeds.memory import FeedMemory, recall, remember
from services.networks.feeds.visit import Unvisited, Visitor
from services.networks.lookout import Failed, Looked, NotLooked, Remark, SeenPost
from services.networks.network import Refused
from services.networks.targets import Target

CONNECTION = "feeds:watches"
LOOK_BACK = timedelta(days=2)
"""Age of articles that a first visit takes in."""


class FeedLookout:
    """Needs no account; `contact` is told to the servers."""

    def __init__(self, *, contact: str = "", allow_private: bool = False) -> None:
        self._visitor = Visitor(contact=contact, allow_private=allow_private)

    async def look(self, target: Target, memory: str | None, now: datetime) -> Looked:
        """Ask for the feed if it changed; raises NotLooked, Refused when it was gone for good."""
        known = _remembered(memory, target.address)
        if known.stopped:
            raise Refused("the server said that the feed is gone for good", code="gone")
        try:
            visited = await self._visitor.visit(target.address, known)
        except Unvisited as error:
            failed: Failed = "refused" if error.refused else "unreachable"
            raise NotLooked(
                str(error),
                trouble="gone" if error.memory.stopped else failed,
                memory=remember({target.address: error.memory}),
                retry_after=error.wish,
            ) from error
        after, posts = visited.memory, list[SeenPost]()
        if visited.feed is not None:
            after, news = after.after_news(visited.feed.articles, now=now, look_back=LOOK_BACK)
            site = visited.feed.site
            posts = [
                SeenPost(event_from(one, target, site, source=CONNECTION, now=now)) for one in news
            ]
        return Looked(
            posts, memory=remember({target.address: after}), page_id=target.address,
            wish=visited.wish,
        )  # fmt: skip

    async def remarks(self, post_id: str) -> Sequence[Remark] | None:
        """Refuse: what readers say under an article is in no feed."""
        return _not_in_a_feed(post_id)


def _remembered(memory: str | None, address: str) -> FeedMemory:
    """Return what is known of the feed; a memory that cannot be read is a first visit."""
    try:
        return recall(memory).get(address, FeedMemory()) if memory else FeedMemory()
    except ValueError:
        return FeedMemory()


def _not_in_a_feed(post_id: str) -> NoReturn:
    raise Refused(f"nothing is said under {post_id} in its feed", code="scope")
