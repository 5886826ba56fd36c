"""What the AppView is asked while we listen."""

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.networks.bluesky.account import Account
from services.networks.bluesky.outcome import Said, trouble
from services.networks.bluesky.records import Uri
from services.networks.network import Temporary

REASONS = ("reply", "mention", "quote")
PAGE = 100
MOST_PAGES = 20
FEED = 30
BATCH = 25
"""Posts that getPosts takes at once."""
_NOT_FOR_US = frozenset({"BlockedActor", "BlockedByActor", "ActorNotFound"})


class NoView(Temporary):
    """The PDS has no AppView, or it does not answer."""


@dataclass(frozen=True)
class ThreadPage:
    """A thread as the AppView shows it."""

    opening: Mapping[str, Any] | None
    """View of the opening post; None when it is not shown."""
    replies: Sequence[Mapping[str, Any]]
    blocked: Sequence[str]
    """DIDs of authors whose posts are not shown to us."""
    gate: Mapping[str, Any] | None
    reply_disabled: bool


class View:
    """Reads what the AppView shows to our account; raises NoView, Temporary or Refused."""

    def __init__(self, account: Account, *, page: int = PAGE) -> None:
        self._account = account
        self._page = page

    async def notifications(self) -> AsyncIterator[Mapping[str, Any]]:
        """Yield replies, mentions and quotes, the newest first."""
        cursor = ""
        for _ in range(MOST_PAGES):
            said = await self._ask(
                "app.bsky.notification.listNotifications",
                {
                    "limit": self._page,
                    "reasons": list(REASONS),
                    **({"cursor": cursor} if cursor else {}),
                },
            )
            for one in said.body.get("notifications", ()):
                if isinstance(one, Mapping) and one.get("reason") in REASONS:
                    yield one
            cursor = str(said.body.get("cursor") or "")
            if not cursor:
                return

    async def own_posts(self, did: str) -> Sequence[Mapping[str, Any]]:
        """Return an account's newest posts that are no replies; none where we may not look."""
        said = await self._answer(
            "app.bsky.feed.getAuthorFeed",
            {"actor": did, "filter": "posts_no_replies", "limit": FEED},
        )
        if said.error in _NOT_FOR_US or said.message == "Profile not found":
            return ()
        items = _sound(said).body.get("feed", ())
        return [item["post"] for item in items if "reason" not in item and "post" in item]

    async def found(self, query: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """Return the posts that a search finds, the newest first."""
        said = await self._ask("app.bsky.feed.searchPosts", query)
        return [post for post in said.body.get("posts", ()) if isinstance(post, Mapping)]

    async def profile(self, did: str) -> Mapping[str, Any] | None:
        """Return an account's profile with its counts; None where we may not look."""
        said = await self._answer("app.bsky.actor.getProfile", {"actor": did})
        if said.error in _NOT_FOR_US or said.message == "Profile not found":
            return None
        return _sound(said).body

    async def profiles(self, dids: Sequence[str]) -> Sequence[Mapping[str, Any]]:
        """Return the profiles of up to 25 accounts that are shown to us."""
        said = await self._ask("app.bsky.actor.getProfiles", {"actors": list(dids)})
        return [one for one in said.body.get("profiles", ()) if isinstance(one, Mapping)]

    async def follows(self, did: str, limit: int) -> Sequence[Mapping[str, Any]]:
        """Return the accounts that an account follows, the latest; none where we may not look."""
        said = await self._answer("app.bsky.graph.getFollows", {"actor": did, "limit": limit})
        if said.error in _NOT_FOR_US or said.message == "Profile not found":
            return ()
        return [one for one in _sound(said).body.get("follows", ()) if isinstance(one, Mapping)]

    async def thread(self, root: Uri) -> ThreadPage:
        """Return a thread with the replies that the AppView puts aside."""
        said = await self._answer(
            "app.bsky.unspecced.getPostThreadV2",
            {"anchor": str(root), "above": False, "below": 20, "branchingFactor": 100,
             "sort": "newest"},
        )  # fmt: skip
        if said.error == "NotFound":
            return ThreadPage(None, (), (), None, reply_disabled=False)
        items = list(_sound(said).body.get("thread", ()))
        if said.body.get("hasOtherReplies"):
            other = await self._answer(
                "app.bsky.unspecced.getPostThreadOtherV2", {"anchor": str(root)}
            )
            items += other.body.get("thread", ()) if other.is_success else ()
        values = [(item.get("depth", 0), item.get("value", {})) for item in items]
        opening = next((value.get("post") for depth, value in values if depth == 0), None)
        return ThreadPage(
            opening=opening,
            replies=[value["post"] for depth, value in values if depth > 0 and "post" in value],
            blocked=[value["author"]["did"] for _, value in values if "author" in value],
            gate=(said.body.get("threadgate") or {}).get("record"),
            reply_disabled=bool((opening or {}).get("viewer", {}).get("replyDisabled")),
        )

    async def posts(self, uris: Sequence[str]) -> Sequence[Mapping[str, Any]]:
        """Return the views of up to 25 posts; those that are not shown to us are left out."""
        said = await self._ask("app.bsky.feed.getPosts", {"uris": list(uris)})
        return [post for post in said.body.get("posts", ()) if isinstance(post, Mapping)]

    async def shown(self, uris: Sequence[str]) -> frozenset[str]:
        """Return which of up to 25 posts are shown to us."""
        return frozenset(str(post.get("uri")) for post in await self.posts(uris))

    async def _ask(self, method: str, params: Mapping[str, Any]) -> Said:
        return _sound(await self._answer(method, params))

    async def _answer(self, method: str, params: Mapping[str, Any]) -> Said:
        said = await self._account.get(method, params)
        if said.lacks_view:
            raise NoView(f"the AppView does not answer: {said.error} {said.message}"[:200])
        return said


def _sound(said: Said) -> Said:
    if not said.is_success:
        raise trouble(said, now=time.time(), writing=False)
    return said
