"""A way into an empty database: one for all tests here, wiped before each."""

from collections.abc import AsyncIterator

import psycopg
import pytest
import pytest_asyncio
from psycopg import sql

from services.ingest.intake import Intake
from services.kit.db import Pool
from tests.conftest import fresh_database
from tests.ingest.events import new_intake

WRITTEN = (
    "outbox", "cursors", "intake", "circumstances", "routings", "authors", "comment_vectors",
    "post_figures", "comment_revisions", "comments", "erasures", "tombstones", "threads", "pages",
    "watch_readings", "watches",
)  # fmt: skip
"""What these tests fill, in an order in which nothing refers to what is gone."""


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def one_database(template: str) -> AsyncIterator[str]:
    async with fresh_database(template) as url:
        yield url


@pytest.fixture
async def database_url(one_database: str) -> str:
    """The database without a row; wiping is many times faster than making a new one."""
    async with await psycopg.AsyncConnection.connect(one_database) as connection:
        for table in WRITTEN:
            await connection.execute(sql.SQL("delete from {}").format(sql.Identifier(table)))
    return one_database


@pytest.fixture
def intake(pool: Pool) -> Intake:
    return new_intake(pool)
