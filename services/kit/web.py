"""Serve ASGI apps in the running loop: a socket that listens at once, an orderly end."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.types import ASGIApp

KEEP_ALIVE = 150
"""Seconds for which an idle connection stays open: longer than clients and proxies in front keep
theirs (httpx 5, nginx 60, Caddy 120), or a request may meet a connection that is being closed."""


def listening_socket(host: str = "127.0.0.1", port: int = 0) -> socket.socket:
    """Return a socket that listens already, so that nobody is refused while the app starts.

    It names TCP as its protocol: only then asyncio turns Nagle's delay off (40 ms per answer).
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(512)
    except OSError:
        listener.close()
        raise
    return listener


@asynccontextmanager
async def serving(
    app: ASGIApp, listener: socket.socket, *, before_stop: Callable[[], None]
) -> AsyncIterator[str]:
    """Serve the app on the socket while the block runs; yield its address.

    Leaves signals and the app's lifespan to the caller. `before_stop` ends answers that would
    stay open for ever, such as long-polls and event streams.
    """
    config = uvicorn.Config(
        app, log_config=None, lifespan="off", access_log=False, ws="none", server_header=False,
        timeout_graceful_shutdown=10, timeout_keep_alive=KEEP_ALIVE,
    )  # fmt: skip
    server = _Server(config, before_stop)
    host, port = listener.getsockname()[:2]
    running = asyncio.create_task(server.serve(sockets=[listener]))
    running.add_done_callback(lambda _: server.up.set())
    try:
        await server.up.wait()
        if running.done():
            await running
        yield f"http://{f'[{host}]' if ':' in host else host}:{port}"
    finally:
        server.should_exit = True
        await running


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, before_stop: Callable[[], None]) -> None:
        super().__init__(config)
        self.up = asyncio.Event()
        self._before_stop = before_stop

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._before_stop()
        await super().shutdown(sockets)
