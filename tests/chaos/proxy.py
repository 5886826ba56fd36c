"""A TCP proxy between a service and its server that can be cut, held up and slowed down."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

CHUNK = 64 * 1024


class Proxy:
    """Passes connections on to one address until it is told to misbehave."""

    def __init__(self, host: str, port: int) -> None:
        self._target = host, port
        self._shut = False
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._delay = 0.0
        self._open: set[asyncio.StreamWriter] = set()
        self.port = 0

    def point(self, port: int) -> None:
        """Pass new connections on to another port, as a balancer does."""
        self._target = self._target[0], port

    def cut(self) -> None:
        """Reset every connection, and each new one at once."""
        self._shut = True
        for writer in self._open:
            writer.transport.abort()

    def hold(self) -> None:
        """Pass nothing on any more; connections stay, as when packets vanish."""
        self._flowing.clear()

    def slow(self, delay: float) -> None:
        """Let each piece of data arrive so many seconds later."""
        self._delay = delay

    def heal(self) -> None:
        """Pass everything on again; what was held up arrives now."""
        self._shut, self._delay = False, 0.0
        self._flowing.set()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection to its end."""
        self._open.add(writer)
        onward: asyncio.StreamWriter | None = None
        try:
            if self._shut:
                return
            answers, onward = await asyncio.open_connection(*self._target)
            self._open.add(onward)
            pumps = {
                asyncio.create_task(self._pump(reader, onward)),
                asyncio.create_task(self._pump(answers, writer)),
            }
            _, rest = await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            for pump in rest:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
        except OSError:
            return  # the server is down: the client sees its connection reset
        finally:
            for end in (writer, onward):
                if end is not None:
                    self._open.discard(end)
                    end.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(CHUNK):
                if self._delay:
                    await asyncio.sleep(self._delay)
                await self._flowing.wait()
                writer.write(data)
                await writer.drain()
            await writer.drain()


@asynccontextmanager
async def proxied(host: str, port: int) -> AsyncIterator[Proxy]:
    """Serve a proxy to an address on a free port while the block runs."""
    proxy = Proxy(host, port)
    server = await asyncio.start_server(proxy.take, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        proxy.heal()
        proxy.cut()
        await server.wait_closed()
