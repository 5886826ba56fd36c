"""A wire with faults between a client and a real HTTP server.

    async with wire_to("http://127.0.0.1:8080") as wire:
        network = Connector(wire.url)
        wire.next(LoseAnswer(), method="POST")          # done, but nobody hears of it
        wire.next(LoseRequest(), method="POST")         # never arrived
        wire.next(Answer(429, {"Retry-After": "17"}))   # the server never sees the request
        wire.next(Answer(502), forwarded=True)          # done, but a gateway says otherwise
        wire.next(Delay(0.2), path="/api/posts", times=3)
        wire.cut()                                      # every open connection breaks now
        wire.freeze()                                   # connections stay, nothing moves any more
        wire.seen                                       # method and path of each request

Each request goes upstream on a connection of its own, answers are passed on as they come (event
streams too), and an upgrade (WebSocket) becomes a tunnel. Plain HTTP/1.1 only.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urlsplit

_CHUNK = 65_536
_HEAD_LIMIT = 1 << 20
_HOP = re.compile(rb"(?im)^(?:connection|keep-alive|proxy-connection):[^\r\n]*\r\n")
_LENGTH = re.compile(rb"(?im)^content-length:[ \t]*(\d+)")
_CHUNKED = re.compile(rb"(?im)^transfer-encoding:[^\r\n]*chunked")
_UPGRADE = re.compile(rb"(?im)^upgrade:")


@dataclass(frozen=True)
class LoseAnswer:
    """The server does what was asked and answers; the connection closes before the answer."""


@dataclass(frozen=True)
class LoseRequest:
    """The connection closes before the server hears of the request."""


@dataclass(frozen=True)
class Delay:
    """The request is passed on after so many seconds."""

    seconds: float


@dataclass(frozen=True)
class Answer:
    """The wire itself answers; the server's own answer, if it is asked at all, is dropped."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def wire_format(self) -> bytes:
        lines = [
            f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}",
            *(f"{name}: {value}" for name, value in self.headers.items()),
            f"Content-Length: {len(self.body)}",
            "Connection: close",
        ]
        return "\r\n".join([*lines, "", ""]).encode() + self.body


Fault = LoseAnswer | LoseRequest | Delay | Answer


@dataclass(frozen=True)
class Seen:
    """A request that reached the wire; `path` includes the query."""

    method: str
    path: str


@dataclass
class _Planned:
    fault: Fault
    method: str | None
    path: str
    forwarded: bool
    left: int

    def hits(self, seen: Seen) -> bool:
        return self.method in {None, seen.method} and self.path in seen.path


class Wire:
    """What a test says to the wire; made by `wire_to`."""

    def __init__(self, upstream: str) -> None:
        parts = urlsplit(upstream)
        if parts.hostname is None or parts.port is None:
            raise ValueError("the upstream needs a host and a port")
        self._upstream = (parts.hostname, parts.port)
        self._planned: list[_Planned] = []
        self._open: set[asyncio.StreamWriter] = set()
        self._flows = asyncio.Event()
        self._flows.set()
        self.seen: list[Seen] = []
        self.url = ""
        """Where the wire begins, e.g. `http://127.0.0.1:40123`."""

    def next(
        self,
        fault: Fault,
        *,
        method: str | None = None,
        path: str = "",
        times: int = 1,
        forwarded: bool = False,
    ) -> None:
        """Plan a fault for the next `times` requests with this method whose path contains `path`.

        `forwarded` lets the server do the request although the wire answers (`Answer` only).
        """
        self._planned.append(_Planned(fault, method, path, forwarded, times))

    def cut(self) -> None:
        """Break every open connection, streams and tunnels too; new ones are taken."""
        for writer in self._open:
            writer.transport.abort()

    def freeze(self) -> None:
        """Let nothing through any more, as a cable that is pulled out, until `thaw`."""
        self._flows.clear()

    def thaw(self) -> None:
        self._flows.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one client's connection."""
        self._open.add(writer)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._carry(reader, writer)
        finally:
            self._open.discard(writer)
            writer.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        method, path, _ = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)
        seen = Seen(method, path)
        body = await _body_of(head, reader)
        self.seen.append(seen)
        planned = self._take(seen)
        fault = planned.fault if planned is not None else None
        if isinstance(fault, LoseRequest):
            return
        if isinstance(fault, Answer) and planned is not None and not planned.forwarded:
            writer.write(fault.wire_format())
            await writer.drain()
            return
        if isinstance(fault, Delay):
            await asyncio.sleep(fault.seconds)
        above, below = await asyncio.open_connection(*self._upstream, limit=_HEAD_LIMIT)
        self._open.add(below)
        try:
            if _UPGRADE.search(head):
                below.write(head + body)
                await self._tunnel((reader, below), (above, writer))
                return
            below.write(_HOP.sub(b"", head[:-2]) + b"Connection: close\r\n\r\n" + body)
            if isinstance(fault, LoseAnswer | Answer):
                await above.read()
            if isinstance(fault, Answer):
                writer.write(fault.wire_format())
                await writer.drain()
            elif not isinstance(fault, LoseAnswer):
                await self._pour(above, writer)
        finally:
            self._open.discard(below)
            below.close()

    async def _tunnel(self, *ways: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
        tasks = [asyncio.create_task(self._pour(source, sink)) for source, sink in ways]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _pour(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while chunk := await source.read(_CHUNK):
            await self._flows.wait()
            sink.write(chunk)
            await sink.drain()

    def _take(self, seen: Seen) -> _Planned | None:
        planned = next((one for one in self._planned if one.hits(seen)), None)
        if planned is not None:
            planned.left -= 1
            if planned.left == 0:
                self._planned.remove(planned)
        return planned


@asynccontextmanager
async def wire_to(upstream: str) -> AsyncIterator[Wire]:
    """Open a wire to a server, e.g. `http://127.0.0.1:8080`, while the block runs."""
    wire = Wire(upstream)
    server = await asyncio.start_server(wire.serve, "127.0.0.1", 0, limit=_HEAD_LIMIT)
    wire.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield wire
    finally:
        server.close()
        wire.thaw()
        wire.cut()
        await server.wait_closed()


async def _body_of(head: bytes, reader: asyncio.StreamReader) -> bytes:
    if _CHUNKED.search(head):
        parts: list[bytes] = []
        while True:
            size = await reader.readuntil(b"\r\n")
            chunk = await reader.readexactly(int(size.split(b";")[0], 16) + 2)
            parts += [size, chunk]
            if len(chunk) == 2:
                return b"".join(parts)
    length = _LENGTH.search(head)
    return await reader.readexactly(int(length[1])) if length else b""
