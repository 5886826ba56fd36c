"""One service: what it needs while it runs, and the small web server beside it."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import nats.errors
import psycopg
import psycopg_pool
from faststream.specification import AsyncAPI
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from services.kit.bus import Bus
from services.kit.db import Pool
from services.kit.insiders import Insiders
from services.kit.web import listening_socket, serving

log = logging.getLogger(__name__)

CONNECT_PATIENCE = 20.0
"""Seconds a service waits for NATS when it starts; later it waits for ever."""


class CannotStart(Exception):
    """Something a service needs is missing; the message says what to do."""


@dataclass(frozen=True)
class Service:
    """A service ready to run: nothing is opened before `running()` is entered."""

    name: str
    bus: Bus
    app: ASGIApp
    running: Callable[[], AbstractAsyncContextManager[None]]
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when shutdown begins, so that open streams to browsers end."""


@asynccontextmanager
async def listening(bus: Bus) -> AsyncIterator[None]:
    """Consume while the block runs; refuse to start when a consumer is missing."""
    try:
        await asyncio.wait_for(bus.broker.connect(), CONNECT_PATIENCE)
    except TimeoutError as error:
        raise CannotStart(
            f"{bus.service}: NATS does not answer within {CONNECT_PATIENCE:.0f} s; check NATS_URL"
        ) from error
    try:
        if trouble := await bus.trouble():
            raise CannotStart(f"{bus.service}: {trouble}")
        if not bus.takes_orders:
            await bus.broker.start()
        yield
    finally:
        try:
            await bus.broker.stop()
        except nats.errors.Error as error:
            log.warning("%s stops without NATS: %r", bus.service, error)
        finally:
            if bus.bulkhead is not None:
                await bus.bulkhead.close()


@asynccontextmanager
async def background(*work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run endless work while the block runs; work that fails ends the block with its error.

    Unlike a task group it passes the block's own errors on as they are.
    """
    host = asyncio.current_task()
    failures: list[BaseException] = []

    def ended(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) and host is not None:
            failures.append(error)
            host.cancel()

    tasks = [asyncio.create_task(one) for one in work]
    for task in tasks:
        task.add_done_callback(ended)
    try:
        yield
    except asyncio.CancelledError:
        if failures and host is not None:
            host.uncancel()
            raise failures[0] from None
        raise
    finally:
        await _end(tasks)


async def _end(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel until each task has ended: a library may take one cancellation for itself."""
    pending = {task for task in tasks if not task.done()}
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=1)


def specification(bus: Bus, version: str) -> AsyncAPI:
    """Return the AsyncAPI document of a service: what it hears and what it says."""
    return AsyncAPI(bus.broker, title=f"Dialogwerk {bus.service}", version=version)


NO_TOKEN = SecretStr("")


def ops_routes(
    bus: Bus, pool: Pool, *, version: str, token: SecretStr = NO_TOKEN
) -> list[BaseRoute]:
    """Return `/ready`, and for insiders `/metrics` and `/asyncapi`, the same for every service."""
    insiders = Insiders(token)

    async def ready(_: Request) -> Response:
        trouble = await bus.trouble()
        if trouble is None:
            try:
                async with pool.connection(timeout=2) as connection:
                    await connection.execute("select 1")
            except (psycopg.Error, psycopg_pool.PoolTimeout) as error:
                trouble = f"Postgres does not answer: {type(error).__name__}"
        body = {"service": bus.service, "ready": trouble is None, "trouble": trouble}
        return JSONResponse(body, status_code=200 if trouble is None else 503)

    async def asyncapi(_: Request) -> Response:
        return JSONResponse(specification(bus, version).to_specification().to_jsonable())

    async def metrics(_: Request) -> Response:
        return Response(bus.telemetry.exposition(), media_type="text/plain; version=0.0.4")

    return [
        Route("/ready", ready),
        Route("/metrics", insiders.only(metrics)),
        Route("/asyncapi", insiders.only(asyncapi)),
    ]


def worker_app(
    bus: Bus,
    pool: Pool,
    *,
    version: str,
    token: SecretStr = NO_TOKEN,
    more: Sequence[BaseRoute] = (),
) -> Starlette:
    """Return the web side of a service that has no pages of its own."""
    return Starlette(routes=[*ops_routes(bus, pool, version=version, token=token), *more])


def stop_on_signal() -> asyncio.Event:
    """Return an event that SIGINT and SIGTERM set."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return stop


@asynccontextmanager
async def hosting(
    services: Sequence[Service], *, host: str, first_port: int
) -> AsyncIterator[dict[str, int]]:
    """Run services and their web sides in this process; yield each service's port."""
    async with AsyncExitStack() as stack:
        ports: dict[str, int] = {}
        for service in services:
            await stack.enter_async_context(service.running())
        for offset, service in enumerate(services):
            port = first_port + offset if first_port else 0
            try:
                listener = listening_socket(host, port)
            except OSError as error:
                raise CannotStart(
                    f"{service.name} cannot listen on {host}:{port} ({error.strerror});"
                    " choose another port with PORT"
                ) from error
            ports[service.name] = listener.getsockname()[1]
            await stack.enter_async_context(
                serving(service.app, listener, before_stop=service.stopping.set)
            )
        yield ports
