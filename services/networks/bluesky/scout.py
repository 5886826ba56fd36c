"""Finds accounts on Bluesky as the AppView shows them to us.

What its records and labels mean: https://docs.bsky.app/docs/advanced-guides/moderation and
https://docs.bsky.app/docs/api/app-bsky-actor-get-profiles.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from services.networks.bluesky.account import Account
from services.networks.bluesky.lookout import NOT_SIGNED_IN
from services.networks.bluesky.posting import resolve_handle
from services.networks.bluesky.records import parse_uri, post_url, profile_url
from services.networks.bluesky.said import post_of
from services.networks.bluesky.view import View
from services.networks.scout import Follows, Offer, Profile, Sighting

MANY = 100
SHARED_HOSTS = (".bsky.social", ".bsky.team", ".brid.gy")
"""Ends of handles that a service gives away: they confirm nobody."""
UNLISTED = frozenset(
    {NOT_SIGNED_IN, "!hide", "!warn", "!no-promote", "noindex", "no-index", "spam", "impersonation"}
)
"""Labels of accounts that ask not to be shown, or that others warn of."""


class BlueskyScout:
    """Raises what the account's calls raise."""

    network = "bluesky"
    offers: frozenset[Offer] = frozenset({"search", "tag", "links", "follows", "answers"})
    at_once = 25

    def __init__(self, account: Account, view: View) -> None:
        self._account = account
        self._view = view

    def host(self, _page_id: str, /) -> str:
        return self.network

    async def search(self, words: str) -> Sequence[Sighting]:
        return _sightings(await self._view.found({"q": f'"{words}"', **_NEWEST}))

    async def tagged(self, tag: str) -> Sequence[Sighting]:
        return _sightings(await self._view.found({"q": f"#{tag}", "tag": tag, **_NEWEST}))

    async def linking(self, domain: str) -> Sequence[Sighting]:
        return _sightings(await self._view.found({"q": domain, "domain": domain, **_NEWEST}))

    async def directory(self) -> Sequence[Profile]:
        return ()

    async def follows(self, page_id: str) -> Follows:
        found = [_profile(one) for one in await self._view.follows(page_id, MANY)]
        profiles = [one for one in found if one is not None]
        return Follows([one.page_id for one in profiles], profiles)

    async def find(self, address: str) -> Profile | None:
        did = await resolve_handle(self._account, address)
        said = await self._view.profile(did) if did else None
        return _profile(said) if said else None

    async def profiles(self, page_ids: Sequence[str]) -> Sequence[Profile]:
        said = await self._view.profiles(page_ids)
        return [found for one in said if (found := _profile(one)) is not None]

    async def parted(self, _page_ids: Sequence[str], /) -> Collection[str]:
        return frozenset()

    async def own_posts(self, page_id: str) -> Sequence[Sighting]:
        return _sightings(await self._view.own_posts(page_id))

    async def answering(self, post_id: str) -> Collection[str]:
        uri = parse_uri(post_id)
        page = await self._view.thread(uri) if uri else None
        authors = [one.get("author") for one in page.replies] if page else []
        return {str(who["did"]) for who in authors if isinstance(who, Mapping) and "did" in who}


_NEWEST: Mapping[str, str | int] = {"sort": "latest", "limit": MANY}


def _sightings(views: Sequence[Mapping[str, Any]]) -> list[Sighting]:
    """Return posts that open a thread; a view that breaks its lexicon spoils no other."""
    seen = []
    for view in views:
        try:
            post = post_of(view)
        except ValidationError:
            continue
        if post is None or post.who is None or post.record.reply is not None:
            continue
        replies = view.get("replyCount")
        seen.append(
            Sighting(
                post.who.did, str(post.uri), post.record.text, post.created_at,
                post_url(post.uri), replies if isinstance(replies, int) else None,
            )
        )  # fmt: skip
    return seen


def _profile(said: Mapping[str, Any]) -> Profile | None:
    did, handle = said.get("did"), str(said.get("handle") or "").lower()
    if not isinstance(did, str) or not did.startswith("did:"):
        return None
    is_named = bool(handle) and handle != "handle.invalid"
    is_own = is_named and not handle.endswith(SHARED_HOSTS)
    viewer = _mapping(said.get("viewer"))
    checked = _mapping(said.get("verification"))
    labels = said.get("labels") or ()
    readers = said.get("followersCount")
    return Profile(
        page_id=did,
        address=handle if is_named else did,
        name=str(said.get("displayName") or handle)[:300],
        about=str(said.get("description") or "")[:2000],
        url=profile_url(did),
        readers=readers if isinstance(readers, int) and readers >= 0 else None,
        proven=frozenset({handle}) if is_own else frozenset(),
        is_bot=_labelled(labels, frozenset({"bot"})),
        is_vouched="valid" in (checked.get("verifiedStatus"), checked.get("trustedVerifierStatus")),
        wants_no_listing=_labelled(labels, UNLISTED),
        is_parted=any(
            viewer.get(sign) for sign in ("blockedBy", "blocking", "muted", "blockingByList")
        ),
    )


def _labelled(labels: Any, wanted: Collection[str]) -> bool:
    """Tell whether one of the labels stands; a label may also take one back."""
    return any(
        one.get("val") in wanted and not one.get("neg")
        for one in labels
        if isinstance(one, Mapping)
    )


def _mapping(said: Any) -> Mapping[str, Any]:
    return said if isinstance(said, Mapping) else {}
