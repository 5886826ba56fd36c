"""Calls to the Graph API in the name of one token."""

import hashlib
import hmac
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import httpx

from services.networks.exchange import Answer, exchange
from services.networks.meta.outcome import Usage, refusal_of, usage_of
from services.networks.meta.settings import MetaApp
from services.networks.network import OutcomeUnknown, Temporary

Content = dict[str, Any]


class Graph:
    """Signs and sends calls, keeps an eye on how many are left; tokens never stand in a URL."""

    def __init__(
        self, app: MetaApp, client: httpx.AsyncClient | None, *, patience: float = 10.0
    ) -> None:
        self._app = app
        self._root = f"{app.address.rstrip('/')}/{app.graph_version}"
        self._owns_client = client is None
        self._client = client or httpx.AsyncClient(trust_env=False)
        self._patience = patience
        self._closed_until = 0.0
        self.usage = Usage()

    async def get(self, path: str, *, patience: float | None = None, **params: str) -> Content:
        """Read an object or one page of an edge; raises what `refusal_of` names.

        A parameter that is "" is not sent.
        """
        request = self._request("GET", path, params={k: v for k, v in params.items() if v})
        return _content(await self._sent(request, writing=False, patience=patience), writing=False)

    async def write(self, method: str, path: str, form: Mapping[str, str]) -> Content:
        """Post to or delete an object, once."""
        request = self._request(method, path, form=form)
        return _content(await self._sent(request, writing=True), writing=True)

    async def as_app(self, relative_url: str) -> Content:
        """Read something as the app itself, whose token may look into others.

        It goes as a batch of one so that what is asked stands in the body, not in a URL that
        somebody might log: https://developers.facebook.com/docs/graph-api/batch-requests.
        """
        secret = self._app.app_secret.get_secret_value()
        token = f"{self._app.app_id}|{secret}"
        batch = json.dumps([{"method": "GET", "relative_url": relative_url}])
        request = self._client.build_request(
            "POST",
            f"{self._root}/",
            data={"batch": batch, "include_headers": "false"},
            headers={"Authorization": f"Bearer {token}"},
        )
        answer = await self._sent(request, writing=False)
        return _content(_only_part(answer), writing=False)

    async def close(self) -> None:
        if self._owns_client:
            await self._client.aclose()

    def _request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
    ) -> httpx.Request:
        token = self._app.access_token.get_secret_value()
        proof = {"appsecret_proof": proof_of(token, self._app.app_secret.get_secret_value())}
        return self._client.build_request(
            method,
            f"{self._root}/{quote(path, safe='/')}",
            params={**(params or {}), **proof},
            data=form,
            headers={"Authorization": f"Bearer {token}"},
        )

    async def _sent(
        self, request: httpx.Request, *, writing: bool, patience: float | None = None
    ) -> Answer:
        wait = self._closed_until - time.monotonic()
        if wait > 0:
            raise Temporary("Meta's limit of calls is reached", retry_after=wait)
        answer = await exchange(
            self._client, request, writing=writing, patience=patience or self._patience
        )
        self.usage = usage_of(answer.headers)
        self._closed_until = time.monotonic() + self.usage.regain_seconds
        if not answer.is_success:
            raise refusal_of(answer, writing=writing)
        return answer


def proof_of(token: str, app_secret: str) -> str:
    """Return the proof that a call comes from our server, as Meta's "Securing Graph API calls"."""
    return hmac.new(app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()


def rows_of(content: Mapping[str, Any]) -> list[Content]:
    """Return the objects of one page of an edge; what is none is left out."""
    rows = content.get("data")
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def next_page(content: Mapping[str, Any]) -> str | None:
    """Return the cursor of the page behind; Meta's own link holds the token and is not followed."""
    paging = content.get("paging")
    if not isinstance(paging, dict) or "next" not in paging:
        return None
    after = (paging.get("cursors") or {}).get("after")
    return str(after) if after else None


def _only_part(answer: Answer) -> Answer:
    try:
        parts: Sequence[Any] = json.loads(answer.content)
        part = parts[0]
        inner = Answer(int(part["code"]), answer.headers, str(part["body"]).encode())
    except (ValueError, TypeError, KeyError, IndexError, RecursionError) as error:
        raise Temporary("Meta's answer to a batch cannot be read") from error
    if not inner.is_success:
        raise refusal_of(inner, writing=False)
    return inner


def _content(answer: Answer, *, writing: bool) -> Content:
    try:
        content = json.loads(answer.content)
    except (ValueError, RecursionError) as error:
        raise _unclear(writing=writing) from error
    if not isinstance(content, dict):
        raise _unclear(writing=writing)
    return content


def _unclear(*, writing: bool) -> OutcomeUnknown | Temporary:
    sentence = "Meta's answer cannot be read"
    return OutcomeUnknown(sentence) if writing else Temporary(sentence)
