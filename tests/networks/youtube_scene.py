"""Connections to the small YouTube server, behind a wire with faults."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from pydantic import SecretStr

from services.networks.keeper import InMemoryKeeper, Keeper
from services.networks.youtube.connector import YouTubeNetwork
from services.networks.youtube.settings import YouTubeSettings
from tests.networks.conftest import running
from tests.networks.wire import Wire, wire_to
from tests.networks.youtube_api import (
    CLIENT_ID,
    CLIENT_SECRET,
    OWN,
    REFRESH_TOKEN,
    YouTubeServer,
)


def youtube_network(
    address: str, client: httpx.AsyncClient, keeper: Keeper | None = None, **changes: Any
) -> YouTubeNetwork:
    timings = [name for name in ("interval", "now") if name in changes]
    made: dict[str, Any] = {name: changes.pop(name) for name in timings}
    fields: dict[str, Any] = {
        "channel_id": OWN,
        "client_id": CLIENT_ID,
        "client_secret": SecretStr(CLIENT_SECRET),
        "refresh_token": SecretStr(REFRESH_TOKEN),
        "address": f"{address}/v3",
        "token_address": f"{address}/token",
        **changes,
    }
    return YouTubeNetwork(
        YouTubeSettings(**fields), keeper or InMemoryKeeper(), connection=f"youtube:{OWN}",
        client=client, **{"interval": 0.02, **made},
    )  # fmt: skip


@dataclass
class YouTubeScene:
    """A server behind a wire, and one client for all connections."""

    server: YouTubeServer
    wire: Wire
    client: httpx.AsyncClient

    def network(self, keeper: Keeper | None = None, **changes: Any) -> YouTubeNetwork:
        return youtube_network(self.wire.url, self.client, keeper, **changes)


@asynccontextmanager
async def youtube_scene() -> AsyncIterator[YouTubeScene]:
    server = YouTubeServer()
    async with (
        running(server.app) as url,
        wire_to(url) as wire,
        httpx.AsyncClient(trust_env=False, timeout=30) as client,
    ):
        yield YouTubeScene(server, wire, client)
