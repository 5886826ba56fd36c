"""What a look at the AppView brings: notifications, and threads that are visited."""

import json
import logging
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import ValidationError

from schemas.inbound import Inbound
from services.networks.bluesky import pace
from services.networks.bluesky.gate import read_gate
from services.networks.bluesky.records import Uri, parse_uri
from services.networks.bluesky.repos import Repos
from services.networks.bluesky.said import Post, concerns, post_of, why_unreadable
from services.networks.bluesky.stream_news import News
from services.networks.bluesky.teller import Teller, seen_block
from services.networks.bluesky.view import BATCH, NoView, ThreadPage, View
from services.networks.network import Refused, Temporary, Unreadable

log = logging.getLogger(__name__)

OVERLAP = timedelta(minutes=10)
"""How far before the last notification is read again: they are not indexed in order."""
FEEDS_EVERY = 300.0
"""Seconds between two looks for new posts on the pages."""
MOST_VISITS = 20
"""Threads per look."""
MOST_THREADS = 300
MOST_MISSING = 200
"""Comments per visit that are asked for one by one."""


@dataclass
class _Missing:
    """What became of comments that a thread does not show any more."""

    gone: list[Uri] = field(default_factory=list)
    parted: list[str] = field(default_factory=list)
    """Authors whose comments are kept from us."""


class ViewNews:
    """Looks at the AppView, one piece of news after the other."""

    def __init__(
        self, view: View, teller: Teller, repos: Repos, *, decay: tuple[float, ...]
    ) -> None:
        self._view = view
        self._teller = teller
        self._repos = repos
        self._decay = decay
        self._memory = teller.memory
        self._feeds_at = 0.0
        self._reported: set[str] = set()

    async def look(self, now: datetime) -> AsyncIterator[News]:
        """Yield what is new, notifications first; each piece is complete in the memory."""
        yield await self._notified()
        if now.timestamp() >= self._feeds_at:
            await self._find_threads(now)
            self._feeds_at = now.timestamp() + FEEDS_EVERY
        for root in pace.due(self._memory.threads, now.timestamp(), MOST_VISITS):
            yield await self._visit_or_postpone(root)

    async def _notified(self) -> News:
        news = News()
        posts: list[Post] = []
        since = self._memory.noted - OVERLAP
        async for raw in self._view.notifications():
            post = self._read(raw, news)
            if post is None:
                continue
            if post.seen_at < since:
                break
            posts.append(post)
        for post in reversed(posts):
            self._memory.noted = max(self._memory.noted, post.seen_at)
            self.open_thread(post.root, post.seen_at)
            await self._tell(post, news)
        return news

    async def _find_threads(self, now: datetime) -> None:
        for did in self._teller.scene.pages:
            try:
                views = await self._view.own_posts(did)
            except Refused as error:
                log.warning("%s: the feed of %s: %s", self._teller.scene.source, did, error)
                continue
            for post in self._posts(views, News()):
                if post.uri.did == did and post.record.reply is None:
                    self._teller.places.saw(post)
                    self.open_thread(post.uri, post.seen_at)
        threads = self._memory.threads
        lasting = [
            (root, thread)
            for root, thread in threads.items()
            if pace.is_worth_visiting(thread, now.timestamp())
        ]
        lasting.sort(key=lambda one: one[1].lively_at)
        self._memory.threads = dict(lasting[-MOST_THREADS:])

    def open_thread(self, root: Uri, lively_at: datetime) -> None:
        """Visit a thread from now on; one with news is visited at once."""
        before = self._memory.threads.get(str(root))
        if before is None or before.lively_at < lively_at.timestamp():
            thread = pace.opened(0.0, lively_at.timestamp())
            self._memory.threads[str(root)] = thread

    async def _visit_or_postpone(self, text: str) -> News:
        """Visit; a thread that cannot be had, such as a huge one, must not keep the others."""
        try:
            return await self._visit(text)
        except NoView:
            raise
        except Temporary as error:
            if error.retry_after is not None:
                raise
            reason = str(error)
        except Refused as error:
            reason = str(error)
        log.warning("%s: a thread cannot be read: %s", self._teller.scene.source, reason)
        self._visited(text, news=False)
        return News()

    def _visited(self, text: str, *, news: bool) -> None:
        thread = self._memory.threads.get(text)
        if thread is not None:
            now = datetime.now(UTC).timestamp()
            after = pace.visited(thread, now, news=news, decay=self._decay)
            self._memory.threads[text] = after

    async def _visit(self, text: str) -> News:
        """Read all that is needed, then tell: what fails in between must not be taken for told."""
        news = News()
        root = parse_uri(text)
        if root is None:
            del self._memory.threads[text]
            return news
        page = await self._view.thread(root)
        if page.opening is None:
            return await self._not_shown(root, page)
        ours, pages = self._teller.scene.ours, self._teller.scene.pages
        posts = [
            post
            for post in sorted(self._posts(page.replies, news), key=lambda post: post.seen_at)
            if concerns(post, ours, pages)
        ]
        missing = await self._missing(text, {str(post.uri) for post in posts})
        now = datetime.now(UTC)
        opening = self._read(page.opening, news)
        if opening is not None:
            self._teller.places.saw(opening)
        for post in posts:
            by = seen_block(post.uri.did)
            news.events += self._teller.unblocked(by=by, at=now, suffix=now.isoformat())
            await self._tell(post, news)
        rule = read_gate(page.gate)
        closed = rule.closed if root.did == ours else page.reply_disabled
        news.events += await self._teller.gate(root, rule, closed=closed, at=now)
        news.events += self._parted([*page.blocked, *missing.parted], now)
        for uri in missing.gone:
            news.events += await self._teller.deleted(uri, at=now)
        self._visited(text, news=bool(news))
        return news

    async def _not_shown(self, root: Uri, page: ThreadPage) -> News:
        """Stop visiting a thread whose opening post is deleted or kept from us."""
        is_gone = not page.blocked and await self._repos.find(root) is None
        now = datetime.now(UTC)
        self._memory.threads.pop(str(root), None)
        events = self._parted(page.blocked, now)
        if is_gone:
            events += self._teller.thread_deleted(root, at=now, rev="view")
        return News(events)

    def _parted(self, dids: Iterable[str], now: datetime) -> list[Inbound]:
        told: list[Inbound] = []
        for did in dids:
            told += self._teller.blocked(did, by=seen_block(did), at=now, suffix=now.isoformat())
        return told

    async def _missing(self, root: str, seen: set[str]) -> _Missing:
        """Ask for comments that were told and that the thread does not show any more."""
        told = [
            uri
            for uri, known in self._memory.known.items()
            if known.root == root and uri not in seen
        ][:MOST_MISSING]
        missing = _Missing()
        for start in range(0, len(told), BATCH):
            batch = told[start : start + BATCH]
            shown = await self._view.shown(batch)
            for uri in map(parse_uri, batch):
                if uri is None or str(uri) in shown:
                    continue
                if await self._repos.find(uri) is None:
                    missing.gone.append(uri)
                else:
                    missing.parted += (await self._view.thread(uri)).blocked
        return missing

    async def _tell(self, post: Post, news: News) -> None:
        try:
            event = await self._teller.comment(post)
        except ValidationError as error:
            news.unreadable.append(Unreadable(str(post.uri).encode(), why_unreadable(error)))
            return
        if event is not None:
            news.events.append(event)

    def _posts(self, views: Iterable[Mapping[str, Any]], news: News) -> list[Post]:
        return [post for view in views if (post := self._read(view, news)) is not None]

    def _read(self, view: Mapping[str, Any], news: News) -> Post | None:
        """Return the post of a view; one that cannot be read is reported once."""
        try:
            return post_of(view)
        except ValidationError as error:
            named = f"{view.get('uri')}#{view.get('cid')}"
            if named not in self._reported:
                self._reported.add(named)
                raw = json.dumps(view, ensure_ascii=False).encode("utf-8", "replace")
                news.unreadable.append(Unreadable(raw, why_unreadable(error)))
            return None
