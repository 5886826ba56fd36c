"""Reads a Page's newest posts with their comments, in one call as long as there are few."""

from datetime import datetime
from typing import Any

from pydantic import ValidationError

from schemas.inbound import MAX_TEXT, NativeId, Root
from services.networks.meta.account import Reading, Thread, is_gone
from services.networks.meta.graph import Content, Graph, next_page, rows_of
from services.networks.meta.hook import letter
from services.networks.meta.said import (
    FACEBOOK_FIELDS,
    Comment,
    FacebookComment,
    Said,
    Url,
    facebook_comment,
)
from services.networks.meta.settings import FacebookPageSettings
from services.networks.network import Refused, Unreadable
from services.networks.revisit import Visit

PAGES = 20
"""Pages of a hundred comments that are read of one post at most."""
OLDER_POSTS = 25
"""Posts that are no longer among the newest and were commented on lately."""
_EDGE = "filter(stream).order(reverse_chronological).limit(50)"
_FIELDS = f"id,message,story,permalink_url,comments.{_EDGE}{{{FACEBOOK_FIELDS}}}"


class PostSaid(Said):
    """The Page Post node, as far as we need it."""

    id: NativeId
    message: str | None = None
    story: str | None = None
    permalink_url: Url | None = None

    @property
    def root(self) -> Root:
        """A post without words is told by what Facebook says of it, "Jana added a photo"."""
        text = (self.message or self.story or "")[:MAX_TEXT]
        return Root(native_id=self.id, text=text, url=self.permalink_url)


class FeedReader:
    """Reads posts; one that cannot be understood is told of and spoils no other."""

    def __init__(self, graph: Graph, settings: FacebookPageSettings) -> None:
        self._graph = graph
        self._settings = settings

    async def read(self, before: Visit, floor: datetime) -> Reading:
        content = await self._graph.get(
            f"{self._settings.page_id}/feed",
            fields=_FIELDS,
            limit=str(self._settings.backfill_posts),
        )
        rows = rows_of(content)
        listed = {str(row.get("id")) for row in rows}
        gone: list[str] = []
        for post_id in [one for one in before.threads if one not in listed][:OLDER_POSTS]:
            try:
                rows.append(await self._graph.get(post_id, fields=_FIELDS))
            except Refused as error:
                if not is_gone(error):
                    raise
                gone.append(post_id)
        threads: list[Thread] = []
        unreadable: list[Unreadable] = []
        for row in rows:
            try:
                post = PostSaid.model_validate(row)
            except ValidationError:
                unreadable.append(letter(row, "a post cannot be read"))
                continue
            threads.append(await self._thread(post.root, row, floor, unreadable))
        return Reading(threads, gone, unreadable)

    async def _thread(
        self, root: Root, row: Content, floor: datetime, unreadable: list[Unreadable]
    ) -> Thread:
        edge: Any = row.get("comments")
        edge = edge if isinstance(edge, dict) else {}
        comments: list[Comment] = []
        for page in range(PAGES):
            comments += self._comments(root, edge, unreadable)
            oldest = min((one.created_at for one in comments), default=floor)
            after = next_page(edge)
            if after is None or oldest < floor:
                return Thread(root, comments, floor)
            if page < PAGES - 1:
                edge = await self._graph.get(
                    f"{root.native_id}/comments", fields=FACEBOOK_FIELDS, limit="100",
                    order="reverse_chronological", filter="stream", after=after,
                )  # fmt: skip
        return Thread(root, comments, oldest)

    def _comments(self, root: Root, edge: Content, unreadable: list[Unreadable]) -> list[Comment]:
        found: list[Comment] = []
        for row in rows_of(edge):
            try:
                said = FacebookComment.model_validate(row)
                found.append(facebook_comment(said, root, self._settings.page_id))
            except ValidationError:
                unreadable.append(letter(row, "a comment cannot be read"))
        return found
