"""Threadgates (app.bsky.feed.threadgate): who may reply, and which replies are hidden. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.networks.bluesky.records import GATE, Uri

MOST_HIDDEN = 300
_RULE = "app.bsky.feed.threadgate#"


@dataclass(frozen=True)
class GateRule:
    """What a gate asks of who replies; None for `allow` lets everybody in, () nobody."""

    allow: tuple[str, ...] | None = None
    """Names of the rules, without their prefix."""
    lists: tuple[str, ...] = ()
    """At-uris of the lists whose members may reply."""
    hidden: tuple[str, ...] = ()

    @property
    def closed(self) -> bool:
        """True when nobody but the thread's owner may reply."""
        return self.allow == ()


OPEN = GateRule()


def gate_uri(root: Uri) -> Uri:
    """Return where a thread's gate lies: beside its opening post, under the same key."""
    return Uri(root.did, GATE, root.rkey)


def read_gate(record: Mapping[str, Any] | None) -> GateRule:
    """Return what a gate's record says; no record is an open gate."""
    if record is None:
        return OPEN
    allow = _listed(record.get("allow"))
    rules = None if allow is None else [one for one in allow if isinstance(one, Mapping)]
    return GateRule(
        allow=None
        if rules is None
        else tuple(str(one.get("$type", "")).removeprefix(_RULE) for one in rules),
        lists=tuple(str(one["list"]) for one in rules or () if "list" in one),
        hidden=tuple(str(uri) for uri in _listed(record.get("hiddenReplies")) or ()),
    )


def _listed(value: object) -> Sequence[Any] | None:
    return value if isinstance(value, Sequence) and not isinstance(value, str) else None


def with_hidden(
    record: Mapping[str, Any] | None, root: Uri, uri: str, *, hidden: bool, now: str
) -> dict[str, Any] | None:
    """Return the gate's new record, None when the reply stands as wanted already.

    Raises ValueError when no more replies can be hidden in this thread.
    """
    before = list(read_gate(record).hidden)
    if (uri in before) == hidden:
        return None
    after = [*before, uri] if hidden else [one for one in before if one != uri]
    if len(after) > MOST_HIDDEN:
        raise ValueError(f"at most {MOST_HIDDEN} replies of a thread can be hidden")
    fresh = {"$type": GATE, "post": str(root), "createdAt": now}
    return {**fresh, **(record or {}), "hiddenReplies": after}
