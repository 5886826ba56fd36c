"""Videos of others as posts that open a thread, and first comments of ours under them."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from pydantic import AwareDatetime, Field, ValidationError

from schemas.inbound import MAX_TEXT, NativeId
from services.networks.network import OutcomeUnknown, Outgoing, Posted, Refused, Standing
from services.networks.youtube.client import Client, items_of, next_page
from services.networks.youtube.mapping import posted_from
from services.networks.youtube.said import Comment, Said, Thread

AT_ONCE = 50
"""Ids that one call may name."""
THREAD_PAGES = 5
"""Pages of a hundred threads through which a comment of ours is looked for."""
_MARK = "video:"
"""Before a video's id, which could be mistaken for a comment's."""


class _Snippet(Said):
    title: str = ""
    description: str = ""
    channel_id: str = Field(default="", alias="channelId")
    channel_title: str = Field(default="", alias="channelTitle")
    published_at: AwareDatetime = Field(alias="publishedAt")


class _Status(Said):
    privacy: str = Field(default="public", alias="privacyStatus")


class Video(Said):
    """A video in one revision; its words are title and description."""

    id: NativeId
    snippet: _Snippet
    status: _Status = _Status()

    @property
    def text(self) -> str:
        return f"{self.snippet.title}\n\n{self.snippet.description}".strip()[:MAX_TEXT]

    @property
    def revision(self) -> str:
        """What changes when the words do: YouTube does not say when a video was edited."""
        return hashlib.sha256(self.text.encode("utf-8", "replace")).hexdigest()[:16]

    @property
    def native_id(self) -> str:
        return f"{_MARK}{self.id}"

    @property
    def url(self) -> str:
        return f"https://www.youtube.com/watch?v={self.id}"


def video_named(native_id: str) -> str | None:
    """Return the id of the video that is meant, None when it is a comment."""
    return native_id.removeprefix(_MARK) if native_id.startswith(_MARK) else None


class Videos:
    """Reads videos and writes first comments in the channel's name."""

    def __init__(self, client: Client, own_channel: str) -> None:
        self._client = client
        self._own = own_channel

    async def find(self, ids: Sequence[str], *, for_reply: bool = False) -> list[Video]:
        """Return those of up to 50 videos that everybody may see, for one unit."""
        content = await self._client.list(
            "videos", for_reply=for_reply, part="snippet,status", id=",".join(ids[:AT_ONCE])
        )
        found = []
        for item in items_of(content):
            try:
                found.append(Video.model_validate(item))
            except ValidationError:
                continue
        return [one for one in found if one.status.privacy == "public"]

    async def threads(
        self, video_id: str, *, for_reply: bool = False, page: str | None = None
    ) -> tuple[list[Thread], str | None]:
        """Return up to a hundred threads, the newest first, and the next page's token.

        Raises Refused("locked") where comments are closed.
        """
        content = await self._client.list(
            "commentThreads", for_reply=for_reply, part="snippet,replies", videoId=video_id,
            order="time", maxResults=100, textFormat="plainText", pageToken=page,
        )  # fmt: skip
        found = []
        for item in items_of(content):
            try:
                found.append(Thread.model_validate(item))
            except ValidationError:
                continue
        return found, next_page(content)

    async def standing(self, video_id: str) -> Standing | None:
        """Return how a video stands now, for two units; None when it is gone or not public."""
        videos = await self.find([video_id], for_reply=True)
        if not videos:
            return None
        video = videos[0]
        try:
            await self.threads(video_id, for_reply=True)
        except Refused as error:
            if error.code == "gone":
                return None
            if error.code not in {"locked", "scope"}:
                raise
            return Standing(video.native_id, video.revision, video.text, "public", False, "locked")
        return Standing(video.native_id, video.revision, video.text, "public", can_reply=True)

    async def comment(self, video_id: str, outgoing: Outgoing) -> Comment:
        """Write a first comment once; raises Temporary, OutcomeUnknown or Refused."""
        videos = await self.find([video_id], for_reply=True)
        if not videos:
            raise Refused("the video is gone", code="gone")
        said = {
            "snippet": {
                "channelId": videos[0].snippet.channel_id, "videoId": video_id,
                "topLevelComment": {"snippet": {"textOriginal": outgoing.text}},
            }
        }  # fmt: skip
        answer = await self._client.write("POST", "commentThreads", {"part": "snippet"}, said)
        try:
            return Thread.model_validate(answer).snippet.top
        except ValidationError as error:
            raise OutcomeUnknown("YouTube's answer names no comment") from error

    async def find_comment(self, video_id: str, outgoing: Outgoing) -> Posted | None:
        """Look for a first comment of ours with the same words, made since it was approved."""
        words = outgoing.text.split()
        page: str | None = None
        for _ in range(THREAD_PAGES):
            try:
                threads, page = await self.threads(video_id, for_reply=True, page=page)
            except Refused as error:
                if error.code in {"gone", "locked"}:
                    return None
                raise
            for top in (one.snippet.top for one in threads):
                if top.is_ours(self._own) and top.text.split() == words:
                    return posted_from(top, video_id, self._own)
            if page is None or _before(threads, outgoing.approved_at):
                return None
        return None


def _before(threads: Sequence[Thread], moment: datetime) -> bool:
    return any(one.snippet.top.snippet.published_at < moment for one in threads)
