"""The records of one PDS, read anew where they changed, by what they mean."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import httpx

from services.networks.bluesky.records import BLOCK, GATE, POST, PROFILE
from services.networks.bluesky.said import read_post

Json = dict[str, Any]


class Lacking(Exception):
    """What was asked for is not there."""


@dataclass
class _Repo:
    rev: str
    handle: str
    records: dict[str, list[Json]] = field(default_factory=dict)

    def of(self, collection: str) -> list[Json]:
        return self.records.get(collection, [])


class Index:
    """Every account that is active, and what it wrote."""

    def __init__(self, url: str, client: httpx.AsyncClient) -> None:
        self._url = f"{url}/xrpc/"
        self._client = client
        self._repos: dict[str, _Repo] = {}

    async def refresh(self) -> None:
        """Read the repositories that changed since."""
        for one in (await self._get("com.atproto.sync.listRepos", limit=1000))["repos"]:
            did = one["did"]
            if not one["active"]:
                self._repos.pop(did, None)
            elif did not in self._repos or self._repos[did].rev != one["rev"]:
                self._repos[did] = await self._read(did, one["rev"])

    def all_posts(self) -> Iterable[Json]:
        return (post for repo in self._repos.values() for post in repo.of(POST))

    def posts_of(self, did: str) -> list[Json]:
        """Return an account's posts, the newest first."""
        return self._repo(did).of(POST)

    def post(self, uri: str) -> Json:
        found = [post for post in self._repo(did_of(uri)).of(POST) if post["uri"] == uri]
        if not found:
            raise Lacking(uri)
        return found[0]

    def names(self, did: str) -> Json:
        """Return how an account is called."""
        repo = self._repo(did)
        names = [one["value"].get("displayName") for one in repo.of(PROFILE)]
        return {"handle": repo.handle, **({"displayName": names[0]} if names else {})}

    def labels(self, did: str) -> list[Json]:
        """Return how an account labels itself."""
        values = [
            one["val"]
            for profile in self._repo(did).of(PROFILE)
            for one in profile["value"].get("labels", {}).get("values", [])
        ]
        return [{"src": did, "val": value} for value in values]

    def gate(self, root: str) -> Json | None:
        """Return the gate of a thread, None where there is none."""
        repo = self._repos.get(did_of(root))
        gates = repo.of(GATE) if repo is not None else []
        return next((one for one in gates if one["value"]["post"] == root), None)

    def block(self, by: str, whom: str) -> str | None:
        """Return the record by which one account blocks another."""
        repo = self._repos.get(by)
        blocks = repo.of(BLOCK) if repo is not None else []
        return next((one["uri"] for one in blocks if one["value"]["subject"] == whom), None)

    def parted(self, did: str, viewer: str) -> bool:
        return bool(self.block(did, viewer) or self.block(viewer, did))

    def records(self, did: str, collection: str) -> list[Json]:
        """Return what an account wrote into a collection."""
        return self._repo(did).of(collection)

    def known(self) -> list[str]:
        """Return every active account."""
        return list(self._repos)

    def _repo(self, did: str) -> _Repo:
        if did not in self._repos:
            raise Lacking(did)
        return self._repos[did]

    async def _read(self, did: str, rev: str) -> _Repo:
        described = await self._get("com.atproto.repo.describeRepo", repo=did)
        repo = _Repo(rev, described["handle"])
        for collection in described["collections"]:
            said = await self._get(
                "com.atproto.repo.listRecords", repo=did, collection=collection, limit=100
            )
            sound = _is_sound if collection == POST else bool
            repo.records[collection] = [one for one in said["records"] if sound(one["value"])]
        return repo

    async def _get(self, method: str, **params: str | int) -> Json:
        answer = await self._client.get(self._url + method, params=params)
        assert answer.is_success, answer.text
        return dict(answer.json())


def did_of(uri: str) -> str:
    return uri.split("/")[2]


def root_of(post: Json) -> str:
    reply = post["value"].get("reply")
    return str(reply["root"]["uri"]) if reply else str(post["uri"])


def parent_of(post: Json) -> str:
    return str(post["value"].get("reply", {}).get("parent", {}).get("uri", ""))


def _is_sound(value: Json) -> bool:
    """Tell whether a post keeps its lexicon; the real AppView does not index others either."""
    facets, embed = value.get("facets", []), value.get("embed", {})
    return (
        read_post(value) is not None
        and isinstance(value["createdAt"], str)
        and isinstance(embed, dict)
        and all(isinstance(one, dict) and isinstance(one["features"], list) for one in facets)
    )
