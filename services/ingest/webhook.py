"""The signed webhook: an HMAC over the raw body, two keys during a rollover, no replays.

Header `Dialogwerk-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "<t>." + body>`.
"""

import hmac
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from schemas.inbound import Inbound
from services.ingest.intake import Result
from services.ingest.read import parse_json, read_event
from services.kit.faults import INFRASTRUCTURE, describe
from services.kit.signature import HEADER, mac

log = logging.getLogger(__name__)

MAX_BODY = 1024 * 1024
MAX_EVENTS = 1000
REPLAY_WINDOW = 300.0
"""Seconds a signature stays valid, and the clock skew we put up with."""

Take = Callable[[Sequence[Inbound]], Awaitable[Result]]


class Forbidden(Exception):
    """The signature does not hold; the message says why."""


def verify(header: str | None, body: bytes, keys: Sequence[bytes], now: datetime) -> None:
    """Raise Forbidden unless one of the keys signed exactly this body within the window."""
    if not keys:
        raise Forbidden("no webhook key is set: set WEBHOOK_SECRETS")
    if not header:
        raise Forbidden(f"the header {HEADER} is missing")
    parts = [part.partition("=") for part in header.split(",")]
    fields = {name.strip(): value.strip() for name, _, value in parts}
    if not fields.get("t", "").isdecimal() or len(fields["t"]) > 12 or "v1" not in fields:
        raise Forbidden(f"the header {HEADER} is not of the form t=<seconds>,v1=<hex>")
    seconds = int(fields["t"])
    skew = abs(now.timestamp() - seconds)
    if skew > REPLAY_WINDOW:
        raise Forbidden(
            f"the signature is {skew:.0f} s away from our clock, {REPLAY_WINDOW:.0f} s are allowed:"
            " check the sender's clock"
        )
    given = fields["v1"].encode("ascii", "replace")
    good = [hmac.compare_digest(mac(key, seconds, body).encode(), given) for key in keys]
    if not any(good):
        raise Forbidden("the signature does not match the body and any of our keys")


def parse(body: bytes) -> tuple[list[tuple[int, Inbound]], list[dict[str, Any]]]:
    """Return the readable events of a body with their places, and an error per bad one.

    A body is one event or a list of them; raises ValueError when it is neither.
    """
    content = parse_json(body)
    entries = content if isinstance(content, list) else [content]
    if len(entries) > MAX_EVENTS:
        raise ValueError(f"the list has more than {MAX_EVENTS} events: send smaller batches")
    events: list[tuple[int, Inbound]] = []
    errors: list[dict[str, Any]] = []
    for index, entry in enumerate(entries):
        try:
            events.append((index, read_event(entry)))
        except ValueError as error:
            errors.append({"index": index, "error": str(error)})
    return events, errors


def webhook_route(take: Take, keys: Sequence[bytes]) -> Route:
    """Return `POST /webhook`: 202 taken, 207 some refused, 422 all refused, 503 come back.

    Other 4xx are about the request as a whole: nothing of it was taken.
    """

    async def receive(request: Request) -> Response:
        body = await _limited_body(request)
        if body is None:
            return _error(413, f"the body is larger than {MAX_BODY} bytes: send smaller batches")
        try:
            verify(request.headers.get(HEADER), body, keys, datetime.now(UTC))
            events, errors = parse(body)
        except Forbidden as error:
            return _error(401, str(error))
        except ValueError as error:
            return _error(400, str(error))
        try:
            result = await take([event for _, event in events])
        except INFRASTRUCTURE as error:
            log.warning("the webhook cannot store now: %s", describe(error))
            busy = "we cannot store now: send the same body again, nothing is taken twice"
            return _error(503, busy, {"Retry-After": "10"})
        errors += [
            {"index": events[one.position][0], "error": one.reason} for one in result.refused
        ]
        counts = Counter(one.outcome for one in result.taken)
        status = 202 if not errors else 207 if counts else 422
        errors.sort(key=lambda error: int(error["index"]))
        return JSONResponse({"taken": counts, "errors": errors}, status_code=status)

    return Route("/webhook", receive, methods=["POST"])


async def _limited_body(request: Request) -> bytes | None:
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY:
                return None
    except ClientDisconnect:
        log.warning("a webhook sender hung up before its body was complete")
    return bytes(body)


def _error(status: int, message: str, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"error": message}, status_code=status, headers=headers)
