"""One WordPress site's comments: listen by looking again, reply, hide."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from typing import NoReturn

import httpx

from services.networks.keeper import Keeper
from services.networks.length import fits
from services.networks.markup import to_html, to_text
from services.networks.network import (
    Batch,
    Capabilities,
    Diagnosis,
    NetworkError,
    OutcomeUnknown,
    Outgoing,
    Posted,
    RefusalCode,
    Refused,
    Standing,
)
from services.networks.wordpress.diagnosis import diagnose
from services.networks.wordpress.mapping import NETWORK, Place, posted_from, standing_from
from services.networks.wordpress.outcome import NO_COMMENT, code_of, refusal_of, understood
from services.networks.wordpress.posts import Posts
from services.networks.wordpress.rest import Rest
from services.networks.wordpress.said import COMMENT_FIELDS, SaidComment, SaidIndex, SaidUser
from services.networks.wordpress.settings import WordPressSettings
from services.networks.wordpress.watch import Watch
from services.networks.wordpress.window import Window

_log = logging.getLogger(__name__)

_THERE = frozenset({"approved", "hold"})


class WordPressNetwork:
    """Watches the comments of a site through an account that may moderate, and replies as it.

    A comment that waits for approval is not public yet and comes in once it is approved. What
    happens to comments older than the window is not noticed.

    `interval` is how often the newest hundred comments are looked at, `recheck` how often all of
    the window is, `patience` after how long an answer is overdue, in seconds. A client that is
    passed in stays the caller's to close. There is no session: the keeper is not used.
    """

    name: str = NETWORK
    connection: str
    capabilities = Capabilities(
        receive="poll",
        reply_on_own_pages=True,
        reply_on_watched_pages=False,
        hide=True,
        delete_own_reply=True,
        sees_edits=True,
        sees_deletes=True,
        # One text of one account stands but once under a comment: the site answers 409.
        keyed_posting=True,
        # The site keeps 65,525 bytes; more than this nobody reads in a comment.
        max_length=5_000,
        length_unit="character",
        reply_depth=None,
    )

    def __init__(
        self,
        settings: WordPressSettings,
        keeper: Keeper,  # noqa: ARG002 - every connector is made alike; Basic needs no session
        *,
        connection: str,
        client: httpx.AsyncClient | None = None,
        interval: float = 60.0,
        recheck: float = 900.0,
        patience: float = 30.0,
    ) -> None:
        self.connection = connection
        self._settings = settings
        self._owns_client = client is None
        self._client = client or httpx.AsyncClient(trust_env=False)
        self._rest = Rest(settings, self._client, patience)
        self._posts = Posts(self._rest)
        self._interval = interval
        self._recheck = recheck
        self._known_place: Place | None = None

    async def listen(self, cursor: str | None) -> AsyncGenerator[Batch]:
        """Yield what happened since the cursor for ever; raise Temporary when the site is away."""
        watch = Watch(self._rest, self._posts, await self._place())
        window, first = self._window(cursor)
        age = timedelta(days=self._settings.window_days)
        recheck_at = 0.0
        clock = asyncio.get_running_loop().time
        while True:
            now = datetime.now(UTC)
            if wholly := clock() >= recheck_at:
                recheck_at = clock() + self._recheck
            async for step in watch.look(window, now, wholly=wholly, first=first):
                window = step.window
                yield Batch(step.events, window.dumps(), step.unreadable)
            if first:
                yield Batch([], window.dumps())
            first = False
            window = window.trimmed(now, age, self._settings.window_comments)
            await asyncio.sleep(self._interval)

    async def read(self, native_id: str) -> Standing | None:
        """Return how the comment stands now, also to a visitor; None when it is gone."""
        place = await self._place()
        said = await self._read(place.comment_number(native_id))
        if said is None:
            return None
        _, post = await self._posts.of(said)
        visible = said.status == "approved" and await self._posts.anybody_sees(said.id)
        return standing_from(said, post, place, visible=visible)

    async def reply(self, outgoing: Outgoing) -> Posted:
        """Post once; raises Temporary, OutcomeUnknown or Refused.

        WordPress would accept a reply to a comment that does not exist, so the parent is read
        first. A reply that the site does not show at once is taken down again. When the site
        says that this text stands already, the standing one is returned.
        """
        place = await self._place()
        if outgoing.visibility != "public":
            raise Refused("a comment on a site is public", code="not_public")
        if not fits(outgoing.text, self.capabilities):
            raise Refused(
                f"the text has more than {self.capabilities.max_length} characters", code="too_long"
            )
        parent = await self._read(place.comment_number(outgoing.parent_id))
        if parent is None:
            raise Refused("the comment is gone", code="gone")
        if parent.status != "approved":
            raise Refused("the comment is hidden", code="hidden")
        _, post = await self._posts.of(parent)
        if post is None:
            raise Refused("the post is gone", code="gone")
        if not post.is_public or not await self._posts.anybody_sees(parent.id):
            raise Refused("a visitor does not see the comment", code="not_public")
        answer = await self._rest.post(
            "/wp/v2/comments",
            {"post": parent.post, "parent": parent.id, "content": to_html(outgoing.text)},
            {"context": "edit", "_fields": COMMENT_FIELDS},
        )
        if code_of(answer) == "comment_duplicate":
            said = await self._standing_duplicate(outgoing, parent.id, place)
        else:
            said = understood(answer, SaidComment, writing=True)
        if said.status != "approved":
            await self._take_down(said)
        return posted_from(said, place)

    async def find_reply(self, outgoing: Outgoing) -> Posted | None:
        """Look for this text of ours under the comment; one that is held back does not stand."""
        place = await self._place()
        number = place.comment_number(outgoing.parent_id)
        if number is None:
            return None
        found = await self._own_replies(outgoing.text, number, place)
        return next((posted_from(one, place) for one in found if one.status == "approved"), None)

    async def delete(self, native_id: str) -> bool:
        """Delete a reply of ours for good; True when it is gone. Refuses anybody else's comment."""
        place = await self._place()
        said = await self._read(place.comment_number(native_id))
        if said is None:
            return True
        if said.author != place.own_user:
            raise Refused("this comment is not ours to delete", code="scope")
        return await self._delete(said.id)

    async def hide(self, native_id: str, *, hidden: bool) -> bool:
        """Hold a comment back or approve it again; what lies in the trash or in spam stays there.

        True when it is so afterwards.
        """
        place = await self._place()
        said = await self._read(place.comment_number(native_id))
        if said is None:
            if hidden:
                return True
            raise Refused("the comment is gone", code="gone")
        wanted = "hold" if hidden else "approved"
        if said.status == wanted:
            return True
        answer = await self._rest.post(
            f"/wp/v2/comments/{said.id}",
            {"status": wanted},
            {"context": "edit", "_fields": COMMENT_FIELDS},
        )
        return understood(answer, SaidComment, writing=True).status == wanted

    async def check(self) -> Diagnosis:
        """Ask the site how this connection stands; a fault is a finding, not an exception."""
        return await diagnose(self._rest, self._settings, self.capabilities)

    async def close(self) -> None:
        if self._owns_client:
            await self._client.aclose()

    async def _place(self) -> Place:
        """Sign in and ask for the site's title, once."""
        if self._known_place is None:
            me = await self._rest.get("/wp/v2/users/me", {"_fields": "id"})
            user = understood(me, SaidUser)
            index = understood(await self._rest.get("/", {"_fields": "name"}), SaidIndex)
            self._known_place = Place(
                site=self._settings.site,
                title=to_text(index.name) or self._settings.site,
                address=self._settings.address,
                source=self.connection,
                own_user=user.id,
            )
        return self._known_place

    def _window(self, cursor: str | None) -> tuple[Window, bool]:
        """Return the window of a cursor, and whether this is a first start."""
        if cursor is not None:
            try:
                return Window.loads(cursor), False
            except ValueError as error:
                _log.warning("%s: %s, looking back as at a first start", self.connection, error)
        look_back = timedelta(hours=self._settings.look_back_hours)
        return Window.first(datetime.now(UTC), look_back), True

    async def _read(self, number: int | None) -> SaidComment | None:
        """Return the comment as a moderator sees it, None when it is deleted, trash or spam."""
        if number is None:
            return None
        answer = await self._rest.get(
            f"/wp/v2/comments/{number}", {"context": "edit", "_fields": COMMENT_FIELDS}
        )
        if code_of(answer) == NO_COMMENT:
            return None
        said = understood(answer, SaidComment)
        return said if said.status in _THERE else None

    async def _own_replies(self, text: str, parent: int, place: Place) -> list[SaidComment]:
        """Return our comments of this text under a comment, whatever their status."""
        answer = await self._rest.get(
            "/wp/v2/comments",
            {
                "parent": parent,
                "author": place.own_user,
                "status": "any",
                "per_page": 100,
                "context": "edit",
                "_fields": COMMENT_FIELDS,
            },
        )
        wanted = to_text(to_html(text), source_breaks=True).split()
        return [
            one
            for one in understood(answer, list[SaidComment])
            if to_text(one.content.raw, source_breaks=True).split() == wanted
        ]

    async def _standing_duplicate(
        self, outgoing: Outgoing, parent: int, place: Place
    ) -> SaidComment:
        found = await self._own_replies(outgoing.text, parent, place)
        standing = sorted(
            (one for one in found if one.status != "trash"),
            key=lambda one: one.status != "approved",
        )
        if not standing:
            raise Refused("the site holds the same text already, but not as ours", code="invalid")
        return standing[0]

    async def _take_down(self, said: SaidComment) -> NoReturn:
        code: RefusalCode = "scope" if said.status == "hold" else "invalid"
        sentence = f"the site did not publish the reply but put it into {said.status[:20]}"
        try:
            await self._delete(said.id)
        except NetworkError as error:
            raise OutcomeUnknown(f"{sentence}, where it may still be") from error
        raise Refused(f"{sentence}; it was taken down again", code=code)

    async def _delete(self, number: int) -> bool:
        answer = await self._rest.delete(f"/wp/v2/comments/{number}", {"force": "true"})
        if answer.is_success or code_of(answer) in {NO_COMMENT, "rest_already_trashed"}:
            return True
        raise refusal_of(answer, writing=True)
