"""The demo as a newcomer starts it: a process of its own."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

DIALOGWERK = Path(sys.executable).with_name("dialogwerk")


async def run(*arguments: str, **environment: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        DIALOGWERK, *arguments, env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await process.communicate()
    return process.returncode or 0, out.decode()


@dataclass(frozen=True)
class FirstRun:
    """What a first `demo --once` said and left behind."""

    data: Path
    code: int
    out: str


@asynccontextmanager
async def started(*arguments: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, list[str]]]:
    """Run the demo until it says that all is up; yield it with what it said."""
    process = await asyncio.create_subprocess_exec(
        DIALOGWERK, "demo", *arguments, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    assert process.stdout
    said: list[str] = []
    try:
        while not any("Ctrl-C" in line for line in said):
            line = (await process.stdout.readline()).decode()
            assert line, f"the demo ended early: {''.join(said)}"
            said.append(line)
        yield process, said
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
