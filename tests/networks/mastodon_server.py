"""A small server that speaks the Mastodon API over real HTTP and WebSockets, on free ports.

    async with mastodon_server(GOTOSOCIAL) as server:
        org = server.world.join("lindenhof")
        ...                                # talk to server.url with org.token
        server.streams.freeze()            # streams die silently: no frame, no pong, no end

Its answers fit the shape of recorded answers (`mastodon_shape.json`), which a test checks.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.applications import Starlette
from websockets.asyncio.server import serve

from services.kit.web import listening_socket, serving
from tests.networks.mastodon_api import Api
from tests.networks.mastodon_entities import Entities
from tests.networks.mastodon_streams import Streams
from tests.networks.mastodon_world import MASTODON, Flavour, World


@dataclass(frozen=True)
class Server:
    """A running server."""

    url: str
    world: World
    streams: Streams
    entities: Entities

    def begin(self, flavour: Flavour) -> None:
        """Begin anew, empty; starting another server takes longer."""
        self.world.begin(flavour)
        self.streams.begin()


@asynccontextmanager
async def mastodon_server(flavour: Flavour = MASTODON) -> AsyncIterator[Server]:
    """Run a server while the block runs."""
    world = World(flavour)
    streams = Streams(world)
    listener = listening_socket()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with serve(
        streams.carry, "127.0.0.1", 0, process_request=streams.check, ping_interval=None,
        close_timeout=0.1,
    ) as streaming:  # fmt: skip
        port = next(iter(streaming.sockets)).getsockname()[1]
        entities = streams.entities = Entities(world, url, f"127.0.0.1:{port}")
        app = Starlette(routes=Api(world, entities).routes())
        async with serving(app, listener, before_stop=lambda: None):
            yield Server(url, world, streams, entities)
