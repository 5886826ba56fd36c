"""Makes our reply's record and puts it under the key of its approval."""

from collections.abc import Mapping
from typing import Any

from services.networks.bluesky.account import Account
from services.networks.bluesky.records import POST, Uri, parse_uri, post_url, reply_key, written
from services.networks.bluesky.repos import Record, Repos, Swapped
from services.networks.bluesky.richtext import facets, mentioned_handles
from services.networks.bluesky.said import read_post
from services.networks.network import OutcomeUnknown, Outgoing, Posted, Refused


class Posting:
    """Posts create-only: whatever is tried again finds the first try."""

    def __init__(self, account: Account, repos: Repos) -> None:
        self._account = account
        self._repos = repos

    async def post(self, outgoing: Outgoing) -> Posted:
        """Write the reply once; raises Temporary, OutcomeUnknown or Refused."""
        session = await self._account.session()
        parent = parse_uri(outgoing.parent_id)
        above = await self._repos.find(parent) if parent is not None else None
        if parent is None or above is None:
            raise Refused("the post to be answered is gone", code="gone")
        value = self._record(outgoing, above, await self._dids_in(outgoing.text))
        uri = _uri(outgoing, session.did)
        try:
            await self._repos.put(POST, uri.rkey, value, over=None)
        except Swapped:
            return await self._what_stands(outgoing)
        return _posted(uri, value, outgoing)

    async def find(self, outgoing: Outgoing) -> Posted | None:
        """Return our reply if it stands; None when nothing or something else has its key."""
        session = await self._account.session()
        uri = _uri(outgoing, session.did)
        record = await self._repos.find(uri)
        if record is None or not _is_ours(record, outgoing):
            return None
        return _posted(uri, record.value, outgoing)

    async def _what_stands(self, outgoing: Outgoing) -> Posted:
        """Return the reply of an earlier try; its key may be somebody else's by misuse only."""
        found = await self.find(outgoing)
        if found is None:
            session = await self._account.session()
            if await self._repos.find(_uri(outgoing, session.did)) is None:
                raise OutcomeUnknown("the reply stood and is gone again")
            raise Refused("another record has the key of this approval", code="invalid")
        return found

    async def _dids_in(self, text: str) -> Mapping[str, str]:
        """Return the DIDs of the accounts mentioned; one that nobody knows stays plain text."""
        dids: dict[str, str] = {}
        for handle in sorted(mentioned_handles(text)):
            did = await resolve_handle(self._account, handle)
            if did is not None:
                dids[handle] = did
        return dids

    def _record(self, outgoing: Outgoing, above: Record, dids: Mapping[str, str]) -> dict[str, Any]:
        """Return the record, the same one at each try as long as the parent stands unchanged."""
        parent = {"uri": outgoing.parent_id, "cid": above.cid}
        post = read_post(above.value)
        root = post.reply.root.model_dump() if post is not None and post.reply else parent
        value: dict[str, Any] = {
            "$type": POST,
            "text": outgoing.text,
            "createdAt": written(outgoing.approved_at),
            "reply": {"root": root, "parent": parent},
        }
        if outgoing.language != "und":
            value["langs"] = [outgoing.language]
        if found := facets(outgoing.text, dids):
            value["facets"] = found
        return value


async def resolve_handle(account: Account, actor: str) -> str | None:
    """Return the DID of a handle or a DID, None when nobody has this name; raises Temporary."""
    actor = actor.removeprefix("@")
    if actor.startswith("did:"):
        return actor
    said = await account.xrpc.get("com.atproto.identity.resolveHandle", {"handle": actor.lower()})
    did = said.body.get("did") if said.is_success else None
    return str(did) if did else None


def _uri(outgoing: Outgoing, did: str) -> Uri:
    return Uri(did, POST, reply_key(outgoing.key, outgoing.approved_at))


def _is_ours(record: Record, outgoing: Outgoing) -> bool:
    post = read_post(record.value)
    parent = post.reply.parent.uri if post is not None and post.reply else None
    return post is not None and (parent, post.text) == (outgoing.parent_id, outgoing.text)


def _posted(uri: Uri, value: Mapping[str, Any], outgoing: Outgoing) -> Posted:
    return Posted(
        native_id=str(uri),
        url=post_url(uri),
        text=str(value.get("text", "")),
        visibility="public",
        posted_at=outgoing.approved_at,
    )
