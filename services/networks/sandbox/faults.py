"""Faults on demand: lost answers, lost requests, error statuses and delays over real HTTP."""

import asyncio
from collections import deque
from typing import Literal, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Target = Literal["write", "read", "listen"]


class Fault(BaseModel):
    """What goes wrong with the next `times` requests of a kind.

    `accept_then_drop` does what was asked and closes the connection without an answer;
    `drop_before` closes it without doing anything; after a `delay` it is done even when the
    caller has long given up.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    on: Target = "write"
    kind: Literal["accept_then_drop", "drop_before", "status", "delay"]
    times: int = Field(default=1, ge=1, le=100_000)
    status: int = Field(default=503, ge=400, le=599)
    retry_after: int | None = Field(default=None, ge=0)
    seconds: float = Field(default=1.0, ge=0, le=600)


@runtime_checkable
class _HasTransport(Protocol):
    transport: asyncio.Transport


class FaultPlan:
    """The faults that are still to come, first ordered first served."""

    def __init__(self) -> None:
        self._pending: dict[Target, deque[Fault]] = {
            "write": deque(),
            "read": deque(),
            "listen": deque(),
        }

    def order(self, fault: Fault) -> None:
        """Queue a fault behind those already ordered."""
        self._pending[fault.on].extend([fault] * fault.times)

    def clear(self) -> None:
        """Forget all that is still to come."""
        for faults in self._pending.values():
            faults.clear()

    def pending(self) -> dict[str, int]:
        """Return how many faults wait for each kind of request."""
        return {target: len(faults) for target, faults in self._pending.items()}

    def next(self, scope: Scope) -> Fault | None:
        """Take the fault meant for this request, if any."""
        path = str(scope["path"])
        if not path.startswith("/api/") or path.startswith("/api/admin/"):
            return None
        target: Target = "write"
        if scope["method"] in {"GET", "HEAD"}:
            target = "listen" if path == "/api/events" else "read"
        faults = self._pending[target]
        return faults.popleft() if faults else None


class FaultMiddleware:
    """Lets each request of the API meet its fault; stands outermost, next to the server."""

    def __init__(self, app: ASGIApp, plan: FaultPlan) -> None:
        self._app = app
        self._plan = plan

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = self._plan.next(scope) if scope["type"] == "http" else None
        if fault is None:
            await self._app(scope, receive, send)
        elif fault.kind == "delay":
            kept = await _kept(receive)
            await asyncio.sleep(fault.seconds)
            await self._app(scope, kept, send)
        elif fault.kind == "status":
            await _answer(fault)(scope, receive, send)
        else:
            if fault.kind == "accept_then_drop":
                await self._app(scope, receive, _swallow)
            await _hang_up(receive)


def _answer(fault: Fault) -> JSONResponse:
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    body = {"code": "injected", "message": "A fault was ordered for this request."}
    return JSONResponse(body, status_code=fault.status, headers=headers)


async def _kept(receive: Receive) -> Receive:
    """Take the whole request in, so that it is carried out even after the caller has left."""
    messages = deque([await receive()])
    while messages[-1].get("more_body", False):
        messages.append(await receive())

    async def again() -> Message:
        return messages.popleft() if messages else await receive()

    return again


async def _swallow(_message: Message) -> None:
    """Take an answer that nobody will get."""


async def _hang_up(receive: Receive) -> None:
    cycle = getattr(receive, "__self__", None)
    if not isinstance(cycle, _HasTransport):
        raise TypeError("only under uvicorn can a connection be dropped")
    cycle.transport.abort()
    while (await receive())["type"] != "http.disconnect":
        continue
