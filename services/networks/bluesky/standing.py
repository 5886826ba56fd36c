"""How a comment stands for somebody outside: what the AppView shows, else what records tell."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.networks.bluesky.account import Account
from services.networks.bluesky.outcome import Said, trouble
from services.networks.bluesky.recorded import WhyNot, why_unanswerable
from services.networks.bluesky.records import Uri
from services.networks.bluesky.repos import Record, Repos
from services.networks.bluesky.said import read_post
from services.networks.network import Standing

_DEFS = "app.bsky.unspecced.defs#"


@dataclass(frozen=True)
class Shown:
    """What the AppView shows us of a post and the posts above it."""

    revision: str = ""
    text: str = ""
    why_not: WhyNot | None = None
    missing: bool = False


class Standings:
    """Reads how a comment stands, for the account that would reply."""

    def __init__(self, account: Account, repos: Repos) -> None:
        self._account = account
        self._repos = repos

    async def of(self, uri: Uri) -> Standing | None:
        """Return how a post stands; None when nobody else sees it, ours included."""
        ours = (await self._account.session()).did
        said = await self._account.get(
            "app.bsky.unspecced.getPostThreadV2",
            {"anchor": str(uri), "above": True, "below": 0},
        )
        if said.is_success:
            return await self._as_shown(uri, read_shown(said), ours)
        if said.error == "NotFound":
            return None
        if not said.lacks_view:
            raise trouble(said, now=time.time(), writing=False)
        return await self._as_recorded(uri, ours)

    async def _as_shown(self, uri: Uri, shown: Shown, ours: str) -> Standing | None:
        if shown.missing or (uri.did == ours and shown.why_not is not None):
            return None
        if not shown.revision:
            record = await self._repos.find(uri)
            return _standing(uri, record, shown.why_not) if record is not None else None
        record = Record(shown.revision, {"text": shown.text})
        return _standing(uri, record, shown.why_not)

    async def _as_recorded(self, uri: Uri, ours: str) -> Standing | None:
        record = await self._repos.find(uri)
        if record is None:
            return None
        why_not = await why_unanswerable(self._repos, uri, record, ours)
        if uri.did == ours and why_not is not None:
            return None
        return _standing(uri, record, why_not)


def read_shown(said: Said) -> Shown:
    """Read an answer of getPostThreadV2 whose anchor is the post. Pure."""
    items = {
        int(item.get("depth", 0)): item
        for item in said.body.get("thread", ())
        if int(item.get("depth", 0)) <= 0
    }
    anchor = _value(items.get(0))
    kind = _kind(anchor)
    if kind == "threadItemBlocked":
        return Shown(why_not="blocked")
    if kind != "threadItemPost":
        return Shown(missing=True)
    post = anchor.get("post", {})
    record = post.get("record", {})
    return Shown(
        revision=str(post.get("cid", "")),
        text=str(record.get("text", "")),
        why_not=_why_not(anchor, post, items),
    )


def _why_not(
    anchor: Mapping[str, Any], post: Mapping[str, Any], items: Mapping[int, Mapping[str, Any]]
) -> WhyNot | None:
    viewer = post.get("author", {}).get("viewer", {})
    if viewer.get("blockedBy") or viewer.get("blocking") or viewer.get("blockingByList"):
        return "blocked"
    above = [_kind(_value(item)) for depth, item in sorted(items.items()) if depth < 0]
    if "threadItemBlocked" in above:
        return "blocked"
    if anchor.get("hiddenByThreadgate"):
        return "hidden"
    if post.get("viewer", {}).get("replyDisabled") or _lost_its_root(post, items):
        return "locked"
    return None


def _lost_its_root(post: Mapping[str, Any], items: Mapping[int, Mapping[str, Any]]) -> bool:
    """Tell whether the opening post is gone; a comment in between may be without harm."""
    top = items[min(items)]
    record = read_post(post.get("record", {}))
    root = record.reply.root.uri if record is not None and record.reply is not None else None
    return _kind(_value(top)) == "threadItemNotFound" and top.get("uri") == root


def _value(item: Mapping[str, Any] | None) -> Mapping[str, Any]:
    value = (item or {}).get("value")
    return value if isinstance(value, Mapping) else {}


def _kind(value: Mapping[str, Any]) -> str:
    return str(value.get("$type", "")).removeprefix(_DEFS)


def _standing(uri: Uri, record: Record, why_not: WhyNot | None) -> Standing:
    return Standing(
        native_id=str(uri),
        revision=record.cid,
        text=str(record.value.get("text", "")),
        visibility="public",
        can_reply=why_not is None,
        why_not=why_not,
    )
