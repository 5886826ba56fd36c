"""The endpoint engine against a real HTTP server that misbehaves as told."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import uvicorn

from services.kit.embed.endpoint_engine import EndpointEmbedder
from services.kit.embed.errors import EmbeddingError
from tests.kit.embed.hostile import HOSTILE

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]


def vectors_of(texts: list[str]) -> Any:
    return {
        "object": "list",
        "model": "any",
        "usage": {"prompt_tokens": 1, "total_tokens": 1},
        "data": [
            {"object": "embedding", "index": index, "embedding": [3.0, 4.0, float(len(text))]}
            for index, text in reversed(list(enumerate(texts)))
        ],
    }


@dataclass
class Endpoint:
    """A server that gives its scripted answers first and correct ones after that."""

    url: str = ""
    asked: list[list[str]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    script: list[tuple[int, Any]] = field(default_factory=list)
    hang: bool = False
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        texts = json.loads(body)["input"]
        self.asked.append(texts)
        self.keys.append(dict(scope["headers"]).get(b"authorization", b"").decode())
        if self.hang:
            await self.released.wait()
        status, answer = self.script.pop(0) if self.script else (200, vectors_of(texts))
        content = answer if isinstance(answer, str) else json.dumps(answer)
        kind = b"text/html" if isinstance(answer, str) else b"application/json"
        headers = [(b"content-type", kind), (b"retry-after-ms", b"1")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content.encode()})


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    app = Endpoint()
    listener = socket.create_server(("127.0.0.1", 0))
    app.url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    server = uvicorn.Server(
        uvicorn.Config(app, lifespan="off", ws="none", log_level="critical", access_log=False)
    )
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    yield app
    app.released.set()
    server.should_exit = True
    await serving


async def connect(
    endpoint: Endpoint, *, e5_prefixes: bool = False, timeout: float = 10, retries: int = 2
) -> EndpointEmbedder:
    return await EndpointEmbedder.open(
        endpoint.url,
        api_key="geheim",
        model="any",
        e5_prefixes=e5_prefixes,
        timeout_seconds=timeout,
        retries=retries,
    )


@pytest.fixture
async def engine(endpoint: Endpoint) -> AsyncIterator[EndpointEmbedder]:
    opened = await connect(endpoint)
    endpoint.asked.clear()
    yield opened
    await opened.close()


async def test_vectors_come_back_in_order_and_normalised(
    endpoint: Endpoint, engine: EndpointEmbedder
) -> None:
    assert engine.dimensions == 3
    texts = ["x" * (number + 1) for number in range(150)]
    vectors = await engine.embed_passages(texts)
    assert vectors.shape == (150, 3)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)
    assert np.allclose(vectors[:, 2] / vectors[:, 0] * 3, np.arange(1, 151))
    assert [len(batch) for batch in endpoint.asked] == [64, 64, 22]
    assert set(endpoint.keys) == {"Bearer geheim"}


async def test_prefixes_only_for_models_that_know_them(
    endpoint: Endpoint, engine: EndpointEmbedder
) -> None:
    await engine.embed_queries(["Frage"])
    e5 = await connect(endpoint, e5_prefixes=True)
    await e5.embed_queries(["Frage"])
    await e5.embed_passages(["Absatz"])
    await e5.close()
    assert [batch[0] for batch in endpoint.asked] == [
        "Frage",
        "Guten Tag",
        "query: Frage",
        "passage: Absatz",
    ]


async def test_hostile_texts_reach_the_endpoint_harmless(
    endpoint: Endpoint, engine: EndpointEmbedder
) -> None:
    vectors = await engine.embed_queries(list(HOSTILE.values()))
    assert np.isfinite(vectors).all()
    assert all(0 < len(text) <= 4096 and "\0" not in text for text in endpoint.asked[0])


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_passing_faults_are_tried_again(
    endpoint: Endpoint, engine: EndpointEmbedder, status: int
) -> None:
    endpoint.script = [(status, {"error": {"message": "later"}})] * 2
    assert (await engine.embed_queries(["Frage"])).shape == (1, 3)
    assert len(endpoint.asked) == 3


@pytest.mark.parametrize(("status", "temporary"), [(429, True), (500, True), (401, False)])
async def test_lasting_faults_say_whether_waiting_helps(
    endpoint: Endpoint, engine: EndpointEmbedder, status: int, *, temporary: bool
) -> None:
    endpoint.script = [(status, {"error": {"message": "no"}})] * 3
    with pytest.raises(EmbeddingError) as failure:
        await engine.embed_queries(["Frage"])
    assert failure.value.temporary is temporary


async def test_a_silent_endpoint_is_given_up(endpoint: Endpoint) -> None:
    hasty = await connect(endpoint, timeout=0.2, retries=0)
    endpoint.hang = True
    with pytest.raises(EmbeddingError) as failure:
        await hasty.embed_queries(["Frage"])
    assert failure.value.temporary
    await hasty.close()


@pytest.mark.parametrize(
    "answer",
    [
        "<html>Bitte anmelden</html>",
        {"data": []},
        {"nothing": 1},
        vectors_of(["eins"]),
        vectors_of(["eins", "zwei", "drei"]),
        {"data": [{"index": 0, "embedding": [0.0, 0.0, 0.0]}] * 2},
        {"data": [{"index": 0, "embedding": [1.0, None, 0.0]}] * 2},
        {"data": [{"index": 0, "embedding": ["a", "b", "c"]}] * 2},
        {"data": [{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": [1.0, 2.0, 3.0]}]},
        {"data": [{"index": 0, "embedding": [1.0, 2.0]}] * 2},
    ],
)
async def test_nonsense_is_refused(
    endpoint: Endpoint, engine: EndpointEmbedder, answer: object
) -> None:
    endpoint.script = [(200, answer)]
    with pytest.raises(EmbeddingError) as failure:
        await engine.embed_queries(["eins", "zwei"])
    assert not failure.value.temporary


async def test_no_endpoint_at_all_is_a_clear_error_at_the_start() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(EmbeddingError, match="Connection") as failure:
        await connect(Endpoint(url=f"http://127.0.0.1:{port}/v1"), retries=0)
    assert failure.value.temporary
