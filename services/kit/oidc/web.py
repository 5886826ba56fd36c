"""Requests to the provider: bounded in time and size, never redirected, answered in JSON."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from services.kit.oidc.faults import ProviderDown

MAX_BYTES = 1_000_000
PATIENCE = 10.0
"""Seconds for one whole request."""


@dataclass(frozen=True)
class Said:
    """An answer: its status, and its JSON; None when it is none."""

    status: int
    document: object

    @property
    def good(self) -> bool:
        return self.status == httpx.codes.OK


class Ask:
    """Asks a provider, which the operator names and which may stand in a private network.

    Certificates and proxies of the environment count (SSL_CERT_FILE, HTTPS_PROXY).
    """

    def __init__(self, *, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._client: httpx.AsyncClient | None = None

    async def close(self) -> None:
        """Let the connections go."""
        if self._client is not None:
            await self._client.aclose()

    async def get(self, address: str, *, bearer: str | None = None) -> Said:
        """Return what is at an address; raises ProviderDown."""
        headers = {"authorization": f"Bearer {bearer}"} if bearer else {}
        return await self._send("GET", address, headers)

    async def post(
        self, address: str, form: Mapping[str, str], *, basic: tuple[str, str] | None
    ) -> Said:
        """Send a form; raises ProviderDown."""
        return await self._send("POST", address, {}, form, basic)

    async def _send(
        self, method: str, address: str, headers: dict[str, str],
        form: Mapping[str, str] | None = None, basic: tuple[str, str] | None = None,
    ) -> Said:  # fmt: skip
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=self._patience, follow_redirects=False)
        headers |= {"accept": "application/json", "accept-encoding": "identity"}
        auth = httpx.BasicAuth(*basic) if basic else None
        body = bytearray()
        try:
            async with (
                asyncio.timeout(self._patience),
                self._client.stream(
                    method, address, headers=headers, data=form, auth=auth
                ) as response,
            ):
                async for piece in response.aiter_bytes():
                    body += piece
                    if len(body) > MAX_BYTES:
                        raise ProviderDown("its answer is too large")
        except (TimeoutError, httpx.HTTPError, httpx.InvalidURL) as error:
            raise ProviderDown(f"it does not answer ({type(error).__name__})") from error
        if response.status_code >= 500 or response.status_code == 429:
            raise ProviderDown(f"it says HTTP {response.status_code}")
        try:
            return Said(response.status_code, json.loads(body))
        except (ValueError, RecursionError):
            return Said(response.status_code, None)
