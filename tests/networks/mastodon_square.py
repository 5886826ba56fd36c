"""A square in the small world: our organisation, people around it, and a connector to listen."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from schemas.inbound import Inbound, InboundEvent
from services.networks.mastodon.connector import MastodonNetwork
from services.networks.network import Unreadable
from tests.networks.mastodon_server import Server
from tests.networks.mastodon_stage import network_at
from tests.networks.mastodon_world import Account, Flavour, Status
from tests.networks.stage import PATIENCE
from tests.networks.wire import Wire, wire_to


@dataclass
class Heard:
    """Everything a connector told until what was wanted came."""

    told: list[Inbound] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    cursor: str = ""

    @property
    def texts(self) -> list[str]:
        return [event.data.text for event in self.told if isinstance(event, InboundEvent)]

    @property
    def types(self) -> list[str]:
        return [event.type for event in self.told]


@dataclass
class Square:
    server: Server
    wire: Wire
    client: httpx.AsyncClient
    org: Account
    jana: Account
    root: Status

    def network(self, **changes: Any) -> MastodonNetwork:
        """Return the organisation's connector, at the far end of the wire."""
        url = changes.pop("url", self.wire.url)
        return network_at(url, self.org.token, client=self.client, **changes)

    def comment(self, text: str, *, by: Account | None = None, **details: Any) -> Status:
        """Let somebody answer our post, mentioning us."""
        details = {"parent_id": self.root.id, "visibility": "public"} | details
        author = by or self.jana
        return self.server.world.post(author, f"@{self.org.username} {text}", **details)


@asynccontextmanager
async def square(server: Server, flavour: Flavour) -> AsyncIterator[Square]:
    """Open the square on a server that begins anew with this flavour, while the block runs."""
    server.begin(flavour)
    async with (
        wire_to(server.url) as wire,
        httpx.AsyncClient(trust_env=False, verify=False, timeout=30) as client,
    ):
        org, jana = server.world.join("lindenhof"), server.world.join("jana")
        root = server.world.post(org, "Am Samstag ist Hoffest.", visibility="public")
        yield Square(server, wire, client, org, jana, root)


async def hear(
    network: MastodonNetwork,
    wanted: Callable[[Heard], bool],
    cursor: str | None = None,
    *,
    meanwhile: Callable[[], object] | None = None,
) -> Heard:
    """Listen until the wanted was heard; `meanwhile` happens after the first batch."""
    heard = Heard(cursor=cursor or "")
    async with asyncio.timeout(PATIENCE), aclosing(network.listen(cursor)) as batches:
        async for batch in batches:
            heard.told += batch.events
            heard.unreadable += batch.unreadable
            heard.cursor = batch.cursor
            if meanwhile is not None:
                meanwhile()
                meanwhile = None
            if wanted(heard):
                return heard
    raise AssertionError("listening ended")
