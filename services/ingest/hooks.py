"""The door for platforms that call us: `/hooks/<hook>`, one address for all connections of an app.

What a call holds is stored before it is answered, so that a platform that gets no 200 sends it
again; the door behind takes nothing twice.
"""

import json
import logging
from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from services.ingest.poll import without_words
from services.ingest.webhook import MAX_BODY, Take
from services.kit.faults import INFRASTRUCTURE, describe
from services.networks.network import Called, Hooked, Network, NetworkError, NotSigned

log = logging.getLogger(__name__)

Bury = Callable[[Network, bytes, str], Awaitable[None]]
"""Keeps bytes and the reason among the dead letters."""
RETRY_AFTER = 10
PASSING: tuple[type[Exception], ...] = (NetworkError, *INFRASTRUCTURE)
STRANGERS_KEPT = 1000


def hook_routes(networks: Callable[[], Sequence[Network]], take: Take, bury: Bury) -> list[Route]:
    """Return GET and POST `/hooks/{hook}` for the connections there are at that moment.

    GET is a platform's verification: 200 with its challenge, 403 when no connection knows its word.
    POST is news: 200 stored, 401 signed by nobody we know, 413 too large, 503 come back. An
    address that no connection uses is 404.
    """
    door = _Door(networks, take, bury)
    return [
        Route("/hooks/{hook}", door.verification, methods=["GET"]),
        Route("/hooks/{hook}", door.call, methods=["POST"]),
    ]


class _Door:
    def __init__(self, networks: Callable[[], Sequence[Network]], take: Take, bury: Bury) -> None:
        self._networks = networks
        self._take = take
        self._bury = bury
        self._strangers: set[str] = set()

    async def verification(self, request: Request) -> Response:
        behind = self._behind(request)
        if not behind:
            return _error(404, "no connection is called here")
        query = dict(request.query_params)
        for _, hooked in behind:
            challenge = hooked.challenge(query)
            if challenge is not None:
                return PlainTextResponse(challenge)
        return _error(403, "no connection knows this word")

    async def call(self, request: Request) -> Response:
        behind = self._behind(request)
        if not behind:
            return _error(404, "no connection is called here")
        try:
            body = await _limited_body(request)
        except ClientDisconnect:
            log.warning("a caller at /hooks hung up before its body was complete")
            return _error(400, "the body is incomplete")
        if body is None:
            return _error(413, f"the body is larger than {MAX_BODY} bytes")
        try:
            told = await _understood(behind, dict(request.headers), body)
            if not told:
                return _error(401, "the signature is missing or wrong")
            for network, called in told:
                await self._store(network, called)
            await self._bury_strangers(told)
        except PASSING as error:
            log.warning("a call at /hooks cannot be taken now: %s", describe(error))
            busy = "we cannot store now: call again, nothing is taken twice"
            return _error(503, busy, {"Retry-After": str(RETRY_AFTER)})
        return PlainTextResponse("taken")

    def _behind(self, request: Request) -> list[tuple[Network, Hooked]]:
        name = request.path_params["hook"]
        return [
            (network, network)
            for network in self._networks()
            if isinstance(network, Hooked) and network.hook == name
        ]

    async def _store(self, network: Network, called: Called) -> None:
        for letter in called.unreadable:
            await self._bury(network, letter.raw, letter.reason)
        result = await self._take(called.events)
        for refused in result.refused:
            await self._bury(network, without_words(refused.event), refused.reason)

    async def _bury_strangers(self, told: Sequence[tuple[Network, Called]]) -> None:
        """Keep one letter for each page that is none of ours: a connection is missing for it."""
        unknown = frozenset.intersection(*(called.others for _, called in told))
        for page_id in sorted(unknown - self._strangers):
            letter = json.dumps({"page": page_id}).encode()
            await self._bury(told[0][0], letter, f"no connection knows the page {page_id}")
            if len(self._strangers) < STRANGERS_KEPT:
                self._strangers.add(page_id)


async def _understood(
    behind: Sequence[tuple[Network, Hooked]], headers: dict[str, str], body: bytes
) -> list[tuple[Network, Called]]:
    """Return what the call tells each connection whose secret signed it."""
    told: list[tuple[Network, Called]] = []
    reasons: list[str] = []
    for network, hooked in behind:
        try:
            told.append((network, await hooked.called(headers, body)))
        except NotSigned as error:
            reasons.append(f"{network.connection}: {error}")
    if not told:
        log.warning("a call at /hooks was refused: %s", "; ".join(reasons))
    return told


async def _limited_body(request: Request) -> bytes | None:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            return None
    return bytes(body)


def _error(status: int, message: str, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"error": message}, status_code=status, headers=headers)
