"""One request to a platform and its answer: bounded in time and size, never redirected."""

import asyncio
from dataclasses import dataclass

import httpx

from services.networks.network import NetworkError, OutcomeUnknown, Refused, Temporary

MAX_ANSWER = 10 * 1024 * 1024
"""Bytes of an answer that we read; a page of a hundred comments has a tenth of that."""

GRACE = 2.0
"""Seconds after which an answer that only trickles in is given up."""


_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
)
_NEVER_SENDABLE = (httpx.LocalProtocolError, httpx.UnsupportedProtocol)


@dataclass(frozen=True)
class Answer:
    """What a platform answered, whole and decoded."""

    status: int
    headers: httpx.Headers
    content: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


async def exchange(
    client: httpx.AsyncClient, request: httpx.Request, *, writing: bool, patience: float
) -> Answer:
    """Send once and return the whole answer; each step of the wire may take `patience` seconds.

    All of it together may take GRACE more. Raises Temporary when nothing was done, OutcomeUnknown
    when a write may have been.
    """
    request.extensions["timeout"] = httpx.Timeout(patience).as_dict()
    try:
        async with asyncio.timeout(patience + GRACE):
            return await _exchanged(client, request, writing=writing)
    except httpx.RequestError as error:
        raise broken_off(error, writing=writing) from error
    except TimeoutError as error:
        sentence = f"no answer within {patience:.0f} s"
        raise OutcomeUnknown(sentence) if writing else Temporary(sentence) from error


def seconds_asked(headers: httpx.Headers) -> float | None:
    """Return the seconds of `Retry-After`, None when it names none."""
    said = headers.get("Retry-After", "")
    return float(said) if said.isascii() and said.isdecimal() else None


async def _exchanged(client: httpx.AsyncClient, request: httpx.Request, *, writing: bool) -> Answer:
    response = await client.send(request, stream=True, follow_redirects=False)
    content = bytearray()
    try:
        async for chunk in response.aiter_bytes():
            content += chunk
            if len(content) > MAX_ANSWER:
                sentence = f"the answer is larger than {MAX_ANSWER} bytes"
                raise OutcomeUnknown(sentence) if writing else Temporary(sentence)
    finally:
        await response.aclose()
    return Answer(response.status_code, response.headers, bytes(content))


def broken_off(error: httpx.RequestError, *, writing: bool) -> NetworkError:
    """Return what a failed connection means: a write may have been done once it was sent."""
    if isinstance(error, _NEVER_SENDABLE):
        return Refused(f"this cannot be sent at all: {error}", code="invalid")
    if not writing or isinstance(error, _NEVER_SENT):
        return Temporary(f"the network cannot be reached ({type(error).__name__})")
    return OutcomeUnknown(f"the connection broke before the answer ({type(error).__name__})")
