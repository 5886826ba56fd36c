"""Towns for a module's tests: one whose network honours keys, one whose network ignores them."""

import os
from collections.abc import AsyncIterator

import psycopg
import pytest
import pytest_asyncio
from psycopg import sql

from services.kit.db import open_pool
from tests.conftest import TEMPLATE, _create, database
from tests.deliver.scene import Scene, opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_url(template: str) -> AsyncIterator[str]:
    """A migrated database: each test asks and decides something of its own."""
    name = f"test_deliver_{os.getpid()}"
    await _create(template, name, TEMPLATE)
    yield database(template, name)
    async with await psycopg.AsyncConnection.connect(template, autocommit=True) as connection:
        await connection.execute(
            sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
        )


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
