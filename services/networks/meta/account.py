"""What a Facebook Page and an Instagram account have in common: listening, and being called."""

import asyncio
import time
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx

from schemas.inbound import Inbound, Page, Root
from services.networks.meta.graph import Content, Graph
from services.networks.meta.heard import Memory
from services.networks.meta.hook import Change, answer_to, parse, unreadable_change, verify
from services.networks.meta.mapping import Telling
from services.networks.meta.said import Comment
from services.networks.meta.settings import MetaApp
from services.networks.meta.token import ask_for_token, token_of
from services.networks.network import (
    Batch,
    Called,
    Capabilities,
    NetworkError,
    Refused,
    Unreadable,
)
from services.networks.revisit import Difference, Letters, Visit, difference, following

VERIFIED_AT_ONCE = 50
"""Missing comments that one visit asks for; the others wait for the next."""
SPARING_FROM = 75.0
"""Percent of our calls from which on visits become rare: replies come first."""
SPARING = 4
ROOTS_KEPT = 500
ROOT_FRESH = 900.0
"""Seconds for which a post's text is taken as known, 60 when it could not be had."""


@dataclass(frozen=True)
class Thread:
    """A post and its comments, read whole from a moment on."""

    root: Root
    comments: Sequence[Comment]
    whole_from: datetime


@dataclass(frozen=True)
class Reading:
    """What a visit read: posts with comments, posts that are gone, what could not be read."""

    threads: Sequence[Thread]
    gone: Sequence[str] = ()
    unreadable: Sequence[Unreadable] = ()


def utc_now() -> datetime:
    return datetime.now(UTC)


class MetaAccount(ABC):
    """Told by calls; visits every quarter of an hour find what no call told.

    `interval` and the patiences are seconds; a client that is passed in stays the caller's.
    """

    hook = "meta"
    name: str
    kind: str
    """Meta's word for it in a call: `page` or `instagram`."""
    capabilities: Capabilities
    reading_rights: frozenset[str]
    """Permissions without which comments look as if they were gone."""

    def __init__(
        self,
        settings: MetaApp,
        own_id: str,
        *,
        connection: str,
        client: httpx.AsyncClient | None,
        interval: float | None,
        patience: float,
        root_patience: float,
        now: Callable[[], datetime],
    ) -> None:
        self.connection = connection
        self.settings = settings
        self.own_id = own_id
        self.graph = Graph(settings, client, patience=patience)
        self._telling = Telling(self.name, connection)
        self._memory = Memory()
        self._letters = Letters()
        self._interval = interval if interval is not None else settings.backfill_minutes * 60
        self._recheck = timedelta(days=settings.recheck_days)
        self._patience = patience
        self._root_patience = root_patience
        self._roots: OrderedDict[str, tuple[float, Root]] = OrderedDict()
        self._page: Page | None = None
        self._now = now

    async def listen(self, cursor: str | None) -> AsyncGenerator[Batch]:
        """Visit the newest posts for ever; the first visit looks back a little, not for ever."""
        look_back = timedelta(hours=self.settings.look_back_hours)
        visit = Visit.resumed(cursor, self._now(), look_back)
        while True:
            batch, visit = await self._visited(visit)
            yield batch
            await asyncio.sleep(self._pause())

    def challenge(self, query: Mapping[str, str]) -> str | None:
        """Return the challenge of Meta's handshake, None of anybody else's."""
        return answer_to(self.settings, query)

    async def called(self, headers: Mapping[str, str], body: bytes) -> Called:
        """Read a call from its raw bytes; raises NotSigned."""
        verify(self.settings, headers, body)
        call = parse(body)
        events: list[Inbound] = []
        unreadable = list(call.unreadable)
        ours = [one for one in call.changes if (one.kind, one.owner) == (self.kind, self.own_id)]
        others = call.owners - {self.own_id}
        if not ours:
            return Called(events, unreadable, others)
        deadline = time.monotonic() + self._root_patience
        page = await self.page(self._root_patience)
        for change in ours:
            try:
                events += await self._told(change, page, deadline)
            except ValueError as error:
                unreadable.append(unreadable_change(change, error))
        return Called(events, unreadable, others)

    async def delete(self, native_id: str) -> bool:
        """Delete a comment of ours; True when it is gone afterwards."""
        try:
            done = await self.graph.write("DELETE", native_id, {})
        except Refused as error:
            if is_gone(error):
                return True
            raise
        return succeeded(done)

    async def close(self) -> None:
        await self.graph.close()

    @abstractmethod
    async def _told(self, change: Change, page: Page, deadline: float) -> list[Inbound]:
        """Return what a change tells; raises ValueError when it cannot be read.

        `deadline` (monotonic) is when Meta, who waits for our answer, is to be asked no more.
        """

    @abstractmethod
    async def _read_threads(self, before: Visit, floor: datetime) -> Reading:
        """Read the newest posts and those that were talked about lately."""

    @abstractmethod
    async def _still_there(self, native_id: str) -> bool: ...

    @abstractmethod
    async def _fetch_root(self, root_id: str, patience: float) -> Root: ...

    @abstractmethod
    async def _fetch_page(self, patience: float) -> Page: ...

    async def page(self, patience: float) -> Page:
        """Return the Page or account, asked for once; by its id alone while Meta is silent."""
        if self._page is None:
            try:
                self._page = await self._fetch_page(patience)
            except (NetworkError, ValueError):
                return Page(native_id=self.own_id, name=self.own_id)
        return self._page

    async def root(self, root_id: str, deadline: float) -> Root:
        """Return the post with its text, which is "" when it cannot be had in time."""
        until, known = self._roots.get(root_id, (0.0, Root(native_id=root_id)))
        patience = deadline - time.monotonic()
        if until > time.monotonic() or patience <= 0:
            return known
        try:
            fetched = await self._fetch_root(root_id, patience)
        except (NetworkError, ValueError):
            self._keep_root(known, 60.0)
            return known
        self._keep_root(fetched, ROOT_FRESH)
        return fetched

    def _keep_root(self, root: Root, seconds: float) -> None:
        self._roots.pop(root.native_id, None)
        self._roots[root.native_id] = (time.monotonic() + seconds, root)
        if len(self._roots) > ROOTS_KEPT:
            self._roots.popitem(last=False)

    async def _visited(self, before: Visit) -> tuple[Batch, Visit]:
        """Return the news and what to remember.

        A comment that is new to this visit may be known from a call in earlier words, the call
        about its edit being lost or, on Instagram, never sent; or from before our cursor was lost.
        So it is told as seen now: the door takes the same words once and other words as an edit.
        """
        at = self._now()
        floor = before.floor(self._recheck)
        reading = await self._read_threads(before, floor)
        comments: dict[str, Comment] = {}
        for thread in reading.threads:
            comments |= {c.native_id: c for c in thread.comments if c.created_at >= floor}
        in_order = sorted(comments.values(), key=lambda comment: comment.created_at)
        found = [comment.found for comment in in_order]
        whole = {one.root.native_id: max(one.whole_from, floor) for one in reading.threads}
        changes = difference(before, found, whole)
        gone = [one for one in changes.missing[:VERIFIED_AT_ONCE] if await self._is_gone(one[1])]
        if gone or reading.gone:
            await self._require_right_to_read()
        page = await self.page(self._patience)
        events: list[Inbound] = []
        events += [self._telling.received(comments[one], page, at) for one in changes.new]
        events += self._changed(changes, comments, page, at)
        for root_id, native_id in gone:
            root = Root(native_id=root_id)
            events.append(self._telling.deleted(native_id, root, page, at))
        events += [self._telling.thread_deleted(root_id, at) for root_id in reading.gone]
        forgotten = frozenset({native_id for _, native_id in gone} | set(reading.gone))
        after = following(before, found, forgotten=forgotten, at=at, recheck=self._recheck)
        after = after.model_copy(update={"whole_at": at})
        letters = self._letters.new(reading.unreadable)
        return Batch(events, after.model_dump_json(), letters), after

    def _changed(
        self,
        changes: Difference,
        comments: Mapping[str, Comment],
        page: Page,
        at: datetime,
    ) -> list[Inbound]:
        """Return edits and what was hidden or shown."""
        events: list[Inbound] = []
        for native_id in changes.edited:
            comment = comments[native_id]
            events.append(self._telling.edited(comment, page, at))
        for hidden, ids in ((True, changes.hidden), (False, changes.shown)):
            for native_id in ids:
                comment = comments[native_id]
                since = self._memory.since(native_id, hidden=hidden)
                moment = since or at
                events.append(self._telling.hidden(comment, page, moment, hidden=hidden))
        return events

    async def _require_right_to_read(self) -> None:
        """Raise unless Meta lets us read comments at this moment.

        What we may not see is answered as if it were not there, and what is not there is erased.
        """
        token = token_of(await ask_for_token(self.graph, self.settings))
        if lacking := self.reading_rights - token.scopes:
            raise Refused(f"not granted any more: {', '.join(sorted(lacking))}", code="scope")
        if not token.is_valid:
            raise Refused("the access token is no longer valid", code="token")

    def _pause(self) -> float:
        usage = self.graph.usage
        sparing = SPARING if usage.percent >= SPARING_FROM else 1
        return max(self._interval * sparing, usage.regain_seconds)

    async def _is_gone(self, native_id: str) -> bool:
        return not await self._still_there(native_id)


def is_gone(error: NetworkError) -> bool:
    return isinstance(error, Refused) and error.code == "gone"


def succeeded(done: Content) -> bool:
    """Read Meta's `success`, which some edges write as a word."""
    return str(done.get("success", "")).lower() == "true"
