"""The real PDS with its directory, one a test session, and people with accounts on it."""

import json
import os
import secrets
import shutil
import socket
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.networks.bluesky.records import BLOCK, GATE, POST, parse_uri, tid
from tests.conftest import require

HERE = Path(__file__).parent / "bluesky"
PASSWORD = "own-password"


def modules() -> Path:
    """Return where `install.sh` puts the servers."""
    given = os.environ.get("DIALOGWERK_TEST_PDS")
    return Path(given) if given else Path.home() / ".cache/dialogwerk-test/pds"


def _is_installed() -> bool:
    installed = modules() / "installed-lock.json"
    wanted = (HERE / "package-lock.json").read_bytes()
    return installed.is_file() and installed.read_bytes() == wanted


@dataclass(frozen=True)
class Pds:
    """A running PDS; `view_port` is where it looks for its AppView."""

    url: str
    view_port: int
    process: "subprocess.Popen[str]"
    reserved: socket.socket

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
        self.reserved.close()


def start_pds(data: Path, *, rate_limits: bool = False) -> Pds:
    """Start a PDS on loopback; nobody answers as its AppView until a test does."""
    require(
        _is_installed() and shutil.which("node") is not None,
        "the Bluesky PDS is not installed: run tests/networks/bluesky/install.sh (Node 20)",
    )
    reserved = socket.socket()
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    reserved.bind(("127.0.0.1", 0))
    port = reserved.getsockname()[1]
    options = {
        "modules": str(modules()),
        "data": str(data),
        "appView": f"http://127.0.0.1:{port}",
        "rateLimits": rate_limits,
    }
    process = subprocess.Popen(
        ["node", str(HERE / "start.cjs"), json.dumps(options)],
        env={**os.environ, "LOG_ENABLED": "false"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, "the PDS did not start"
    return Pds(json.loads(line)["pds"], port, process, reserved)


_RUNNING = pytest.StashKey[Pds]()


def the_pds(request: pytest.FixtureRequest, factory: pytest.TempPathFactory) -> Pds:
    """Return the session's PDS; the first who asks starts it."""
    stash = request.config.stash
    if _RUNNING not in stash:
        stash[_RUNNING] = started = start_pds(factory.mktemp("pds"))
        request.config.add_cleanup(started.stop)
    return stash[_RUNNING]


@dataclass(frozen=True)
class Person:
    """Somebody with an account of their own."""

    did: str
    handle: str
    token: str
    client: httpx.AsyncClient
    url: str

    async def call(self, method: str, body: object = None) -> dict[str, Any]:
        """Tell the PDS something; anything but success fails the test."""
        answer = await self.client.post(
            f"{self.url}/xrpc/{method}",
            json=body,
            headers={"Authorization": f"Bearer {self.token}"},
        )
        assert answer.is_success, answer.text
        return dict(answer.json()) if answer.content else {}

    async def put(self, collection: str, rkey: str, record: Mapping[str, Any]) -> dict[str, str]:
        """Write a record; gives its strong reference."""
        body = {"repo": self.did, "collection": collection, "rkey": rkey, "record": dict(record)}
        said = await self.call("com.atproto.repo.putRecord", body)
        return {"uri": said["uri"], "cid": said["cid"]}

    async def remove(self, uri: str) -> None:
        named = parse_uri(uri)
        assert named is not None
        body = {"repo": self.did, "collection": named.collection, "rkey": named.rkey}
        await self.call("com.atproto.repo.deleteRecord", body)

    async def records(self, collection: str = POST) -> list[dict[str, Any]]:
        """Return the records of a collection, the oldest first."""
        answer = await self.client.get(
            f"{self.url}/xrpc/com.atproto.repo.listRecords",
            params={"repo": self.did, "collection": collection, "limit": 100, "reverse": True},
        )
        return list(answer.json()["records"])

    async def post(
        self,
        text: str,
        *,
        under: Mapping[str, str] | None = None,
        root: Mapping[str, str] | None = None,
        **more: object,
    ) -> dict[str, str]:
        """Write a post, under another one where given; gives its strong reference."""
        record: dict[str, Any] = {
            "$type": POST, "text": text, "createdAt": stamp(), "langs": ["de"], **more,
        }  # fmt: skip
        if under is not None:
            record["reply"] = {"root": dict(root or under), "parent": dict(under)}
        return await self.put(POST, fresh_key(), record)

    async def edit(self, uri: str, text: str) -> dict[str, str]:
        """Change a post's text; gives its new strong reference."""
        named = parse_uri(uri)
        assert named is not None
        record = next(one["value"] for one in await self.records() if one["uri"] == uri)
        return await self.put(POST, named.rkey, {**record, "text": text})

    async def block(self, other: "Person") -> str:
        record = {"$type": BLOCK, "subject": other.did, "createdAt": stamp()}
        return (await self.put(BLOCK, fresh_key(), record))["uri"]

    async def gate(
        self,
        post: Mapping[str, str],
        *,
        allow: Sequence[Mapping[str, str]] | None = None,
        hidden: Sequence[str] = (),
    ) -> None:
        """Say who may reply to a post of theirs; `allow=()` is nobody."""
        named = parse_uri(post["uri"])
        assert named is not None
        record: dict[str, Any] = {"$type": GATE, "post": post["uri"], "createdAt": stamp()}
        if allow is not None:
            record["allow"] = [dict(rule) for rule in allow]
        if hidden:
            record["hiddenReplies"] = list(hidden)
        await self.put(GATE, named.rkey, record)

    async def leave(self) -> None:
        """Deactivate the account."""
        await self.call("com.atproto.server.deactivateAccount", {})

    async def app_password(self) -> str:
        body = {"name": secrets.token_hex(4)}
        return str((await self.call("com.atproto.server.createAppPassword", body))["password"])


async def join(pds: Pds, client: httpx.AsyncClient, name: str = "gast") -> Person:
    """Open an account."""
    handle = f"{name}-{secrets.token_hex(4)}.test"
    answer = await client.post(
        f"{pds.url}/xrpc/com.atproto.server.createAccount",
        json={"handle": handle, "email": f"{handle}@example.org", "password": PASSWORD},
    )
    assert answer.is_success, answer.text
    said = answer.json()
    return Person(said["did"], handle, said["accessJwt"], client, pds.url)


def stamp() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def fresh_key() -> str:
    return tid(datetime.now(UTC), secrets.randbelow(1024))
