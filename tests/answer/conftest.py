"""An answer service's parts on real servers: a database with a library, a scripted model."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from services.answer.draft import Voice
from services.answer.make import Drafting, load_prompts
from services.kit.db import Pool
from services.kit.spending import Purse
from tests.answer.library import BagOfWords, Library
from tests.kit.scripted_llm import ScriptedLLM, scripted_llm
from tests.world import World


@pytest.fixture
async def llm() -> AsyncIterator[ScriptedLLM]:
    async with scripted_llm() as server:
        yield server


@pytest.fixture
async def library(pool: Pool) -> Library:
    library = Library(pool, BagOfWords())
    await library.fill()
    return library


@pytest.fixture
def world(pool: Pool) -> World:
    return World(pool)


@pytest.fixture
def quoting(library: Library) -> Drafting:
    """What the handler needs, without a language model."""
    return Drafting(
        pool=library.pool,
        embedder=library.embedder,
        model=None,
        prompts=load_prompts(),
        voice=Voice("Stiftung Regenlinde"),
        own_domains=("regenlinde.example",),
        purse=Purse(1000),
    )


@pytest.fixture
async def writing(quoting: Drafting, llm: ScriptedLLM) -> AsyncIterator[Drafting]:
    """The same with the scripted language model."""
    model = llm.model(timeout=5)
    yield replace(quoting, model=model)
    await model.close()
