"""Talks to one server: sends, reads at most so much, counts what the server still grants."""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar

import httpx
from pydantic import JsonValue, TypeAdapter, ValidationError

from services.networks.exchange import Answer, exchange
from services.networks.mastodon.outcome import left_of, refusal_of, wait_of
from services.networks.network import OutcomeUnknown, Temporary

NOT_OFFERED = frozenset({404, 405, 410, 501})
"""How compatible servers answer at addresses they do not have."""

Said = TypeVar("Said")
Query = Sequence[tuple[str, str]]


class MastodonClient:
    """The API of one server in the name of one account; `patience` in seconds per answer."""

    def __init__(
        self, server: str, token: str, client: httpx.AsyncClient, *, patience: float
    ) -> None:
        self.server = server.rstrip("/")
        self._authorization = {"Authorization": f"Bearer {token}"}
        self._client = client
        self._patience = patience
        self._left: dict[str, tuple[int, float]] = {}

    def reads_left(self) -> int | None:
        """Return how many reads the server still grants in this window, None if it never said."""
        left, until = self._left.get("GET", (0, 0.0))
        return left if time.monotonic() < until else None

    async def get(self, path: str, shape: TypeAdapter[Said], query: Query = ()) -> Said:
        """Return what stands at a path; raises Temporary or Refused (`gone` for a 404)."""
        return _understood(await self._ask("GET", path, query=query), shape, writing=False)

    async def find(self, path: str, shape: TypeAdapter[Said], query: Query = ()) -> Said | None:
        """Return what stands at a path, None where there is nothing; raises Temporary or Refused.

        "Nothing" covers addresses that a compatible server does not have.
        """
        answer = await self._ask("GET", path, query=query)
        if answer.status in NOT_OFFERED:
            return None
        return _understood(answer, shape, writing=False)

    async def post(
        self, path: str, shape: TypeAdapter[Said], body: JsonValue, headers: Mapping[str, str]
    ) -> Said:
        """Write once; raises Temporary, OutcomeUnknown or Refused."""
        answer = await self._ask("POST", path, headers=headers, body=body)
        return _understood(answer, shape, writing=True)

    async def delete(self, path: str) -> None:
        """Delete; raises Temporary, OutcomeUnknown or Refused (`gone` for a 404)."""
        answer = await self._ask("DELETE", path)
        if not answer.is_success:
            raise refusal_of(answer, writing=True, now=datetime.now(UTC))

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        query: Query = (),
        headers: Mapping[str, str] | None = None,
        body: JsonValue = None,
    ) -> Answer:
        self._keep_within_limit(method)
        writing = method != "GET"
        request = self._client.build_request(
            method,
            f"{self.server}{path}",
            params=[*query],
            headers={**self._authorization, **(headers or {})},
            json=body,
        )
        answer = await exchange(self._client, request, writing=writing, patience=self._patience)
        self._note_limit(method, answer.headers)
        return answer

    def _keep_within_limit(self, method: str) -> None:
        """Ask nothing that the server has announced to refuse; it counts each method by itself."""
        left, until = self._left.get(method, (1, 0.0))
        wait = until - time.monotonic()
        if left == 0 and wait > 0:
            raise Temporary("the server grants no more requests in this window", retry_after=wait)

    def _note_limit(self, method: str, headers: httpx.Headers) -> None:
        left, wait = left_of(headers), wait_of(headers, datetime.now(UTC))
        if left is not None and wait is not None:
            self._left[method] = (left, time.monotonic() + wait)


def _understood(answer: Answer, shape: TypeAdapter[Said], *, writing: bool) -> Said:
    if not answer.is_success:
        raise refusal_of(answer, writing=writing, now=datetime.now(UTC))
    try:
        return shape.validate_json(answer.content)
    except ValidationError as error:
        sentence = f"the server's answer {answer.status} cannot be read"
        raise OutcomeUnknown(sentence) if writing else Temporary(sentence) from error
