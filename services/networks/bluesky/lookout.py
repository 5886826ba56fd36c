"""Reads accounts, hashtags and searches of others on Bluesky, as the AppView shows them to us."""

import json
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from schemas.inbound import EventType
from services.networks.bluesky.account import Account
from services.networks.bluesky.mapping import Scene, Thread, comment_event
from services.networks.bluesky.posting import resolve_handle
from services.networks.bluesky.records import parse_uri
from services.networks.bluesky.said import post_of
from services.networks.bluesky.view import BATCH, FEED, View
from services.networks.lookout import Looked, Remark, SeenPost, complete_since
from services.networks.network import Refused
from services.networks.targets import Target

log = logging.getLogger(__name__)

MANY = 30
NOT_SIGNED_IN = "!no-unauthenticated"
"""A label by which an account asks to be read by signed-in people only."""


class BlueskyLookout:
    """Raises what the account's calls raise."""

    def __init__(self, account: Account, view: View) -> None:
        self._account = account
        self._view = view

    async def look(self, target: Target, memory: str | None, now: datetime) -> Looked:
        """Return the newest posts that open a thread; the protocol has no conditional reading.

        An AppView gives an edited post the time of the first one: what changed is known from the
        visit before. Of a hashtag or search nothing is remembered, for it would be of strangers:
        each post is told as what its text is now.
        """
        session = await self._account.session()
        if target.kind != "account":
            found = await self._view.found(_search(target))
            return Looked(self._seen(found, target, session.did, None))
        did = await resolve_handle(self._account, target.address)
        if did is None:
            raise Refused(f"nobody is called {target.address}", code="gone")
        profile = await self._view.profile(did)
        if profile is None:
            raise Refused(f"{target.address} is not shown to us", code="gone")
        if _asks_to_sign_in(profile):
            raise Refused(f"{target.address} asks not to be read by programs", code="scope")
        views = await self._view.own_posts(did)
        posts = self._seen(views, target, session.did, _recalled(memory))
        return Looked(
            posts, memory=_remembered(posts), page_id=did,
            readers=_count(profile, "followersCount"),
            complete_since=complete_since(posts, now, whole=len(views) < FEED),
        )  # fmt: skip

    async def remarks(self, post_id: str) -> Sequence[Remark] | None:
        """Return what stands under a post."""
        uri = parse_uri(post_id)
        if uri is None:
            return None
        session = await self._account.session()
        page = await self._view.thread(uri)
        if page.opening is None:
            return None
        remarks = []
        for view in page.replies:
            post = _readable(view)
            if post is not None and post.who is not None:
                is_self = post.who.did == session.did
                said = post.record.text
                remarks.append(Remark(post.who.did, said, is_self, post.created_at))
        return sorted(remarks, key=lambda one: one.created_at)

    async def likes(self, native_ids: Sequence[str]) -> Mapping[str, int]:
        """Return how many like each of our posts, for one call per 25."""
        found: dict[str, int] = {}
        for start in range(0, len(native_ids), BATCH):
            for view in await self._view.posts(native_ids[start : start + BATCH]):
                count = _count(view, "likeCount")
                if count is not None:
                    found[str(view.get("uri"))] = count
        return found

    async def followers(self) -> int | None:
        """Return how many follow our account."""
        profile = await self._view.profile((await self._account.session()).did)
        return _count(profile, "followersCount") if profile else None

    def _seen(
        self,
        views: Sequence[Mapping[str, Any]],
        target: Target,
        ours: str,
        known: Mapping[str, str] | None,
    ) -> list[SeenPost]:
        seen = []
        for view in views:
            post = _readable(view)
            if post is None or post.who is None or post.record.reply is not None:
                continue
            if _asks_to_sign_in(view["author"]):
                continue
            scene = Scene("bluesky", ours, {post.who.did: target.relation})
            thread = Thread(post.uri, post.who, post.record.text)
            is_edited = known is None or known.get(str(post.uri), post.cid) != post.cid
            said: EventType = "comment.edited.v1" if is_edited else "comment.received.v1"
            event = comment_event(post, thread, post.who, said, scene)
            if event is not None:
                counts = (_count(view, f"{name}Count") for name in ("like", "reply", "repost"))
                seen.append(SeenPost(event, *counts))
        return seen


def _asks_to_sign_in(profile: Mapping[str, Any]) -> bool:
    labels = profile.get("labels")
    return isinstance(labels, Sequence) and any(
        isinstance(one, Mapping) and one.get("val") == NOT_SIGNED_IN for one in labels
    )


def _remembered(posts: Sequence[SeenPost]) -> str:
    """Return which revision of each post was seen."""
    return json.dumps({one.event.data.native_id: one.event.data.revision for one in posts})


def _recalled(memory: str | None) -> Mapping[str, str]:
    known = json.loads(memory or "{}")
    return known if isinstance(known, dict) else {}


def _readable(view: Mapping[str, Any]) -> Any:
    """Return the post of a view; one that breaks its lexicon spoils no other."""
    try:
        return post_of(view)
    except ValidationError:
        log.warning("a watched post that cannot be read is left out")
        return None


def _search(target: Target) -> dict[str, str | int]:
    words: dict[str, str | int] = {"sort": "latest", "limit": MANY}
    if target.kind == "hashtag":
        return {**words, "q": target.address, "tag": target.address.removeprefix("#")}
    return {**words, "q": target.address}


def _count(view: Mapping[str, Any], name: str) -> int | None:
    value = view.get(name)
    return value if isinstance(value, int) and value >= 0 else None
