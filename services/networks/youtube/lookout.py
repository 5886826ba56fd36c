"""Reads the newest videos of other channels, and what stands under one of them.

A visit costs two units: the channel's list of uploads and the videos in it. `search.list`, which
costs a hundred, is never called; the channel's Atom feed is closed to programs by YouTube's
robots.txt. Figures of likes, views and subscribers are not read: YouTube's policies let nobody
derive other figures from them or mix them with those of other networks.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from schemas.inbound import Author, InboundComment, InboundEvent, Page, Root
from services.networks.lookout import Looked, Remark, SeenPost, complete_since
from services.networks.network import Refused
from services.networks.targets import Target
from services.networks.youtube.budget import Purse
from services.networks.youtube.client import Client, items_of
from services.networks.youtube.mapping import NETWORK
from services.networks.youtube.videos import Video, Videos, video_named

MANY = 20
PAUSE = 1800.0
"""Seconds between two visits to a channel: at most 96 units a day."""
LITTLE_LEFT = 500
"""Units for reading below which a channel waits for hours."""
LONG_PAUSE = 4 * 3600.0


class YouTubeLookout:
    """Raises what the client's calls raise; QuotaUsedUp until the next day."""

    def __init__(self, client: Client, videos: Videos, purse: Purse, own_channel: str) -> None:
        self._client = client
        self._videos = videos
        self._purse = purse
        self._own = own_channel

    async def look(self, target: Target, memory: str | None, now: datetime) -> Looked:
        """Return a channel's newest public videos."""
        known = _recalled(memory)
        channel, uploads = known.get("channel"), known.get("uploads")
        if not channel or not uploads:
            channel, uploads = await self._channel(target.address)
        try:
            items = items_of(
                await self._client.list(
                    "playlistItems", part="contentDetails", playlistId=uploads, maxResults=MANY
                )
            )
        except Refused as error:
            if error.code != "gone":
                raise
            items = []
        ids = [one for item in items if (one := _video_of(item))]
        videos = await self._videos.find(ids) if ids else []
        seen = known.get("seen", {})
        names = [one.snippet.channel_title for one in videos if one.snippet.channel_title]
        page = Page(
            native_id=channel, name=(names[0] if names else target.name or channel)[:300],
            relation=target.relation, url=f"https://www.youtube.com/channel/{channel}",
        )  # fmt: skip
        posts = [
            SeenPost(
                _event(
                    one, page, now, is_self=channel == self._own,
                    is_edited=seen.get(one.id, one.revision) != one.revision,
                )
            )
            for one in videos
        ]  # fmt: skip
        left = await self._purse.left_for_reading()
        return Looked(
            posts,
            memory=json.dumps(
                {
                    "channel": channel, "uploads": uploads,
                    "seen": {one.id: one.revision for one in videos},
                }
            ),
            page_id=channel,
            complete_since=complete_since(posts, now, whole=len(items) < MANY),
            wish=PAUSE if left > LITTLE_LEFT else LONG_PAUSE,
        )  # fmt: skip

    async def remarks(self, post_id: str) -> Sequence[Remark] | None:
        """Return the newest hundred threads under a video with the replies embedded in them."""
        video_id = video_named(post_id)
        if video_id is None:
            return None
        try:
            threads, _ = await self._videos.threads(video_id)
        except Refused as error:
            if error.code == "gone":
                return None
            raise
        said = [comment for one in threads for comment in one.comments()]
        return sorted(
            (
                Remark(
                    one.author(self._own).native_id, one.text, one.is_ours(self._own),
                    one.snippet.published_at,
                )
                for one in said
            ),
            key=lambda one: one.created_at,
        )  # fmt: skip

    async def _channel(self, address: str) -> tuple[str, str]:
        """Return the ids of a channel and of its list of uploads, for one unit."""
        by_handle = address.startswith("@")
        content = await self._client.list(
            "channels", part="contentDetails", forHandle=address if by_handle else None,
            id=None if by_handle else address,
        )  # fmt: skip
        for item in items_of(content):
            details = item.get("contentDetails")
            lists = details.get("relatedPlaylists") if isinstance(details, dict) else None
            uploads = lists.get("uploads") if isinstance(lists, dict) else None
            if item.get("id") and uploads:
                return str(item["id"]), str(uploads)
        raise Refused(f"YouTube knows no channel {address}", code="gone")


def _event(
    video: Video, page: Page, now: datetime, *, is_edited: bool, is_self: bool
) -> InboundEvent:
    published = min(video.snippet.published_at, now)
    return InboundEvent(
        id=f"{video.native_id}#{video.revision}",
        source=NETWORK,
        type="comment.edited.v1" if is_edited else "comment.received.v1",
        time=now if is_edited else published,
        data=InboundComment(
            network=NETWORK,
            native_id=video.native_id,
            revision=video.revision,
            url=video.url,
            page=page,
            root=Root(native_id=video.id, text=video.text, url=video.url),
            author=Author(native_id=page.native_id, display_name=page.name, is_self=is_self),
            text=video.text,
            visibility="public",
            created_at=published,
        ),
    )


def _video_of(item: Mapping[str, Any]) -> str | None:
    """Return the video of a list's entry; private and deleted ones bear no date."""
    details = item.get("contentDetails")
    if not isinstance(details, dict) or not details.get("videoPublishedAt"):
        return None
    return str(details.get("videoId") or "") or None


def _recalled(memory: str | None) -> dict[str, Any]:
    known = json.loads(memory or "{}")
    return known if isinstance(known, dict) else {}
