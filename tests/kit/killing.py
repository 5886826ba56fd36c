"""A service in a process of its own, whose handler does what a message's key begins with.

`python -m tests.kit.killing <NATS_URL> <folder> [--alone]`: what was begun and what was handled is
written to the folder; a slow message waits there for the file `go`.
"""

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from starlette.applications import Starlette

from schemas.comments import CommentReceived
from schemas.streams import ROUTE_RECEIVED
from services.kit.alone import run_alone
from services.kit.bulkhead import Bulkhead
from services.kit.bus import Bus
from services.kit.servers.readiness import until
from services.kit.service import Service, listening, stop_on_signal
from services.kit.telemetry import Telemetry, log_to_stderr
from services.kit.watchdog import watched

SEGFAULT, HANG, SLOW, FAULTY = "5e9f", "4a26", "510e", "fa01"
"""How keys begin of messages with which a handler does not simply do its work."""
IMPATIENT = replace(ROUTE_RECEIVED, ack_wait=3.0, tries=2)
STALL = 3.0


async def handle(event: CommentReceived, folder: Path) -> None:
    """Do what the key says, then write the key down."""
    note(folder / "begun", event.comment_key)
    kind = event.comment_key[:4]
    if kind == SEGFAULT:
        os.kill(os.getpid(), signal.SIGSEGV)
    if kind == HANG:
        # keeps the interpreter's lock, as an endless loop in C does, but costs no processor
        ctypes.PyDLL(None).sleep(3600)
    if kind == FAULTY:
        raise ValueError("as always")
    if kind == SLOW:
        await until(partial(told_to_go, folder))
    note(folder / "handled", event.comment_key)


async def told_to_go(folder: Path) -> bool | None:
    return (folder / "go").exists() or None


def note(file: Path, line: str) -> None:
    with file.open("a", encoding="ascii") as out:
        out.write(line + "\n")


def build(url: str, folder: Path) -> Service:
    bus = Bus(url, service="route", telemetry=Telemetry("route"))

    @bus.on(IMPATIENT)
    async def on_received(event: CommentReceived) -> None:
        await handle(event, folder)

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        async with listening(bus):
            yield

    return Service("route", bus, Starlette(), running)


async def serve(service: Service) -> None:
    async with service.running(), watched([service.bus], stall=STALL):
        await stop_on_signal().wait()


def main(url: str, folder: str, *alone: str) -> None:
    log_to_stderr("INFO")
    service = build(url, Path(folder))
    if alone:
        run_alone(service, stall=STALL)
        return
    service.bus.bulkhead = Bulkhead(
        [sys.executable, "-m", __spec__.name, *sys.argv[1:], "--alone"], {}
    )
    asyncio.run(serve(service))


if __name__ == "__main__":
    main(*sys.argv[1:])
