"""The small server's user streams: real WebSockets, and the ways in which they fail."""

import asyncio
import json
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request as Handshake
from websockets.http11 import Response as Answer

from tests.networks.mastodon_entities import Entities
from tests.networks.mastodon_world import Account, Notification, Status, World


class Streams:
    """The user streams, at a host and port of their own as big servers have it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._open: dict[ServerConnection, tuple[Account, asyncio.Queue[str]]] = {}
        self.entities: Entities | None = None
        world.heard.append(self._hear)
        self.begin()

    def begin(self) -> None:
        """Begin anew: every open stream breaks."""
        self.cut()
        self._open.clear()
        self.refuses = False
        self.by_address = 0
        """Sign-ins with the token in the address."""

    def freeze(self) -> None:
        """Let every open stream die silently, as behind a router that forgot the connection."""
        for connection in self._open:
            connection.transport.pause_reading()
        self._open.clear()

    def cut(self) -> None:
        """Break every open stream."""
        for connection in self._open:
            connection.transport.abort()

    def send(self, frame: str) -> None:
        """Send a frame of the test's own making to everybody."""
        for _, waiting in self._open.values():
            waiting.put_nowait(frame)

    def check(self, connection: ServerConnection, request: Handshake) -> Answer | None:
        """Let in who brings a token and asks for the user stream."""
        parts = urlsplit(request.path)
        if self.refuses or parts.path != "/api/v1/streaming":
            return connection.respond(HTTPStatus.NOT_FOUND, "")
        query = parse_qs(parts.query)
        token = query.get("access_token", [""])[0]
        if self._world.flavour.reads_header and not token:
            token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        account = self._world.by_token(token)
        if account is None or query.get("stream") != ["user"]:
            return connection.respond(HTTPStatus.UNAUTHORIZED, "")
        self.by_address += "access_token" in query
        connection.username = account.id
        return None

    async def carry(self, connection: ServerConnection) -> None:
        waiting: asyncio.Queue[str] = asyncio.Queue()
        self._open[connection] = (self._world.accounts[connection.username], waiting)
        sending = asyncio.create_task(_send_on(connection, waiting))
        try:
            await connection.wait_closed()
        finally:
            self._open.pop(connection, None)
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    def _hear(self, to: Account, event: str, what: Status | Notification | str) -> None:
        if self.entities is None:
            return
        payload = what
        if isinstance(what, Status):
            payload = json.dumps(self.entities.status(what))
        elif isinstance(what, Notification):
            payload = json.dumps(self.entities.notification(what))
        frame = json.dumps({"stream": ["user"], "event": event, "payload": payload})
        for account, waiting in self._open.values():
            if account is to:
                waiting.put_nowait(frame)


async def _send_on(connection: ServerConnection, waiting: asyncio.Queue[str]) -> None:
    while True:
        await connection.send(await waiting.get())
