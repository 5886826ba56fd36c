"""Who may read what a service tells about its inside: this machine, its own network, a token."""

import hmac
from collections.abc import Awaitable, Callable
from ipaddress import IPv6Address, ip_address

from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

Answering = Callable[[Request], Awaitable[Response]]
PASSED_ON = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
"""Headers of a request that a proxy passed on: its address says nothing of who asks."""


class Insiders:
    """Lets in who sends the token, and without one set who asks from a private network.

    This machine is let in either way, unless a proxy passed the request on.
    """

    def __init__(self, token: SecretStr) -> None:
        self._token = token.get_secret_value().encode()

    def only(self, answer: Answering) -> Answering:
        """Return what answers insiders like `answer`, and others with 401 or 403."""

        async def guarded(request: Request) -> Response:
            return await answer(request) if self.include(request) else self._refusal()

        return guarded

    def include(self, request: Request) -> bool:
        """True when the request comes from inside."""
        if self._token and self._has_token(request.headers.get("authorization", "")):
            return True
        if request.client is None or any(name in request.headers for name in PASSED_ON):
            return False
        try:
            address = ip_address(request.client.host.partition("%")[0])
        except ValueError:
            return False
        if isinstance(address, IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        if address.is_loopback:
            return True
        private = address.is_private and not address.is_unspecified
        return private and not self._token

    def _has_token(self, header: str) -> bool:
        scheme, _, given = header.partition(" ")
        same = hmac.compare_digest(given.strip().encode("utf-8", "replace"), self._token)
        return scheme.lower() == "bearer" and same

    def _refusal(self) -> Response:
        if self._token:
            return PlainTextResponse(
                "Send METRICS_TOKEN as a bearer token.\n", status_code=401,
                headers={"WWW-Authenticate": 'Bearer realm="metrics"'},
            )  # fmt: skip
        return PlainTextResponse(
            "Only from this machine and private networks, or with METRICS_TOKEN set.\n",
            status_code=403,
        )
