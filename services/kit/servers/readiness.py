"""Waiting until a started server answers, and telling its end or silence as a sentence."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from services.kit.servers.child import Child
from services.kit.servers.errors import explain

Fact = TypeVar("Fact")
_PAUSE = 0.01


async def until(look: Callable[[], Awaitable[Fact | None]]) -> Fact:
    """Look every 10 ms and return the first answer that is not None; the caller bounds it."""
    while True:
        fact = await look()
        if fact is not None:
            return fact
        await asyncio.sleep(_PAUSE)


async def ready(
    name: str,
    child: Child,
    answer: Coroutine[Any, Any, Fact],
    *,
    seconds: float,
    port: int | None = None,
) -> Fact:
    """Return the server's `answer`; raise EmbeddedServerError when it ends or `seconds` pass."""
    answering = asyncio.create_task(answer)
    ending = asyncio.create_task(child.ended())
    try:
        await asyncio.wait(
            {answering, ending}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
        )
        if answering.done():
            return answering.result()
        reason = child.how_it_ended() or f"no answer within {seconds:.0f} s"
        event = f"{name} did not start ({reason})"
        raise explain(event, child.log(), log_file=child.log_file, port=port)
    finally:
        answering.cancel()
        ending.cancel()
        await asyncio.gather(answering, ending, return_exceptions=True)
