"""What can be watched on each network, and how people write its address. Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from schemas.inbound import Relation
from services.kit.addresses import parts_of

TargetKind = Literal["account", "hashtag", "search", "feed"]
UnfitCode = Literal["network", "empty", "long", "hashtag", "search", "handle", "channel", "feed"]

_LONGEST = 500
_TAG = re.compile(r"#[^\s#]{1,100}")
_BLUESKY = re.compile(r"(did:[a-z]+:[A-Za-z0-9._:%-]+|([A-Za-z0-9-]+\.)+[A-Za-z][A-Za-z0-9-]*)")
_MASTODON = re.compile(r"[A-Za-z0-9_.-]+(@[A-Za-z0-9.-]+\.[A-Za-z]+)?")
_CHANNEL = re.compile(r"UC[A-Za-z0-9_-]{22}|@[\w.·-]{3,100}")
_PAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_SEARCH = re.compile(r"(?:search|suche):\s*(.+)", re.IGNORECASE | re.DOTALL)


class UnfitTarget(ValueError):
    """What was written cannot be watched; `code` says why, the message names what was written."""

    def __init__(self, code: UnfitCode, written: str) -> None:
        super().__init__(f"{code}: {written[:100]}")
        self.code = code
        self.written = written[:100]


@dataclass(frozen=True)
class Target:
    """A page, hashtag, search or feed on one network."""

    network: str
    kind: TargetKind
    address: str
    name: str = ""
    relation: Relation = "news"

    @property
    def host(self) -> str:
        """Whose patience a visit costs: the web server of a feed, else the network."""
        if self.kind == "feed":
            return (parts_of(self.address).hostname or self.network).lower()
        return self.network


def read_target(network: str, written: str) -> Target:
    """Return what an address means on a network; raises UnfitTarget.

    `#word` is a hashtag and `search: words` a search, where the network has them; everything else
    is an account, as its handle or as the address of its profile.
    """
    network = _ALIASES.get(network.strip().lower(), network.strip().lower())
    address = " ".join(written.split())
    if network not in _ACCOUNTS:
        raise UnfitTarget("network", network)
    if not address:
        raise UnfitTarget("empty", "")
    if len(address) > _LONGEST:
        raise UnfitTarget("long", address)
    if address.startswith("#"):
        if network not in _TALKS or not _TAG.fullmatch(address):
            raise UnfitTarget("hashtag", address)
        return Target(network, "hashtag", address.lower())
    if found := _SEARCH.fullmatch(address):
        if network not in _TALKS:
            raise UnfitTarget("search", address)
        return Target(network, "search", found[1].strip())
    return _ACCOUNTS[network](address)


def _bluesky(address: str) -> Target:
    handle = address.removeprefix("https://bsky.app/profile/").strip("/").removeprefix("@")
    if not _BLUESKY.fullmatch(handle):
        raise UnfitTarget("handle", address)
    return Target("bluesky", "account", handle if handle.startswith("did:") else handle.lower())


def _mastodon(address: str) -> Target:
    parts = parts_of(address)
    if parts.scheme == "https" and parts.hostname and parts.path.startswith("/@"):
        name = parts.path.removeprefix("/@").strip("/")
        address = name if "@" in name else f"{name}@{parts.hostname}"
    handle = address.removeprefix("@")
    if not _MASTODON.fullmatch(handle):
        raise UnfitTarget("handle", address)
    return Target("mastodon", "account", handle.lower())


def _youtube(address: str) -> Target:
    parts = parts_of(address)
    if parts.hostname and parts.hostname.removeprefix("www.") == "youtube.com":
        address = parts.path.strip("/").removeprefix("channel/").split("/")[0]
    if not _CHANNEL.fullmatch(address):
        raise UnfitTarget("channel", address)
    return Target("youtube", "account", address)


def _feed(address: str) -> Target:
    parts = parts_of(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
        raise UnfitTarget("feed", parts.hostname or address)
    return Target("feeds", "feed", address)


def _sandbox(address: str) -> Target:
    if not _PAGE.fullmatch(address):
        raise UnfitTarget("handle", address)
    return Target("sandbox", "account", address)


_ALIASES: Mapping[str, str] = {"rss": "feeds", "atom": "feeds", "feed": "feeds"}
_TALKS = frozenset({"bluesky", "mastodon"})
"""Networks with hashtags and searches."""
_ACCOUNTS: Mapping[str, Callable[[str], Target]] = {
    "bluesky": _bluesky,
    "mastodon": _mastodon,
    "youtube": _youtube,
    "feeds": _feed,
    "sandbox": _sandbox,
}
WATCHABLE: Mapping[str, str] = {
    "bluesky": "Bluesky",
    "mastodon": "Mastodon",
    "youtube": "YouTube",
    "feeds": "RSS, Atom",
    "sandbox": "Sandbox",
}
"""Networks whose pages can be watched, with the name that people see."""
