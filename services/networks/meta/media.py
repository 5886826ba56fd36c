"""Reads an Instagram account's newest media with comments and the replies to them."""

from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from schemas.inbound import MAX_TEXT, NativeId, Root
from services.networks.meta.account import Reading, Thread, is_gone
from services.networks.meta.graph import Content, Graph, next_page, rows_of
from services.networks.meta.hook import letter
from services.networks.meta.said import (
    INSTAGRAM_FIELDS,
    Comment,
    InstagramComment,
    Said,
    Url,
    instagram_comment,
)
from services.networks.meta.settings import InstagramSettings
from services.networks.network import Refused, Unreadable
from services.networks.revisit import Visit

PAGES = 20
"""Pages of fifty that are read of one edge at most."""
OLDER_MEDIA = 25
"""Media that are no longer among the newest and were commented on lately."""
_WITH_REPLIES = f"{INSTAGRAM_FIELDS},replies.limit(50){{{INSTAGRAM_FIELDS}}}"
_FIELDS = f"id,caption,permalink,comments.limit(50){{{_WITH_REPLIES}}}"
_NEVER_WHOLE = datetime.max.replace(tzinfo=UTC)


class MediaSaid(Said):
    """The IG Media node, as far as we need it."""

    id: NativeId
    caption: str | None = None
    permalink: Url | None = None

    @property
    def root(self) -> Root:
        return Root(native_id=self.id, text=(self.caption or "")[:MAX_TEXT], url=self.permalink)


class MediaReader:
    """Reads media; a comment that cannot be understood is told of and spoils no other."""

    def __init__(self, graph: Graph, settings: InstagramSettings) -> None:
        self._graph = graph
        self._settings = settings

    async def read(self, before: Visit, floor: datetime) -> Reading:
        """An old comment may have a new reply, so that each post's comments are all read."""
        content = await self._graph.get(
            f"{self._settings.account_id}/media",
            fields=_FIELDS,
            limit=str(self._settings.backfill_posts),
        )
        rows = rows_of(content)
        listed = {str(row.get("id")) for row in rows}
        gone: list[str] = []
        for media_id in [one for one in before.threads if one not in listed][:OLDER_MEDIA]:
            try:
                rows.append(await self._graph.get(media_id, fields=_FIELDS))
            except Refused as error:
                if not is_gone(error):
                    raise
                gone.append(media_id)
        threads: list[Thread] = []
        unreadable: list[Unreadable] = []
        for row in rows:
            try:
                media = MediaSaid.model_validate(row)
            except ValidationError:
                unreadable.append(letter(row, "a post cannot be read"))
                continue
            threads.append(await self._thread(media.root, row, floor, unreadable))
        return Reading(threads, gone, unreadable)

    async def _thread(
        self, root: Root, row: Content, floor: datetime, unreadable: list[Unreadable]
    ) -> Thread:
        top, whole = await self._all(row.get("comments"), f"{root.native_id}/comments")
        comments: list[Comment] = []
        for one in top:
            native_id = one.get("id")
            replies, all_read = await self._all(one.get("replies"), f"{native_id}/replies")
            whole = whole and all_read
            for said in [one, *({"parent_id": native_id, **reply} for reply in replies)]:
                try:
                    comment = InstagramComment.model_validate(said)
                    comments.append(instagram_comment(comment, root, self._settings.account_id))
                except ValidationError:
                    unreadable.append(letter(said, "a comment cannot be read"))
        return Thread(root, comments, floor if whole else _NEVER_WHOLE)

    async def _all(self, edge: Any, path: str) -> tuple[list[Content], bool]:
        """Return the rows of an edge from its first page on, and whether these are all."""
        content: Content = edge if isinstance(edge, dict) else {}
        rows = rows_of(content)
        fields = _WITH_REPLIES if path.endswith("/comments") else INSTAGRAM_FIELDS
        for _ in range(PAGES):
            after = next_page(content)
            if after is None:
                return rows, True
            content = await self._graph.get(path, fields=fields, limit="50", after=after)
            rows += rows_of(content)
        return rows, False
