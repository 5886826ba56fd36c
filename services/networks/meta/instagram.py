"""An Instagram professional account: told of comments by calls, answers under the first of each."""

import re
from collections.abc import Callable
from datetime import datetime

import httpx
from pydantic import ValidationError

from schemas.inbound import Inbound, Page, Root
from services.networks.keeper import Keeper
from services.networks.length import fits
from services.networks.meta.account import MetaAccount, Reading, is_gone, succeeded, utc_now
from services.networks.meta.diagnosis import Subject, diagnose
from services.networks.meta.graph import next_page, rows_of
from services.networks.meta.hook import Change
from services.networks.meta.mapping import instagram_standing
from services.networks.meta.media import MediaReader, MediaSaid
from services.networks.meta.said import (
    INSTAGRAM_FIELDS,
    Comment,
    InstagramComment,
    InstagramNews,
    author_of,
    words,
)
from services.networks.meta.settings import InstagramSettings
from services.networks.network import (
    Capabilities,
    Diagnosis,
    OutcomeUnknown,
    Outgoing,
    Posted,
    Refused,
    Standing,
    Temporary,
)
from services.networks.revisit import Visit

PERMISSIONS = (
    "instagram_basic",
    "instagram_manage_comments",
    "pages_manage_metadata",
    "pages_read_engagement",
    "pages_show_list",
)
REPLIES_LOOKED_THROUGH = 20
"""Pages of fifty."""
_FIELDS = f"{INSTAGRAM_FIELDS},media{{id,permalink,is_comment_enabled}}"
_HASHTAG = re.compile(r"#\w")
_WEB_ADDRESS = re.compile(r"https?://|\bwww\.")


class InstagramAccount(MetaAccount):
    """One account of ours. Calls tell of new comments only: visits find edits and deletions."""

    name = "instagram"
    kind = "instagram"
    reading_rights = frozenset({"instagram_basic", "instagram_manage_comments"})
    settings: InstagramSettings
    capabilities = Capabilities(
        receive="webhook",
        reply_on_own_pages=True,
        reply_on_watched_pages=False,
        hide=True,
        delete_own_reply=True,
        sees_edits=True,
        sees_deletes=True,
        keyed_posting=False,
        max_length=300,
        length_unit="character",
        reply_depth=1,
    )

    def __init__(
        self,
        settings: InstagramSettings,
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
            settings, settings.account_id, connection=connection, client=client, interval=interval,
            patience=patience, root_patience=root_patience, now=now,
        )  # fmt: skip
        self._media = MediaReader(self.graph, settings)

    async def read(self, native_id: str) -> Standing | None:
        """Return how the comment stands now, None when it is gone."""
        said = await self._comment(native_id)
        return instagram_standing(said) if said is not None else None

    async def reply(self, outgoing: Outgoing) -> Posted:
        """Post once; a reply to a reply goes under the first comment and names whom it answers.

        There is no key: after an unknown outcome `find_reply` tells whether it stands.
        """
        if outgoing.visibility != "public":
            raise Refused("comments on Instagram are public", code="not_public")
        said = await self._comment(outgoing.parent_id)
        if said is None:
            raise Refused("the comment is gone", code="gone")
        text = addressed(outgoing.text, said)
        self._require_postable(text)
        if (why_not := instagram_standing(said).why_not) is not None:
            raise Refused("Instagram takes no reply there", code=why_not)
        answer = await self.graph.write(
            "POST", f"{said.parent_id or said.id}/replies", {"message": text}
        )
        if "id" not in answer:
            raise OutcomeUnknown("Instagram's answer names no reply")
        return _posted(str(answer["id"]), text, self._now(), said)

    async def find_reply(self, outgoing: Outgoing) -> Posted | None:
        """Look for a reply of the account with the same words where it would stand."""
        said = await self._comment(outgoing.parent_id)
        if said is None:
            return None
        text = addressed(outgoing.text, said)
        after: str | None = None
        for _ in range(REPLIES_LOOKED_THROUGH):
            try:
                content = await self.graph.get(
                    f"{said.parent_id or said.id}/replies",
                    fields=INSTAGRAM_FIELDS,
                    limit="50",
                    after=after or "",
                )
            except Refused as error:
                if is_gone(error):
                    return None
                raise
            for row in rows_of(content):
                if (found := self._ours(row, text)) is not None:
                    return _posted(found.id, found.text or "", found.timestamp, said)
            after = next_page(content)
            if after is None:
                return None
        return None

    async def hide(self, native_id: str, *, hidden: bool) -> bool:
        """Hide a comment from everybody but its author, or show it again."""
        form = {"hide": "true" if hidden else "false"}
        return succeeded(await self.graph.write("POST", native_id, form))

    async def check(self) -> Diagnosis:
        """Ask for the account, its token and the subscription of the Page behind it."""
        subject = Subject(
            own_id=self.own_id, name_field="username", page_id=self.settings.page_id,
            kind=self.kind, field="comments", permissions=PERMISSIONS,
        )  # fmt: skip
        return await diagnose(self.graph, self.settings, subject, self.capabilities, self._now())

    def _require_postable(self, text: str) -> None:
        """Refuse what Instagram refuses: its rules for comments stand in the reference of IG Media.

        https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-media/comments
        """
        if not fits(text, self.capabilities):
            raise Refused("Instagram takes 300 characters, the name included", code="too_long")
        if len(_HASHTAG.findall(text)) > 4:
            raise Refused("Instagram takes four hashtags in a comment", code="invalid")
        if len(_WEB_ADDRESS.findall(text)) > 1:
            raise Refused("Instagram takes one web address in a comment", code="invalid")
        if len(text) > 1 and text.isupper():
            raise Refused("Instagram takes no comment in capitals only", code="invalid")

    async def _comment(self, native_id: str) -> InstagramComment | None:
        try:
            content = await self.graph.get(native_id, fields=_FIELDS)
            return InstagramComment.model_validate(content)
        except Refused as error:
            if is_gone(error):
                return None
            raise
        except ValidationError as error:
            raise Temporary("Instagram's comment cannot be read") from error

    def _ours(self, row: object, text: str) -> InstagramComment | None:
        try:
            said = InstagramComment.model_validate(row)
        except ValidationError:
            return None
        ids = {person.id for person in (said.sender, said.user) if person is not None}
        same = (said.text or "").split() == text.split()
        return said if self.own_id in ids and same else None

    async def _told(self, change: Change, page: Page, deadline: float) -> list[Inbound]:
        if change.field != "comments":
            return []
        news = InstagramNews.model_validate(change.value)
        root = await self.root(news.media.id, deadline)
        comment = Comment(
            native_id=news.id,
            text=words(news.text),
            created_at=change.at,
            author=author_of(news.id, news.sender, frozenset({self.own_id})),
            parent_id=news.parent_id if news.parent_id != news.media.id else None,
            root=root,
            url=root.url,
        )
        return [self._telling.received(comment, page)]

    async def _read_threads(self, before: Visit, floor: datetime) -> Reading:
        return await self._media.read(before, floor)

    async def _still_there(self, native_id: str) -> bool:
        return await self._comment(native_id) is not None

    async def _fetch_root(self, root_id: str, patience: float) -> Root:
        content = await self.graph.get(root_id, patience=patience, fields="id,caption,permalink")
        return MediaSaid.model_validate(content).root

    async def _fetch_page(self, patience: float) -> Page:
        said = await self.graph.get(self.own_id, patience=patience, fields="id,username")
        username = str(said.get("username") or "")[:300]
        url = f"https://www.instagram.com/{username}/" if username else None
        return Page(native_id=self.own_id, name=username or self.own_id, url=url)


def addressed(text: str, parent: InstagramComment) -> str:
    """Return the text as it is posted: under somebody else's comment it names whom it answers."""
    name = parent.sender.username if parent.sender is not None else None
    if parent.parent_id is None or not name or text.lower().startswith(f"@{name.lower()} "):
        return text
    return f"@{name} {text}"


def _posted(native_id: str, text: str, at: datetime, parent: InstagramComment) -> Posted:
    url = parent.media.permalink if parent.media is not None else None
    return Posted(native_id, url, text, "public", at)
