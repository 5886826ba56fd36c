"""Towns for a module's tests: one whose network honours keys, one whose network ignores them."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from services.kit.db import open_pool
from tests.conftest import fresh_database
from tests.deliver.scene import Scene, opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_url(template: str) -> AsyncIterator[str]:
    """A migrated database: each test asks and decides something of its own."""
    async with fresh_database(template) as url:
        yield url


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(shared_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    async with (
        open_pool(shared_url, size=16) as pool,
        opened(pool, tmp_path_factory.mktemp("sandbox")) as founded,
    ):
        yield founded


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["keyed", "keyless"])
async def any_scene(
    shared_url: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[Scene]:
    honours_keys = request.param == "keyed"
    async with (
        open_pool(shared_url, size=16) as pool,
        opened(pool, tmp_path_factory.mktemp("any"), honours_keys=honours_keys) as founded,
    ):
        yield founded
