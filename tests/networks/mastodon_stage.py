"""A stage for the contract at any server that speaks the Mastodon API, given two tokens.

Everything happens through the API, so that the same suite runs against the small server and, by
hand, against a real one.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import httpx
from pydantic import SecretStr

from services.kit.web import listening_socket
from services.networks.keeper import InMemoryKeeper
from services.networks.mastodon.connector import MastodonNetwork
from services.networks.mastodon.listening import Timings
from services.networks.mastodon.outcome import left_of, wait_of
from services.networks.mastodon.settings import MastodonSettings
from services.networks.mastodon.words import plain_text
from services.networks.network import Network
from tests.networks.wire import Answer, Fault, LoseAnswer, LoseRequest

QUICK = Timings(
    notifications=5.0,
    without_stream=0.1,
    again=0.1,
    pages=5.0,
    decay=((172_800.0, 0.2),),
    between=0.0,
    ping=5.0,
)
"""For a server that nobody else uses."""
POLITE = Timings(notifications=20.0, again=1.0, pages=20.0, decay=((172_800.0, 2.0),), between=1.0)
"""For somebody's real server."""
MARGIN = timedelta(seconds=30)
ENOUGH = 100
"""Requests that one test may need of a real server."""


def settings_for(url: str, token: str, **changes: Any) -> MastodonSettings:
    return MastodonSettings(server=url, token=SecretStr(token), **changes)


def network_at(url: str, token: str, **changes: Any) -> MastodonNetwork:
    """Return a connector with its own settings and client unless they are given."""
    settings = changes.pop("settings", None) or settings_for(url, token)
    return MastodonNetwork(
        settings,
        InMemoryKeeper(),
        connection=changes.pop("connection", "mastodon:test"),
        timings=changes.pop("timings", QUICK),
        **changes,
    )


class Person:
    """Uses an account through the API."""

    def __init__(self, url: str, token: str, client: httpx.AsyncClient) -> None:
        self._url = url
        self._client = client
        self._headers = {"Authorization": f"Bearer {token}"}
        self.acct = ""

    async def sign_in(self) -> "Person":
        self.acct = (await self.call("GET", "/api/v1/accounts/verify_credentials"))["acct"]
        return self

    async def rest(self) -> None:
        """Wait for the server's next window when little of this one is left."""
        answer = await self._client.get(
            f"{self._url}/api/v1/accounts/verify_credentials", headers=self._headers
        )
        left = left_of(answer.headers)
        if left is not None and left < ENOUGH:
            await asyncio.sleep(wait_of(answer.headers, datetime.now(UTC)) or 0.0)

    async def post(self, text: str, under: str | None = None, visibility: str = "public") -> Any:
        body = {"status": text, "visibility": visibility}
        if under is not None:
            body["in_reply_to_id"] = under
        return await self.call("POST", "/api/v1/statuses", body)

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self._client.request(
            method, f"{self._url}{path}", json=body, headers=self._headers
        )
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()


class Faults(Protocol):
    """What `Wire.next` does."""

    def next(self, fault: Fault, *, method: str | None = None) -> None: ...


@dataclass(frozen=True)
class Route:
    """How the connector gets to the server, and where faults are planned on that way."""

    url: str
    client: httpx.AsyncClient
    faults: Faults


class FaultyTransport(httpx.AsyncHTTPTransport):
    """Does in the client what a wire does in between, for servers behind TLS."""

    def __init__(self) -> None:
        super().__init__()
        self._planned: list[tuple[Fault, str | None]] = []

    def next(self, fault: Fault, *, method: str | None = None) -> None:
        self._planned.append((fault, method))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        planned = next((one for one in self._planned if one[1] in {None, request.method}), None)
        if planned is None:
            return await super().handle_async_request(request)
        self._planned.remove(planned)
        fault = planned[0]
        if isinstance(fault, Answer):
            return httpx.Response(fault.status, headers=fault.headers, content=fault.body)
        if isinstance(fault, LoseAnswer):
            answer = await super().handle_async_request(request)
            await answer.aread()
            await answer.aclose()
        raise httpx.ReadError("lost", request=request)


class MastodonStage:
    """A fresh post of the organisation's, and one other person."""

    def __init__(
        self,
        route: Route,
        token: str,
        people: tuple[Person, Person],
        root: Any,
        timings: Timings,
    ) -> None:
        self._faults = route.faults
        self._url = route.url
        self._faulty = route.client
        self._token = token
        self._org, self._other = people
        self._root = root
        self._timings = timings
        self.network: Network = self.another_network()

    @classmethod
    async def open(
        cls, route: Route, people: tuple[Person, Person], token: str, timings: Timings = QUICK
    ) -> "MastodonStage":
        """Let the organisation, whose token this is, post; `people` are it and somebody else."""
        root = await people[0].post("Am Samstag ist Hoffest.")
        stage = cls(route, token, people, root, timings)
        await stage.network.read(root["id"])
        return stage

    def another_network(self) -> Network:
        return self._network(self._url, self._token)

    def network_with_wrong_token(self) -> Network:
        return self._network(self._url, "stolen")

    def unreachable_network(self) -> Network:
        with listening_socket() as nobody:
            port = nobody.getsockname()[1]
        return self._network(f"http://127.0.0.1:{port}", self._token)

    async def someone_comments(self, text: str) -> str:
        said = await self._other.post(f"@{self._org.acct} {text}", self._root["id"])
        return str(said["id"])

    async def author_edits(self, native_id: str, text: str) -> None:
        body = {"status": f"@{self._org.acct} {text}"}
        await self._other.call("PUT", f"/api/v1/statuses/{native_id}", body)

    async def author_deletes(self, native_id: str) -> None:
        await self._other.call("DELETE", f"/api/v1/statuses/{native_id}")

    async def someone_writes_privately(self, text: str) -> str:
        said = await self._other.post(f"@{self._org.acct} {text}", visibility="direct")
        return str(said["id"])

    async def next_write_loses_its_answer(self) -> None:
        self._faults.next(LoseAnswer(), method="POST")

    async def next_write_gets_lost(self) -> None:
        self._faults.next(LoseRequest(), method="POST")

    async def next_write_is_too_early(self, seconds: int) -> None:
        self._faults.next(Answer(429, {"Retry-After": str(seconds)}), method="POST")

    async def texts_under(self, native_id: str) -> list[str]:
        """Return the public replies; servers need a moment to build a thread."""
        context = await self._other.call("GET", f"/api/v1/statuses/{native_id}/context")
        return [
            _words(status).removeprefix(f"@{self._other.acct} ")
            for status in context["descendants"]
            if status["in_reply_to_id"] == native_id
            and status["visibility"] in ("public", "unlisted")
        ]

    def _network(self, url: str, token: str) -> Network:
        """Return a connector that reaches back to our post and hardly further."""
        age = datetime.now(UTC) - datetime.fromisoformat(self._root["created_at"])
        hours = (max(age, timedelta()) + MARGIN) / timedelta(hours=1)
        settings = settings_for(url, token, look_back_hours=hours)
        return network_at(url, token, settings=settings, client=self._faulty, timings=self._timings)


def _words(status: Any) -> str:
    """Return what a reader sees; Mastodon gives HTML only."""
    mentions = {mention["url"]: mention["acct"] for mention in status["mentions"]}
    return plain_text(status["content"], mentions)
