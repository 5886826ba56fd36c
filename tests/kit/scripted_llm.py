"""A language model over real HTTP that behaves as told: the OpenAI chat protocol, and faults."""

import asyncio
import contextlib
import json
import socket
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from services.kit.llm import LanguageModel

Behaviour = Callable[[asyncio.Event], Awaitable[Response]]
"""What is sent back; the event is set when the server closes."""
SPENT = {"prompt_tokens": 100, "completion_tokens": 20}


def says(
    content: str | None,
    *,
    finish_reason: str = "stop",
    refusal: str | None = None,
    usage: dict[str, Any] | None = SPENT,
) -> Behaviour:
    """Answer with this text."""
    message = {"role": "assistant", "content": content, "refusal": refusal}
    return _body(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": "scripted-1",
            "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}],
            "usage": usage,
        }
    )


def answers(value: Any, **how: Any) -> Behaviour:
    """Answer with this value as JSON."""
    return says(json.dumps(value, ensure_ascii=False), **how)


def refuses() -> Behaviour:
    return says(None, refusal="I cannot help with that.")


def returns(body: Any) -> Behaviour:
    """Answer 200 with this JSON, whatever it is."""
    return _body(body)


def status(code: int, message: str = "no", **headers: str) -> Behaviour:
    """Answer with an error in the protocol's form; header names with `_` for `-`."""
    error = {"error": {"message": message, "type": "invalid_request_error", "code": "test_code"}}
    return _body(error, code, {name.replace("_", "-"): value for name, value in headers.items()})


def half_a_body() -> Behaviour:
    """Answer 200 with JSON that ends in the middle."""

    async def behave(_: asyncio.Event) -> Response:
        return Response('{"id": "chatcmpl-1", "choi', media_type="application/json")

    return behave


def hangs() -> Behaviour:
    """Take the request and never answer."""

    async def behave(closing: asyncio.Event) -> Response:
        await closing.wait()
        return Response()

    return behave


def drips() -> Behaviour:
    """Send a space now and then and never come to the point, so that no read times out."""

    async def spaces(closing: asyncio.Event) -> AsyncIterator[bytes]:
        while not closing.is_set():
            yield b" "
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(closing.wait(), 0.02)

    async def behave(closing: asyncio.Event) -> Response:
        return StreamingResponse(spaces(closing), media_type="application/json")

    return behave


def drops() -> Behaviour:
    """Close the connection in the middle of the answer."""

    async def behave(_: asyncio.Event) -> Response:
        return Response(b"{", headers={"content-length": "1000"})

    return behave


@dataclass
class ScriptedLLM:
    """Behaves as told, one behaviour a request, and keeps the requests."""

    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)
    connection: tuple[int, int] = (0, 0)
    """Ports that the last request came from and went to."""
    script: deque[Behaviour] = field(default_factory=deque)
    takes: Callable[[dict[str, Any]], str | None] = lambda _: None
    """Returns what this server complains about in a request, None when it takes it."""
    on_request: Callable[[], Awaitable[None]] | None = None
    """What happens elsewhere while the model thinks."""
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    def will(self, *behaviours: Behaviour) -> None:
        self.script.extend(behaviours)

    async def chat(self, request: Request) -> Response:
        asked = json.loads(await request.body())
        self.requests.append(asked)
        self.connection = (request.scope["client"][1], request.scope["server"][1])
        if complaint := self.takes(asked):
            return await status(400, complaint)(self.closing)
        if self.on_request is not None:
            await self.on_request()
        if not self.script:
            return await status(418, "nothing is scripted for this request")(self.closing)
        return await self.script.popleft()(self.closing)

    def model(self, *, timeout: float = 5.0) -> LanguageModel:
        """Return a client of this server; whoever asks for it closes it."""
        return LanguageModel(
            base_url=f"{self.url}/v1", model="scripted", api_key=SecretStr("secret-key"),
            timeout=timeout, max_tokens=300,
        )  # fmt: skip


@asynccontextmanager
async def scripted_llm(*behaviours: Behaviour) -> AsyncIterator[ScriptedLLM]:
    """Serve a scripted model while the block runs."""
    llm = ScriptedLLM()
    llm.will(*behaviours)
    app = Starlette(routes=[Route("/v1/chat/completions", llm.chat, methods=["POST"])])
    listener = socket.create_server(("127.0.0.1", 0))
    llm.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = uvicorn.Server(
        uvicorn.Config(app, lifespan="off", ws="none", log_level="critical", access_log=False)
    )
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield llm
    finally:
        llm.closing.set()
        await asyncio.gather(*server.server_state.tasks)
        for listening in server.servers:
            listening.close()
        for connection in list(server.server_state.connections):
            connection.shutdown()
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


def _body(content: Any, status_code: int = 200, headers: dict[str, str] | None = None) -> Behaviour:
    async def behave(_: asyncio.Event) -> Response:
        return JSONResponse(content, status_code=status_code, headers=headers)

    return behave
