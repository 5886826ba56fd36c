"""Calls to one PDS over plain HTTP, without the SDK: it drops the nulls that we must send."""

import json
import time
from collections.abc import Mapping
from typing import Any

import httpx

from services.networks.bluesky.outcome import Said, exhausted_for
from services.networks.exchange import exchange
from services.networks.network import OutcomeUnknown, Temporary

Params = Mapping[str, str | int | bool | list[str]]


class Xrpc:
    """One server; a method whose rate limit is spent is not called again before its reset."""

    def __init__(self, service: str, client: httpx.AsyncClient, *, patience: float) -> None:
        self._service = service.rstrip("/")
        self._client = client
        self._patience = patience
        self._spent_until: dict[str, float] = {}

    async def get(self, method: str, params: Params, token: str | None = None) -> Said:
        """Ask; raises Temporary when no answer came."""
        return await self._call("GET", method, token, params=params)

    async def post(
        self, method: str, body: object = None, token: str | None = None, *, writing: bool = True
    ) -> Said:
        """Tell; raises Temporary when nothing was done, OutcomeUnknown when it may have been.

        What may as well be done twice is no `writing`: it raises Temporary only.
        """
        return await self._call("POST", method, token, content=body, writing=writing)

    async def _call(
        self,
        verb: str,
        method: str,
        token: str | None,
        *,
        params: Params | None = None,
        content: object = None,
        writing: bool = False,
    ) -> Said:
        left = self._spent_until.get(method, 0.0) - time.monotonic()
        if left > 0:
            raise Temporary(f"the rate limit of {method} is spent", retry_after=left)
        request = self._client.build_request(
            verb,
            f"{self._service}/xrpc/{method}",
            params=_query(params) if params else None,
            content=json.dumps(content).encode() if content is not None else None,
            headers={
                "Accept": "application/json",
                **({"Authorization": f"Bearer {token}"} if token else {}),
                **({"Content-Type": "application/json"} if content is not None else {}),
            },
        )
        answer = await exchange(self._client, request, writing=writing, patience=self._patience)
        if (seconds := exhausted_for(answer.headers, time.time())) is not None:
            self._spent_until[method] = time.monotonic() + seconds
        body = _object(answer.content)
        said = Said(answer.status, answer.headers, body or {})
        if said.is_success and answer.content and body is None:
            sentence = f"the server's answer to {method} is no JSON object"
            raise OutcomeUnknown(sentence) if writing else Temporary(sentence)
        return said


def _query(params: Params) -> dict[str, str | int | list[str]]:
    """Return the parameters as the protocol writes them: booleans as words."""
    return {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in params.items()
    }


def _object(content: bytes) -> Mapping[str, Any] | None:
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None
