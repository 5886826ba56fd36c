"""A door with connections behind it, over real HTTP: what came in and what was buried."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from starlette.applications import Starlette

from schemas.inbound import Inbound
from services.ingest.hooks import hook_routes
from services.ingest.intake import Result
from services.ingest.webhook import Take
from services.kit.web import listening_socket, serving
from services.networks.network import Network
from tests.networks.meta_graph import APP_SECRET
from tests.networks.meta_scene import signed


@dataclass
class Door:
    """The open door, what came through it and what was buried."""

    networks: list[Network]
    client: httpx.AsyncClient = field(init=False)
    taken: list[Inbound] = field(default_factory=list)
    buried: list[tuple[str, dict[str, Any], str]] = field(default_factory=list)

    async def keep(self, events: Sequence[Inbound]) -> Result:
        self.taken += events
        return Result()

    async def bury(self, network: Network, raw: bytes, reason: str) -> None:
        self.buried.append((network.connection, json.loads(raw), reason))

    async def post(
        self, body: bytes, secret: str = APP_SECRET, *, hook: str = "meta", signed_body: Any = None
    ) -> httpx.Response:
        headers = signed(body if signed_body is None else signed_body, secret)
        return await self.client.post(f"/hooks/{hook}", content=body, headers=headers)

    async def shake_hands(self, **query: str) -> httpx.Response:
        return await self.client.get(
            "/hooks/meta", params={f"hub.{name}": value for name, value in query.items()}
        )


@asynccontextmanager
async def opened(networks: list[Network], take: Take | None = None) -> AsyncIterator[Door]:
    door = Door(networks)
    routes = hook_routes(lambda: door.networks, take or door.keep, door.bury)
    with listening_socket() as listener:
        async with (
            serving(Starlette(routes=routes), listener, before_stop=lambda: None) as url,
            httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as client,
        ):
            door.client = client
            yield door
