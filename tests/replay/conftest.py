"""A house with a past: comments that were sorted, drafted and decided about."""

from collections.abc import AsyncIterator

import pytest

from services.kit.db import Pool
from services.store.roles import load_privileges, provision_roles
from tests.answer.library import BagOfWords, Library
from tests.kit.scripted_llm import ScriptedLLM, scripted_llm
from tests.replay.past import House


@pytest.fixture
async def llm() -> AsyncIterator[ScriptedLLM]:
    async with scripted_llm() as server:
        yield server


@pytest.fixture
async def house(pool: Pool, database_url: str, nats_url: str) -> AsyncIterator[House]:
    library = Library(pool, BagOfWords())
    await library.fill()
    await provision_roles(database_url, load_privileges(), {}, tighten=True)
    built = House.at(pool, library, database_url, nats_url)
    await built.bus.broker.connect()
    yield built
    await built.bus.broker.stop()
