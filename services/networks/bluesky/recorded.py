"""Tells from the records of all sides why a reply would not be seen, where no AppView can."""

from typing import Literal

from services.networks.bluesky.gate import GateRule, gate_uri, read_gate
from services.networks.bluesky.records import BLOCK, Uri, parse_uri
from services.networks.bluesky.repos import Record, Repos
from services.networks.bluesky.said import read_post

WhyNot = Literal["blocked", "locked", "hidden"]
FOLLOW = "app.bsky.graph.follow"
MEMBER = "app.bsky.graph.listitem"


async def why_unanswerable(repos: Repos, uri: Uri, record: Record, ours: str) -> WhyNot | None:
    """Return why nobody would see a reply of ours to this post, None when everybody would.

    A post of our own is looked at as the reply that it is. Blocks by way of lists are not seen.
    """
    post = read_post(record.value)
    reply = post.reply if post is not None else None
    root = (parse_uri(reply.root.uri) if reply is not None else None) or uri
    parent = (parse_uri(reply.parent.uri) if reply is not None else None) or uri
    others = {one.did for one in (uri, root, parent)} - {ours}
    for did in sorted(others):
        if await _names(repos, did, BLOCK, ours) or await _names(repos, ours, BLOCK, did):
            return "blocked"
    opening = record if root == uri else await repos.find(root)
    if opening is None:
        return "locked"
    gate = await repos.find(gate_uri(root))
    rule = read_gate(gate.value if gate is not None else None)
    if str(uri) in rule.hidden:
        return "hidden"
    if root.did == ours or await _lets_in(repos, rule, opening, root.did, ours):
        return None
    return "locked"


async def _lets_in(repos: Repos, rule: GateRule, opening: Record, owner: str, ours: str) -> bool:
    if rule.allow is None:
        return True
    post = read_post(opening.value)
    if "mentionRule" in rule.allow and post is not None and ours in post.mentioned:
        return True
    if "followingRule" in rule.allow and await _names(repos, owner, FOLLOW, ours):
        return True
    if "followerRule" in rule.allow and await _names(repos, ours, FOLLOW, owner):
        return True
    for address in rule.lists:
        listed = parse_uri(address)
        if listed is not None and await _names(repos, listed.did, MEMBER, ours, address):
            return True
    return False


async def _names(repos: Repos, did: str, collection: str, subject: str, listed: str = "") -> bool:
    """Tell whether an account's collection holds a record about the subject."""
    async for _, value in repos.each(did, collection):
        if value.get("subject") == subject and value.get("list", "") == listed:
            return True
    return False
