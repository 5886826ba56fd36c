"""A YouTube channel: visited as often as the day's units allow, answered one level deep."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime, timedelta

import httpx
from pydantic import ValidationError

from services.networks.keeper import Keeper
from services.networks.length import fits
from services.networks.network import (
    Batch,
    Capabilities,
    Diagnosis,
    Fault,
    FaultCode,
    NetworkError,
    OutcomeUnknown,
    Outgoing,
    Posted,
    Refused,
    Standing,
    Temporary,
)
from services.networks.revisit import Visit
from services.networks.youtube.access import Access
from services.networks.youtube.budget import READ, Purse, QuotaUsedUp, pause
from services.networks.youtube.client import Client, items_of, next_page
from services.networks.youtube.lookout import YouTubeLookout
from services.networks.youtube.mapping import NETWORK, posted_from, standing_from
from services.networks.youtube.said import Comment, Thread
from services.networks.youtube.settings import YouTubeSettings
from services.networks.youtube.videos import Videos, video_named
from services.networks.youtube.visiting import Visiting

SCOPE = "youtube.force-ssl"
REPLY_PAGES = 10
"""Pages of a hundred replies through which a reply of ours is looked for."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class YouTubeNetwork:
    """One channel of ours, and others whose comments we read and may answer.

    `interval` replaces the pause that the budget allows; a client that is passed in stays the
    caller's to close.
    """

    name = NETWORK
    capabilities = Capabilities(
        receive="poll",
        reply_on_own_pages=True,
        reply_on_watched_pages=True,
        hide=True,
        delete_own_reply=True,
        sees_edits=True,
        sees_deletes=True,
        keyed_posting=False,
        max_length=10_000,
        length_unit="character",
        reply_depth=1,
    )

    def __init__(
        self,
        settings: YouTubeSettings,
        keeper: Keeper,
        *,
        connection: str,
        client: httpx.AsyncClient | None = None,
        interval: float | None = None,
        patience: float = 10.0,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self.connection = connection
        self._settings = settings
        self._own = settings.channel_id
        self._owns_http = client is None
        self._http = client or httpx.AsyncClient(trust_env=False)
        self._purse = Purse(
            keeper, quota=settings.daily_quota, reserve=settings.reply_reserve, now=now
        )
        self._access = Access(settings, keeper, self._http, patience=patience, now=now)
        self._client = Client(
            settings.address, self._http, self._access, self._purse, patience=patience
        )
        self._visiting = Visiting(self._client, settings, connection)
        self._videos = Videos(self._client, self._own)
        self.lookout = YouTubeLookout(self._client, self._videos, self._purse, self._own)
        self._interval = interval
        self._now = now

    async def listen(self, cursor: str | None) -> AsyncGenerator[Batch]:
        """Visit for ever; raise Temporary until the reset when reading has used up its units."""
        look_back = timedelta(hours=self._settings.look_back_hours)
        visit = Visit.resumed(cursor, self._now(), look_back)
        while True:
            paid = self._purse.paid
            batch, visit = await self._visiting.visit(visit, self._now())
            yield batch
            left = await self._purse.left_for_reading()
            cost = max(self._purse.paid - paid, READ)
            wait = pause(self._now(), left=left, visit_cost=cost)
            await asyncio.sleep(self._interval if self._interval is not None else wait)

    async def read(self, native_id: str) -> Standing | None:
        """Return how the comment or video stands now, None when it is gone."""
        if (video_id := video_named(native_id)) is not None:
            return await self._videos.standing(video_id)
        comment = await self._comment(native_id)
        if comment is None:
            return None
        thread = await self._thread(comment.snippet.parent_id or comment.id)
        return standing_from(comment, can_reply=thread is not None and thread.snippet.can_reply)

    async def reply(self, outgoing: Outgoing) -> Posted:
        """Post once; a reply to a reply stands in the same thread and names whom it answers.

        There is no key: after an unknown outcome `find_reply` tells whether it stands.
        """
        if outgoing.visibility != "public":
            raise Refused("comments on YouTube are public", code="not_public")
        if (video_id := video_named(outgoing.parent_id)) is not None:
            return await self._posted(await self._videos.comment(video_id, outgoing), video_id)
        comment = await self._comment(outgoing.parent_id)
        if comment is None:
            raise Refused("the comment is gone", code="gone")
        text = addressed(outgoing.text, comment)
        if not fits(text, self.capabilities):
            raise Refused("YouTube takes 10,000 characters, the name included", code="too_long")
        top_id = comment.snippet.parent_id or comment.id
        thread = await self._thread(top_id)
        can_reply = thread is not None and thread.snippet.can_reply
        if (why_not := standing_from(comment, can_reply=can_reply).why_not) is not None:
            raise Refused("YouTube takes no reply there", code=why_not)
        body = {"snippet": {"parentId": top_id, "textOriginal": text}}
        said = await self._client.write("POST", "comments", {"part": "snippet"}, body)
        try:
            reply = Comment.model_validate(said)
        except ValidationError as error:
            raise OutcomeUnknown("YouTube's answer names no reply") from error
        return await self._posted(reply, thread.snippet.video_id if thread is not None else None)

    async def find_reply(self, outgoing: Outgoing) -> Posted | None:
        """Look for a reply of the channel with the same words where it would stand."""
        if (video_id := video_named(outgoing.parent_id)) is not None:
            return await self._videos.find_comment(video_id, outgoing)
        comment = await self._comment(outgoing.parent_id)
        if comment is None:
            return None
        words = addressed(outgoing.text, comment).split()
        token: str | None = None
        for _ in range(REPLY_PAGES):
            try:
                content = await self._client.list(
                    "comments", for_reply=True, part="snippet", maxResults=100,
                    parentId=comment.snippet.parent_id or comment.id, textFormat="plainText",
                    pageToken=token,
                )  # fmt: skip
            except Refused as error:
                if error.code == "gone":
                    return None
                raise
            for reply in _readable(items_of(content)):
                if reply.is_ours(self._own) and reply.text.split() == words:
                    return posted_from(reply, comment.snippet.video_id, self._own)
            token = next_page(content)
            if token is None:
                return None
        return None

    async def delete(self, native_id: str) -> bool:
        """Delete a comment of ours; True when it is gone afterwards."""
        try:
            await self._client.write("DELETE", "comments", {"id": native_id})
        except Refused as error:
            if error.code != "gone":
                raise
        return True

    async def hide(self, native_id: str, *, hidden: bool) -> bool:
        """Hold a comment under our videos for review, or publish it again.

        It is never set to `rejected`, which nobody could take back.
        """
        status = "heldForReview" if hidden else "published"
        params = {"id": native_id, "moderationStatus": status}
        await self._client.write("POST", "comments/setModerationStatus", params)
        return True

    async def check(self) -> Diagnosis:
        """Ask whose channel it is, for a unit; the rest is known."""
        faults: list[Fault] = []
        signed_in_as: str | None = None
        permissions: dict[str, bool] = {}
        try:
            session = await self._access.session()
            if session.scopes:
                permissions = {SCOPE: any(one.endswith(SCOPE) for one in session.scopes)}
            signed_in_as = await self._signed_in_as(faults)
        except NetworkError as error:
            if not isinstance(error, QuotaUsedUp):
                faults.append(_fault(error))
        faults += [Fault("scope", name) for name, given in permissions.items() if not given]
        budget = await self._purse.budget()
        if await self._purse.left_for_reading() < READ:
            faults.append(Fault("quota", f"{budget.used} of {budget.of} units"))
        return Diagnosis(
            signed_in_as, self.capabilities, permissions=permissions, budget=budget, faults=faults
        )

    async def close(self) -> None:
        if self._owns_http:
            await self._http.aclose()

    async def _signed_in_as(self, faults: list[Fault]) -> str | None:
        content = await self._client.list("channels", for_reply=True, part="snippet", mine="true")
        channels = items_of(content)
        ours = next((one for one in channels if one.get("id") == self._own), None)
        if ours is None:
            faults.append(Fault("token", "the consent was given for another channel"))
            return None
        snippet = ours.get("snippet")
        return str(snippet.get("title") or self._own) if isinstance(snippet, dict) else self._own

    async def _comment(self, native_id: str) -> Comment | None:
        content = await self._found("comments", native_id)
        try:
            return Comment.model_validate(content[0]) if content else None
        except ValidationError as error:
            raise Temporary("YouTube's comment cannot be read") from error

    async def _thread(self, top_id: str) -> Thread | None:
        """Return the thread, None where comments were closed."""
        try:
            content = await self._found("commentThreads", top_id)
            return Thread.model_validate(content[0]) if content else None
        except Refused as error:
            if error.code != "locked":
                raise
            return None
        except ValidationError as error:
            raise Temporary("YouTube's thread cannot be read") from error

    async def _found(self, resource: str, native_id: str) -> list[dict[str, object]]:
        try:
            return items_of(
                await self._client.list(
                    resource, for_reply=True, part="snippet", id=native_id, textFormat="plainText"
                )
            )
        except Refused as error:
            if error.code == "gone":
                return []
            raise

    async def _posted(self, reply: Comment, video_id: str | None) -> Posted:
        if reply.hidden:
            await self._take_down(reply.id)
        return posted_from(reply, video_id, self._own)

    async def _take_down(self, native_id: str) -> None:
        sentence = "YouTube holds the reply for review"
        try:
            await self.delete(native_id)
        except NetworkError as error:
            raise OutcomeUnknown(f"{sentence}, and it may still be shown") from error
        raise Refused(f"{sentence}; it was taken down again", code="invalid")


def addressed(text: str, parent: Comment) -> str:
    """Return the text as it is posted: in a thread it names whom it answers."""
    name = parent.snippet.author_name.lstrip("@")
    if parent.snippet.parent_id is None or not name:
        return text
    return text if text.lower().startswith(f"@{name.lower()} ") else f"@{name} {text}"


def _readable(items: list[dict[str, object]]) -> list[Comment]:
    """Return the comments among them; one that cannot be read is none of ours."""
    found: list[Comment] = []
    for item in items:
        try:
            found.append(Comment.model_validate(item))
        except ValidationError:
            continue
    return found


def _fault(error: NetworkError) -> Fault:
    code: FaultCode = "unreachable"
    if isinstance(error, Refused):
        code = "token" if error.code == "token" else "scope"
    return Fault(code, str(error))
