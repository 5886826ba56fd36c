"""Reads and writes records in repositories: the PDS's own, or what it is told of others."""

import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from services.networks.bluesky.account import Account
from services.networks.bluesky.outcome import Said, trouble
from services.networks.bluesky.records import Uri
from services.networks.network import Refused

PAGE = 100
MOST_PAGES = 20
_GONE = frozenset({"RepoDeactivated", "RepoTakendown", "RepoSuspended"})


@dataclass(frozen=True)
class Record:
    """A record in one revision."""

    cid: str
    value: Mapping[str, Any]


class Swapped(Exception):
    """The record was not in the expected revision; nothing was written."""


class Repos:
    """Any repository that our PDS holds or hears of; ours for writing."""

    def __init__(self, account: Account) -> None:
        self._account = account

    async def find(self, uri: Uri) -> Record | None:
        """Return a record, None when it or its whole repository is gone; raises Temporary."""
        said = await self._account.xrpc.get(
            "com.atproto.repo.getRecord",
            {"repo": uri.did, "collection": uri.collection, "rkey": uri.rkey},
        )
        if said.is_success:
            value = said.body.get("value")
            return Record(str(said.body.get("cid")), value if isinstance(value, Mapping) else {})
        if said.is_gone or (said.lacks_view and await self._is_shut(uri.did)):
            return None
        raise _trouble(said)

    async def each(self, did: str, collection: str) -> AsyncIterator[tuple[Uri, Mapping[str, Any]]]:
        """Yield the newest records of a collection, at most two thousand."""
        cursor = ""
        for _ in range(MOST_PAGES):
            said = await self._account.xrpc.get(
                "com.atproto.repo.listRecords",
                {
                    "repo": did,
                    "collection": collection,
                    "limit": PAGE,
                    **({"cursor": cursor} if cursor else {}),
                },
            )
            if not said.is_success:
                if said.is_gone:
                    return
                raise _trouble(said)
            for one in said.body.get("records", ()):
                rkey = str(one["uri"]).rpartition("/")[2]
                yield Uri(did, collection, rkey), one["value"]
            cursor = str(said.body.get("cursor") or "")
            if not cursor:
                return

    async def put(
        self, collection: str, rkey: str, value: Mapping[str, Any], *, over: str | None
    ) -> Record:
        """Write a record of ours over the revision `over`, None: only if there is none.

        Raises Swapped, Temporary, OutcomeUnknown or Refused.
        """
        session = await self._account.session()
        said = await self._account.post(
            "com.atproto.repo.putRecord",
            {
                "repo": session.did,
                "collection": collection,
                "rkey": rkey,
                "record": value,
                "swapRecord": over,
            },
        )
        if said.error == "InvalidSwap":
            raise Swapped
        if not said.is_success:
            raise _trouble(said, writing=True)
        return Record(str(said.body.get("cid")), value)

    async def remove(self, uri: Uri) -> None:
        """Delete a record of ours; one that is not there is no error."""
        session = await self._account.session()
        if uri.did != session.did:
            raise Refused("this is a record of another account", code="scope")
        said = await self._account.post(
            "com.atproto.repo.deleteRecord",
            {"repo": uri.did, "collection": uri.collection, "rkey": uri.rkey},
        )
        if not said.is_success:
            raise _trouble(said, writing=True)

    async def _is_shut(self, did: str) -> bool:
        """Tell whether a repository is deactivated: its records look as if they were elsewhere."""
        said = await self._account.xrpc.get("com.atproto.repo.describeRepo", {"repo": did})
        return said.error in _GONE


def _trouble(said: Said, *, writing: bool = False) -> Exception:
    return trouble(said, now=time.time(), writing=writing)
