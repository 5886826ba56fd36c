"""Reads the comments of a channel: newest threads first, more replies only where it pays."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from services.networks.network import Refused, Unreadable
from services.networks.revisit import Visit
from services.networks.youtube.client import Client, Content, items_of, next_page
from services.networks.youtube.mapping import Placed
from services.networks.youtube.said import Comment, Thread

log = logging.getLogger(__name__)

THREAD_PAGES = 5
"""Pages of a hundred threads that one visit reads of a channel at most."""
REPLY_PAGES = 5
AT_ONCE = 50
"""Ids that one call may name."""
_CLOSED = frozenset({"gone", "locked", "scope"})
_NEVER_WHOLE = datetime.max.replace(tzinfo=UTC)


@dataclass
class Reading:
    """What was read so far: comments by id, and which threads were read down to when."""

    placed: dict[str, Placed] = field(default_factory=dict)
    read_down_to: dict[str, datetime] = field(default_factory=dict)
    unreadable: list[Unreadable] = field(default_factory=list)


class Reader:
    """Reads for one visit; `whole` visits also read what a quick one leaves out.

    A quick visit asks for all replies of a thread only when something about them has changed: an
    edit among more than five replies may be found at the next whole visit only.
    """

    def __init__(self, client: Client, before: Visit, floor: datetime, *, whole: bool) -> None:
        self._client = client
        self._before = before
        self._floor = floor
        self._whole = whole
        self.reading = Reading()

    async def channel(self, channel_id: str, *, ours: bool) -> None:
        """Read a channel; comments held for review are shown to its owner alone.

        A foreign channel that is gone or closed to us is left out and stops nothing else.
        """
        try:
            await self._threads(channel_id, None)
        except Refused as error:
            if ours or error.code not in _CLOSED:
                raise
            log.warning("the watched YouTube channel %s cannot be read: %s", channel_id, error)
        if ours and self._whole:
            await self.held(channel_id)

    async def held(self, channel_id: str) -> None:
        """Read the threads in which something is held for review."""
        await self._threads(channel_id, "heldForReview")

    async def missing(self, ids: Sequence[str]) -> None:
        """Ask for comments that were not found where they stood, as many as one call may name."""
        if not ids:
            return
        content = await self._client.list(
            "comments", part="snippet", id=",".join(ids[:AT_ONCE]), textFormat="plainText"
        )
        for item in items_of(content):
            try:
                comment = Comment.model_validate(item)
            except ValidationError as error:
                self.reading.unreadable.append(letter(item, error))
                continue
            top_id = comment.snippet.parent_id or comment.id
            known = self.reading.placed.get(top_id)
            channel_id = known.channel_id if known else self._before.place_of(comment.id) or top_id
            video_id = comment.snippet.video_id or (known.video_id if known else None)
            self._keep(Placed(comment, channel_id, top_id, video_id))

    async def _threads(self, channel_id: str, status: str | None) -> None:
        token: str | None = None
        oldest = datetime.max.replace(tzinfo=UTC)
        for _ in range(THREAD_PAGES):
            content = await self._client.list(
                "commentThreads", part="snippet,replies", allThreadsRelatedToChannelId=channel_id,
                order="time", maxResults=100, textFormat="plainText", pageToken=token,
                moderationStatus=status,
            )  # fmt: skip
            for item in items_of(content):
                try:
                    thread = Thread.model_validate(item)
                except ValidationError as error:
                    self.reading.unreadable.append(letter(item, error))
                    continue
                oldest = min(oldest, thread.snippet.top.snippet.published_at)
                if thread.snippet.top.snippet.published_at >= self._floor:
                    await self._thread(thread, channel_id)
            token = next_page(content)
            if token is None or oldest < self._floor:
                oldest = self._floor
                break
        if status is None:
            self.reading.read_down_to[channel_id] = max(oldest, self._floor)

    async def _thread(self, thread: Thread, channel_id: str) -> None:
        snippet = thread.snippet
        top = snippet.top
        video_id = snippet.video_id or top.snippet.video_id
        self._keep(Placed(top, channel_id, top.id, video_id))
        rows: Sequence[Mapping[str, Any]] = thread.embedded.comments
        whole = len(rows) >= snippet.replies
        if not whole and (self._whole or self._has_news(thread)):
            rows, whole = await self._replies(top.id)
        for row in rows:
            try:
                self._keep(Placed(Comment.model_validate(row), channel_id, top.id, video_id))
            except ValidationError as error:
                self.reading.unreadable.append(letter(row, error))
        self.reading.read_down_to[top.id] = self._floor if whole else _NEVER_WHOLE

    def _has_news(self, thread: Thread) -> bool:
        """True when the number of replies changed or the embedded ones hold one we do not know."""
        known = self._before.threads.get(thread.snippet.top.id, {})
        strange = any(row.get("id") not in known for row in thread.embedded.comments)
        return strange or thread.snippet.replies != len(known)

    async def _replies(self, top_id: str) -> tuple[list[Content], bool]:
        rows: list[Content] = []
        token: str | None = None
        for _ in range(REPLY_PAGES):
            try:
                content = await self._client.list(
                    "comments", part="snippet", parentId=top_id, maxResults=100,
                    textFormat="plainText", pageToken=token,
                )  # fmt: skip
            except Refused as error:
                if error.code != "gone":
                    raise
                return [], True
            rows += items_of(content)
            token = next_page(content)
            if token is None:
                return rows, True
        return rows, False

    def _keep(self, placed: Placed) -> None:
        if placed.comment.snippet.published_at >= self._floor:
            self.reading.placed[placed.comment.id] = placed


def letter(item: Mapping[str, Any], error: ValidationError) -> Unreadable:
    """Return a dead letter that names the faulty fields and holds no words."""
    faults = [(detail["loc"], detail["type"]) for detail in error.errors()]
    content = {"kind": item.get("kind"), "id": item.get("id")}
    return Unreadable(json.dumps(content).encode(), f"a comment cannot be read: {faults}"[:500])
