"""Real servers for every test: one Postgres a session with a database a test, a NATS a test."""

import asyncio
import itertools
import logging
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio
from psycopg import sql

from schemas.streams import CONSUMERS, STREAMS
from services.kit.db import Pool, migrate, open_pool
from services.kit.provision import provision_bus
from services.kit.servers.nats import embedded_nats
from services.kit.servers.postgres import embedded_postgres
from services.kit.servers.running import RunningServer
from services.store.migrations import MIGRATIONS
from tests.networks.wordpress.site import HOW_TO_GET_IT, Site, is_installed, wordpress_site

pytest.register_assert_rewrite(
    "tests.networks.contract", "tests.networks.stage", "tests.journeys.traveller"
)

TEMPLATE = "dialogwerk_template"
LONG = {"journeys", "chaos", "browser"}
_numbers = itertools.count(1)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the folders whose files take minutes, so that no worker is left with one alone."""
    items.sort(key=lambda item: item.path.parent.name not in LONG)


def require(found: bool, lacking: str) -> None:
    """Skip a test that needs something this machine lacks; on CI that is a failure."""
    if found:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI must have it: {lacking}")
    pytest.skip(lacking)


@pytest.fixture(autouse=True)
def talk() -> Iterator[None]:
    """A command that a test runs may set how much is logged; the next test hears all again."""
    level = logging.root.level
    yield
    logging.root.setLevel(level)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgres(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningServer]:
    folder = tmp_path_factory.mktemp("postgres")
    async with embedded_postgres(folder, durable=False) as server:
        yield server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def template(postgres: RunningServer) -> str:
    """The address of the server with a migrated template database."""
    await _create(postgres.url, TEMPLATE)
    await migrate(database(postgres.url, TEMPLATE), MIGRATIONS)
    return postgres.url


@pytest.fixture
async def database_url(template: str) -> AsyncIterator[str]:
    """A fresh, migrated database."""
    async with fresh_database(template) as url:
        yield url


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    async with open_pool(database_url) as opened:
        yield opened


@pytest.fixture
async def nats_server(tmp_path: Path) -> AsyncIterator[RunningServer]:
    """A fresh, empty NATS with JetStream."""
    async with embedded_nats(tmp_path / "nats", sync_interval="100ms") as server:
        yield server


@pytest.fixture
async def nats_url(nats_server: RunningServer) -> str:
    """A fresh NATS with all streams and consumers."""
    await provision_bus(nats_server.url, STREAMS, CONSUMERS)
    return nats_server.url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def site() -> AsyncIterator[Site]:
    """A real WordPress."""
    require(is_installed(), HOW_TO_GET_IT)
    async with wordpress_site() as running:
        yield running


@asynccontextmanager
async def fresh_database(template: str) -> AsyncIterator[str]:
    """Yield the address of a new, migrated database; it is gone afterwards."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    await _create(template, name, TEMPLATE)
    yield database(template, name)
    drop = sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
    async with await psycopg.AsyncConnection.connect(template, autocommit=True) as connection:
        for left in reversed(range(20)):
            try:
                await connection.execute(drop)
                break
            except psycopg.errors.InsufficientPrivilege:
                # autovacuum is at it, which belongs to the superuser and ends by itself
                if not left:
                    raise
                await asyncio.sleep(0.1)


def database(url: str, name: str) -> str:
    """Return the server's address with another database."""
    return f"{url.rpartition('/')[0]}/{name}"


async def _create(url: str, name: str, template: str = "template1") -> None:
    """Create a database; files are copied, since to log every block costs three times as much."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute(
            sql.SQL("create database {} template {} strategy file_copy").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
