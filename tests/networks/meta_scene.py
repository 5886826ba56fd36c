"""Connections to the small Graph server, and Meta's calls as Meta sends and signs them."""

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from pydantic import SecretStr

from services.networks.keeper import InMemoryKeeper
from services.networks.meta.facebook import FacebookPage
from services.networks.meta.hook import HEADER, signature
from services.networks.meta.instagram import InstagramAccount
from services.networks.meta.settings import FacebookPageSettings, InstagramSettings
from tests.networks.conftest import running
from tests.networks.meta_graph import ACCOUNT, APP_ID, APP_SECRET, PAGE, TOKEN, GraphServer
from tests.networks.wire import Wire, wire_to

OLD_SECRET = "the app's former secret"
WORD = "a long random word"


def app_settings(address: str, **changes: Any) -> dict[str, Any]:
    return {
        "app_id": APP_ID,
        "app_secret": SecretStr(APP_SECRET),
        "previous_app_secret": SecretStr(OLD_SECRET),
        "verify_token": SecretStr(WORD),
        "access_token": SecretStr(TOKEN),
        "address": address,
        **changes,
    }


def facebook_page(
    address: str, client: httpx.AsyncClient | None = None, *, page_id: str = PAGE, **changes: Any
) -> FacebookPage:
    timings = _timings(changes)
    settings = FacebookPageSettings(page_id=page_id, **app_settings(address, **changes))
    return FacebookPage(
        settings, InMemoryKeeper(), connection=f"facebook:{page_id}", client=client, **timings
    )


def instagram_account(
    address: str, client: httpx.AsyncClient | None = None, **changes: Any
) -> InstagramAccount:
    timings = _timings(changes)
    settings = InstagramSettings(
        account_id=ACCOUNT, page_id=PAGE, **app_settings(address, **changes)
    )
    return InstagramAccount(
        settings, InMemoryKeeper(), connection=f"instagram:{ACCOUNT}", client=client, **timings
    )


def _timings(changes: dict[str, Any]) -> dict[str, Any]:
    """Take out of the settings' changes what the constructor takes."""
    names = ("interval", "patience", "root_patience", "now")
    return {"interval": 0.02} | {name: changes.pop(name) for name in names if name in changes}


@dataclass
class MetaScene:
    """A Graph server behind a wire with faults, and one client for all connections."""

    server: GraphServer
    wire: Wire
    client: httpx.AsyncClient

    def page(self, **changes: Any) -> FacebookPage:
        return facebook_page(self.wire.url, self.client, **changes)

    def account(self, **changes: Any) -> InstagramAccount:
        return instagram_account(self.wire.url, self.client, **changes)


@asynccontextmanager
async def meta_scene() -> AsyncIterator[MetaScene]:
    server = GraphServer()
    async with (
        running(server.app) as url,
        wire_to(url) as wire,
        httpx.AsyncClient(trust_env=False, timeout=30) as client,
    ):
        yield MetaScene(server, wire, client)


def call(*entries: dict[str, Any], kind: str = "page") -> bytes:
    """Return the body of a call at our door."""
    return json.dumps({"object": kind, "entry": list(entries)}).encode()


def signed(body: bytes, secret: str = APP_SECRET) -> dict[str, str]:
    return {HEADER: signature(secret, body)}


def entry(
    *values: dict[str, Any], owner: str = PAGE, field: str = "feed", at: float | None = None
) -> dict[str, Any]:
    moment = int(time.time()) if at is None else at
    changes = [{"field": field, "value": value} for value in values]
    return {"id": owner, "time": moment, "changes": changes}


def feed_value(server: GraphServer, comment_id: str, verb: str = "add") -> dict[str, Any]:
    """Return what Meta's call would say of a comment that stands on the server."""
    node = server.nodes[comment_id]
    post = node["_post"]
    said = {
        "from": node["from"],
        "post": {"id": post, "permalink_url": server.nodes[post]["permalink_url"]},
        "message": node["message"],
        "post_id": post,
        "comment_id": comment_id,
        "created_time": _seconds(node["created_time"]),
        "item": "comment",
        "parent_id": node.get("parent", {"id": post})["id"],
        "verb": verb,
    }
    return {key: value for key, value in said.items() if value is not None}


def comments_value(server: GraphServer, comment_id: str) -> dict[str, Any]:
    """Return what Meta's call would say of a new comment on Instagram."""
    node = server.nodes[comment_id]
    said = {
        "id": comment_id,
        "from": node["from"],
        "text": node["text"],
        "media": {"id": node["media"]["id"], "media_product_type": "FEED"},
        "parent_id": node.get("parent_id"),
    }
    return {key: value for key, value in said.items() if value is not None}


def _seconds(said: str) -> int:
    return int(time.mktime(time.strptime(said, "%Y-%m-%dT%H:%M:%S+0000")) - time.timezone)
