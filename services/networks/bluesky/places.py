"""Looks up whose thread a comment stands in: from the AppView, else from the repositories."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, TypeVar

from services.networks.bluesky.account import Account
from services.networks.bluesky.mapping import Thread
from services.networks.bluesky.outcome import Said
from services.networks.bluesky.records import PROFILE, Uri
from services.networks.bluesky.repos import Repos
from services.networks.bluesky.said import Post, Who, who_is
from services.networks.network import NetworkError

MOST = 2000

Kept = TypeVar("Kept")


class Places:
    """Remembers accounts and opening posts as long as the process lives; both may be unknown."""

    def __init__(self, account: Account, repos: Repos) -> None:
        self._account = account
        self._repos = repos
        self._people: OrderedDict[str, Who] = OrderedDict()
        self._texts: OrderedDict[str, str] = OrderedDict()

    async def who(self, did: str) -> Who:
        """Return how an account is called; only its DID where nobody tells."""
        if (known := self._people.get(did)) is not None:
            return known
        try:
            found = await self._asked(did)
        except NetworkError:
            return Who(did)
        self.met(found)
        return found

    async def thread(self, root: Uri) -> Thread:
        """Return a thread's opening post and its owner."""
        text = self._texts.get(str(root))
        if text is None:
            try:
                record = await self._repos.find(root)
            except NetworkError:
                return Thread(root, await self.who(root.did))
            text = str(record.value.get("text", "")) if record is not None else ""
            _keep(self._texts, str(root), text)
        return Thread(root, await self.who(root.did), text)

    def met(self, who: Who | None) -> None:
        """Remember an account that was shown to us."""
        if who is not None:
            _keep(self._people, who.did, who)

    def saw(self, post: Post) -> None:
        """Remember a post that was shown to us, and its author."""
        self.met(post.who)
        if post.record.reply is None:
            _keep(self._texts, str(post.uri), post.record.text)

    def forget(self, did: str) -> None:
        """Ask anew when an account is met again: its name changed."""
        self._people.pop(did, None)

    async def _asked(self, did: str) -> Who:
        said = await self._account.get("app.bsky.actor.getProfile", {"actor": did})
        if said.is_success:
            return who_is(said.body) or Who(did)
        described = await self._account.get("com.atproto.repo.describeRepo", {"repo": did})
        handle = _text(described.body, "handle") if _is_sound(described) else ""
        profile = await self._repos.find(Uri(did, PROFILE, "self"))
        name = _text(profile.value, "displayName") if profile is not None else ""
        return Who(did, handle, name)


def _is_sound(described: Said) -> bool:
    return described.is_success and described.body.get("handleIsCorrect") is not False


def _text(said: Mapping[str, Any], name: str) -> str:
    return str(said.get(name) or "")[:300]


def _keep(kept: OrderedDict[str, Kept], name: str, value: Kept) -> None:
    kept[name] = value
    kept.move_to_end(name)
    while len(kept) > MOST:
        kept.popitem(last=False)
