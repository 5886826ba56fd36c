"""Real servers on ephemeral ports, in the test's own loop."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from starlette.applications import Starlette

from services.kit.web import listening_socket
from services.networks.sandbox.server import create_app, serving
from tests.networks.sandbox_town import Town, town_settings


def running(app: Starlette) -> AbstractAsyncContextManager[str]:
    """Serve an app over real HTTP while the block runs; gives its address."""
    return serving(app, listening_socket())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """A small town on a sandbox network, shared by the tests of a module."""
    app = create_app(town_settings(tmp_path_factory.mktemp("sandbox")))
    async with running(app) as url, Town.at(url) as founded:
        yield founded


@asynccontextmanager
async def killable(data: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """Run a town's network in a process of its own, which a test may kill; gives its address."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.networks.sandbox_town",
        str(data),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        yield process, (await process.stdout.readline()).decode().strip()
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
