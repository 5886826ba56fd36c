"""Commands as a person types them, against a real database and a sandbox network."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio
import typer
from typer.testing import CliRunner, Result

from services.commands.networks import networks_app
from services.kit.web import listening_socket
from services.networks.sandbox.server import create_app, serving
from tests.conftest import fresh_database
from tests.networks.sandbox_town import Town, town_settings
from tests.store.connecting import new_key


@dataclass(frozen=True)
class Shell:
    """Runs a command in a thread: it has an event loop of its own."""

    app: typer.Typer = networks_app

    async def run(self, *arguments: str, typed: str = "") -> Result:
        handlers, level = list(logging.root.handlers), logging.root.level
        try:
            return await asyncio.to_thread(
                CliRunner().invoke, self.app, list(arguments), input=typed
            )
        finally:
            logging.root.handlers[:] = handlers
            logging.root.setLevel(level)


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    app = create_app(town_settings(tmp_path))
    async with serving(app, listening_socket()) as url, Town.at(url) as founded:
        yield founded


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def one_database(template: str) -> AsyncIterator[str]:
    async with fresh_database(template) as url:
        yield url


@pytest.fixture
async def database_url(one_database: str) -> str:
    """The database without a connection; wiping is many times faster than making a new one."""
    async with await psycopg.AsyncConnection.connect(one_database) as connection:
        await connection.execute("truncate connections cascade")
    return one_database


@pytest.fixture
def shell(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("NATS_URL", "nats://127.0.0.1:1")
    monkeypatch.setenv("PSEUDONYM_KEY", "a key for tests only")
    monkeypatch.setenv("SECRET_KEYS", new_key().get_secret_value())
    return Shell()
