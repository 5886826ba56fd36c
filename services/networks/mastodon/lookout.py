"""Reads accounts, hashtags and searches of others through a Mastodon-compatible server."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from pydantic import ValidationError

from services.networks.lookout import Looked, Remark, SeenPost, complete_since
from services.networks.mastodon.client import MastodonClient, Query
from services.networks.mastodon.entities import CONTEXT, FOUND, PROFILE, RAW, RAW_LIST, Status
from services.networks.mastodon.mapping import (
    Place,
    event_of,
    is_public,
    page_of,
    root_of,
    whole_text,
)
from services.networks.mastodon.reading import find_account, status_path
from services.networks.network import Refused
from services.networks.targets import Target

log = logging.getLogger(__name__)

MANY = 40
"""Statuses asked for at once; Mastodon gives no more."""
PAGES = 5
"""Pages that a visit goes back at most to where the last one ended."""


class MastodonLookout:
    """Raises what the client's calls raise; `own_id` tells which account is ours."""

    def __init__(self, client: MastodonClient, own_id: Callable[[], Awaitable[str]]) -> None:
        self._client = client
        self._own_id = own_id

    async def look(self, target: Target, memory: str | None, now: datetime) -> Looked:
        """Return the newest public posts that open a thread; boosts and replies are left out."""
        own_id = await self._own_id()
        if target.kind == "hashtag":
            tag = quote(target.address.removeprefix("#"), safe="")
            raw = await self._statuses(f"/api/v1/timelines/tag/{tag}", [("limit", str(MANY))])
            return Looked(self._seen(raw, target, own_id), memory=memory)
        if target.kind == "search":
            query = [("q", target.address), ("type", "statuses"), ("limit", str(MANY))]
            found = await self._client.find("/api/v2/search", FOUND, query)
            raw = found.statuses if found else ()
            return Looked(self._seen(raw, target, own_id), memory=memory)
        account = await find_account(self._client, target.address)
        if account is None:
            raise Refused(f"the server knows no {target.address}", code="gone")
        path = f"/api/v1/accounts/{quote(account.id, safe='')}"
        profile = await self._client.find(path, PROFILE)
        if profile is None or profile.suspended:
            raise Refused(f"{target.address} is not shown any more", code="gone")
        if profile.moved is not None:
            raise Refused(f"{target.address} has moved to {profile.moved.acct}", code="gone")
        raw, whole = await self._timeline(path, memory)
        posts = self._seen(raw, target, own_id)
        made = [one.event.data.created_at.isoformat() for one in posts]
        return Looked(
            posts, memory=max(made, default=memory), page_id=account.id,
            readers=profile.followers_count,
            complete_since=complete_since(posts, now, whole=whole),
        )  # fmt: skip

    async def _timeline(
        self, path: str, last_seen: str | None
    ) -> tuple[list[dict[str, Any]], bool]:
        """Return an account's statuses back to what was seen last; True when there are no more."""
        query = [("limit", str(MANY)), ("exclude_replies", "true"), ("exclude_reblogs", "true")]
        raw: list[dict[str, Any]] = []
        for _ in range(PAGES):
            before = [("max_id", str(raw[-1].get("id")))] if raw else []
            page = await self._statuses(f"{path}/statuses", [*query, *before])
            raw += page
            if len(page) < MANY:
                return raw, True
            if last_seen is None or not _is_later(page[-1], last_seen):
                break
        return raw, False

    async def remarks(self, post_id: str) -> Sequence[Remark] | None:
        """Return what stands under a post and is public."""
        context = await self._client.find(f"{status_path(post_id)}/context", CONTEXT)
        if context is None:
            return None
        own_id = await self._own_id()
        statuses = [one for raw in context.descendants if (one := _readable(raw))]
        return [
            Remark(one.account.id, whole_text(one), one.account.id == own_id, one.created_at)
            for one in sorted(statuses, key=lambda one: one.created_at)
            if is_public(one)
        ]

    async def likes(self, native_ids: Sequence[str]) -> Mapping[str, int]:
        """Return how many like each of our posts, for one call each."""
        found: dict[str, int] = {}
        for native_id in native_ids:
            status = await self._client.find(status_path(native_id), RAW)
            count = status.get("favourites_count") if status else None
            if isinstance(count, int):
                found[native_id] = count
        return found

    async def followers(self) -> int | None:
        """Return how many follow our account."""
        path = f"/api/v1/accounts/{quote(await self._own_id(), safe='')}"
        profile = await self._client.find(path, PROFILE)
        return profile.followers_count if profile else None

    async def _statuses(self, path: str, query: Query) -> Sequence[dict[str, Any]]:
        return await self._client.find(path, RAW_LIST, query) or ()

    def _seen(self, raw: Sequence[dict[str, Any]], target: Target, own_id: str) -> list[SeenPost]:
        seen = []
        for one in raw:
            status = _readable(one)
            if (
                status is None
                or not is_public(status)
                or status.in_reply_to_id
                or one.get("reblog")
            ):
                continue
            place = Place(page_of(status.account, target.relation), root_of(status))
            try:
                event = event_of(status, place, own_id=own_id, source="mastodon", told_before=False)
            except ValidationError:
                log.warning("a watched post that fits no event is left out")
                continue
            counts = (one.get(f"{name}_count") for name in ("favourites", "replies", "reblogs"))
            seen.append(SeenPost(event, *counts))
        return seen


def _is_later(raw: dict[str, Any], moment: str) -> bool:
    """Tell whether a status was made after a moment; one that cannot be read was not."""
    status = _readable(raw)
    return status is not None and status.created_at.isoformat() > moment


def _readable(raw: dict[str, Any]) -> Status | None:
    """Return a status; one that cannot be read spoils no other."""
    try:
        return Status.model_validate(raw)
    except ValidationError:
        log.warning("a watched post that cannot be read is left out")
        return None
