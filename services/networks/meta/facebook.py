"""A Facebook Page: told of its feed by calls, answers comments as the Page."""

from collections.abc import Callable
from datetime import datetime, timedelta

import httpx
from pydantic import ValidationError

from schemas.inbound import Inbound, Page, Root
from services.networks.keeper import Keeper
from services.networks.length import fits
from services.networks.meta.account import MetaAccount, Reading, is_gone, succeeded, utc_now
from services.networks.meta.diagnosis import Subject, diagnose
from services.networks.meta.feed import FeedReader, PostSaid
from services.networks.meta.feed_news import FeedNews, needs_its_post
from services.networks.meta.graph import next_page, rows_of
from services.networks.meta.hook import Change
from services.networks.meta.mapping import facebook_standing
from services.networks.meta.said import (
    FACEBOOK_FIELDS,
    FacebookComment,
    FacebookNews,
    FacebookReply,
    facebook_url,
)
from services.networks.meta.settings import FacebookPageSettings
from services.networks.network import (
    Capabilities,
    Diagnosis,
    NetworkError,
    OutcomeUnknown,
    Outgoing,
    Posted,
    Refused,
    Standing,
    Temporary,
)
from services.networks.revisit import Visit

PERMISSIONS = (
    "pages_manage_engagement",
    "pages_manage_metadata",
    "pages_read_engagement",
    "pages_read_user_content",
    "pages_show_list",
)
REPLIES_LOOKED_THROUGH = 10
"""Pages of a hundred; our reply is among the newest."""

SKEW = timedelta(minutes=5)
"""How far Facebook's clock may be behind ours."""


class FacebookPage(MetaAccount):
    """One Page of ours. Comments of others elsewhere cannot be answered through the Graph API."""

    name = "facebook"
    kind = "page"
    reading_rights = frozenset({"pages_read_engagement", "pages_read_user_content"})
    settings: FacebookPageSettings
    capabilities = Capabilities(
        receive="webhook",
        reply_on_own_pages=True,
        reply_on_watched_pages=False,
        hide=True,
        delete_own_reply=True,
        sees_edits=True,
        sees_deletes=True,
        keyed_posting=False,
        max_length=8000,
        length_unit="character",
        reply_depth=None,
    )

    def __init__(
        self,
        settings: FacebookPageSettings,
        keeper: Keeper,  # noqa: ARG002 - every connector is made alike; Meta's token is never renewed
        *,
        connection: str,
        client: httpx.AsyncClient | None = None,
        interval: float | None = None,
        patience: float = 10.0,
        root_patience: float = 5.0,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        super().__init__(
            settings, settings.page_id, connection=connection, client=client, interval=interval,
            patience=patience, root_patience=root_patience, now=now,
        )  # fmt: skip
        self._feed = FeedReader(self.graph, settings)
        self._news = FeedNews(self.own_id, self._telling, self._memory)

    async def read(self, native_id: str) -> Standing | None:
        """Return how the comment stands now, None when it is gone."""
        said = await self._comment(native_id)
        return facebook_standing(said) if said is not None else None

    async def reply(self, outgoing: Outgoing) -> Posted:
        """Post once, in public; raises Temporary, OutcomeUnknown or Refused.

        There is no key: after an unknown outcome `find_reply` tells whether it stands.
        """
        if outgoing.visibility != "public":
            raise Refused("comments on Facebook are public", code="not_public")
        if not fits(outgoing.text, self.capabilities):
            raise Refused("Facebook takes 8000 characters", code="too_long")
        standing = await self.read(outgoing.parent_id)
        if standing is None:
            raise Refused("the comment is gone", code="gone")
        if standing.why_not is not None:
            raise Refused("Facebook takes no reply there", code=standing.why_not)
        said = await self.graph.write(
            "POST",
            f"{outgoing.parent_id}/comments",
            {"message": outgoing.text, "fields": "id,message,created_time,is_hidden,permalink_url"},
        )
        try:
            reply = FacebookReply.model_validate(said)
        except ValidationError as error:
            raise OutcomeUnknown("Facebook's answer names no reply") from error
        if reply.is_hidden:
            await self._take_down(reply.id)
        return _posted(reply, outgoing, self._now())

    async def find_reply(self, outgoing: Outgoing) -> Posted | None:
        """Look for a reply of the Page with the same words under the comment.

        Facebook may move a reply to a reply under the first comment. There only one that is not
        older than the approval counts: the same words may answer somebody else in that thread.
        """
        found = await self._search(outgoing.parent_id, outgoing)
        if found is not None:
            return found
        parent = await self._comment(outgoing.parent_id)
        if parent is None or parent.parent is None:
            return None
        moved = await self._search(parent.parent.id, outgoing)
        young = moved is not None and moved.posted_at >= outgoing.approved_at - SKEW
        return moved if young else None

    async def _search(self, native_id: str, outgoing: Outgoing) -> Posted | None:
        """Return our newest reply with these words among those that stand under a comment."""
        after: str | None = None
        for _ in range(REPLIES_LOOKED_THROUGH):
            try:
                content = await self.graph.get(
                    f"{native_id}/comments", fields=FACEBOOK_FIELDS, limit="100",
                    order="reverse_chronological", filter="stream", after=after or "",
                )  # fmt: skip
            except Refused as error:
                if is_gone(error):
                    return None
                raise
            for row in rows_of(content):
                if (found := self._ours(row, outgoing)) is not None:
                    return found
            after = next_page(content)
            if after is None:
                return None
        return None

    async def hide(self, native_id: str, *, hidden: bool) -> bool:
        """Hide a comment or show it again: hidden, its author and their friends still see it."""
        said = await self._comment(native_id)
        if said is None:
            raise Refused("the comment is gone", code="gone")
        if said.is_hidden == hidden:
            return True
        if not said.can_hide:
            raise Refused("Facebook does not let this comment be hidden", code="invalid")
        form = {"is_hidden": "true" if hidden else "false"}
        return succeeded(await self.graph.write("POST", native_id, form))

    async def check(self) -> Diagnosis:
        """Ask for the Page, its token and its subscription."""
        subject = Subject(
            own_id=self.own_id, name_field="name", page_id=self.own_id, kind=self.kind,
            field="feed", permissions=PERMISSIONS, as_page=True,
        )  # fmt: skip
        return await diagnose(self.graph, self.settings, subject, self.capabilities, self._now())

    async def _comment(self, native_id: str) -> FacebookComment | None:
        try:
            content = await self.graph.get(native_id, fields=FACEBOOK_FIELDS)
            return FacebookComment.model_validate(content)
        except Refused as error:
            if is_gone(error):
                return None
            raise
        except ValidationError as error:
            raise Temporary("Facebook's comment cannot be read") from error

    async def _take_down(self, native_id: str) -> None:
        sentence = "Facebook hid the reply at once"
        try:
            await self.delete(native_id)
        except NetworkError as error:
            raise OutcomeUnknown(f"{sentence}, and it may still stand") from error
        raise Refused(f"{sentence}; it was taken down again", code="invalid")

    def _ours(self, row: object, outgoing: Outgoing) -> Posted | None:
        try:
            said = FacebookReply.model_validate(row)
        except ValidationError:
            return None
        ours = said.sender is not None and said.sender.id == self.own_id
        if not ours or (said.message or "").split() != outgoing.text.split():
            return None
        return _posted(said, outgoing, self._now())

    async def _told(self, change: Change, page: Page, deadline: float) -> list[Inbound]:
        if change.field != "feed":
            return []
        news = FacebookNews.model_validate(change.value)
        root = Root(native_id=news.post_id or self.own_id)
        if news.post_id and needs_its_post(news):
            root = await self.root(news.post_id, deadline)
        return self._news.events(news, change, page, root)

    async def _read_threads(self, before: Visit, floor: datetime) -> Reading:
        return await self._feed.read(before, floor)

    async def _still_there(self, native_id: str) -> bool:
        return await self._comment(native_id) is not None

    async def _fetch_root(self, root_id: str, patience: float) -> Root:
        content = await self.graph.get(
            root_id, patience=patience, fields="id,message,story,permalink_url"
        )
        return PostSaid.model_validate(content).root

    async def _fetch_page(self, patience: float) -> Page:
        said = await self.graph.get(self.own_id, patience=patience, fields="id,name,link")
        name = str(said.get("name") or self.own_id)[:300]
        link = said.get("link")
        return Page(native_id=self.own_id, name=name, url=link if isinstance(link, str) else None)


def _posted(said: FacebookReply, outgoing: Outgoing, now: datetime) -> Posted:
    return Posted(
        native_id=said.id,
        url=said.permalink_url or facebook_url(said.id, None),
        text=said.message or outgoing.text,
        visibility="public",
        posted_at=said.created_time or now,
    )
