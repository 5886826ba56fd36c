"""Reads in a process of its own, so that a hostile file takes down no more than that."""

import asyncio
import json
import os
import signal
import sys

from pydantic import TypeAdapter

from services.index.read.document import Document
from services.index.read.unreadable import Reason, Unreadable

DOCUMENT = TypeAdapter(Document)
_PASSED_ON = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "VIRTUAL_ENV")
_OUT_OF_TIME = {-signal.SIGXCPU, -signal.SIGKILL}
_QUOTED = 2000


class ReaderBroken(Exception):
    """The reading process failed by a fault of ours; the message ends with its traceback."""


async def read_isolated(
    name: str,
    body: bytes,
    media_type: str | None = None,
    url: str | None = None,
    *,
    seconds: float = 60,
    max_memory_mb: int = 1024,
) -> Document:
    """Like read_document, within `seconds` and `max_memory_mb` of address space.

    Raises Unreadable, also when a limit or a crash of a parsing library ends the process, and
    ReaderBroken if our own code fails. The process sees no environment that could hold secrets.
    """
    request = {
        "name": name,
        "media_type": media_type,
        "url": url,
        "seconds": seconds,
        "max_memory_mb": max_memory_mb,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.index.read.read_alone",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={key: os.environ[key] for key in _PASSED_ON if key in os.environ},
    )
    try:
        async with asyncio.timeout(seconds):
            answer, complaint = await process.communicate(
                json.dumps(request).encode() + b"\n" + body
            )
    except TimeoutError as error:
        raise Unreadable(Reason.TIMEOUT) from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return _understood(process.returncode, answer, complaint)


def _understood(returncode: int | None, answer: bytes, complaint: bytes) -> Document:
    if returncode in _OUT_OF_TIME:
        raise Unreadable(Reason.TIMEOUT)
    if returncode is None or returncode < 0:
        raise Unreadable(Reason.DAMAGED)
    if returncode > 0:
        raise ReaderBroken(complaint.decode(errors="replace")[-_QUOTED:])
    said = json.loads(answer)
    if "unreadable" in said:
        raise Unreadable(Reason(said["unreadable"]))
    return DOCUMENT.validate_python(said["document"])
