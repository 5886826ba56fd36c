"""The wire itself: what a test plans on it happens, and nothing else does."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from tests.networks.conftest import running
from tests.networks.wire import Answer, Delay, LoseAnswer, LoseRequest, Wire, wire_to


class Heard:
    """What arrived at the server."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    async def write(self, request: Request) -> JSONResponse:
        self.bodies.append(await request.body())
        return JSONResponse({"heard": len(self.bodies)})

    async def stream(self, _: Request) -> StreamingResponse:
        async def lines() -> AsyncIterator[bytes]:
            yield b"first\n"
            await asyncio.Event().wait()

        return StreamingResponse(lines())


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
async def wire(heard: Heard) -> AsyncIterator[Wire]:
    app = Starlette(
        routes=[
            Route("/write", heard.write, methods=["POST"]),
            Route("/stream", heard.stream),
        ]
    )
    async with running(app) as url, wire_to(url) as opened:
        yield opened


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False, timeout=30) as opened:
        yield opened


async def test_without_a_fault_everything_arrives(
    wire: Wire, heard: Heard, client: httpx.AsyncClient
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"in "
        yield b"chunks"

    await client.post(f"{wire.url}/write?a=b", content=b"whole")
    await client.post(f"{wire.url}/write", content=chunks())
    assert heard.bodies == [b"whole", b"in chunks"]
    assert [(seen.method, seen.path) for seen in wire.seen] == [
        ("POST", "/write?a=b"),
        ("POST", "/write"),
    ]


async def test_a_lost_answer_was_done_a_lost_request_was_not(
    wire: Wire, heard: Heard, client: httpx.AsyncClient
) -> None:
    wire.next(LoseAnswer(), method="POST")
    with pytest.raises(httpx.RemoteProtocolError):
        await client.post(f"{wire.url}/write", content=b"done")
    wire.next(LoseRequest(), path="/write")
    with pytest.raises(httpx.RemoteProtocolError):
        await client.post(f"{wire.url}/write", content=b"undone")
    assert heard.bodies == [b"done"]


async def test_the_wire_answers_for_the_server(
    wire: Wire, heard: Heard, client: httpx.AsyncClient
) -> None:
    wire.next(Answer(429, {"Retry-After": "17"}), times=2)
    for _ in range(2):
        early = await client.post(f"{wire.url}/write")
        assert (early.status_code, early.headers["Retry-After"]) == (429, "17")
    assert heard.bodies == []
    wire.next(Answer(502, body=b"bad gateway"), forwarded=True)
    assert (await client.post(f"{wire.url}/write")).text == "bad gateway"
    assert len(heard.bodies) == 1


async def test_only_what_was_planned_for_is_hit(wire: Wire, client: httpx.AsyncClient) -> None:
    wire.next(Delay(0.05), method="GET")
    wire.next(Answer(500), path="/elsewhere")
    assert (await client.post(f"{wire.url}/write")).status_code == 200


async def test_a_stream_flows_until_it_is_cut(wire: Wire, client: httpx.AsyncClient) -> None:
    async with client.stream("GET", f"{wire.url}/stream") as answer:
        lines = answer.aiter_lines()
        assert await anext(lines) == "first"
        wire.cut()
        with pytest.raises(httpx.RequestError):
            await anext(lines)


async def test_a_websocket_goes_through_until_it_is_frozen_or_cut() -> None:
    async def echo(socket: ServerConnection) -> None:
        async for message in socket:
            await socket.send(message)

    async with serve(echo, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        async with (
            wire_to(f"http://127.0.0.1:{port}") as wire,
            connect(wire.url.replace("http", "ws"), proxy=None) as socket,
        ):
            await socket.send("hello")
            assert await socket.recv() == "hello"
            wire.freeze()
            await socket.send("anybody?")
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(socket.recv(), 0.1)
            wire.thaw()
            assert await socket.recv() == "anybody?"
            wire.cut()
            with pytest.raises(ConnectionClosed):
                await socket.recv()
