from collections.abc import Collection

import pytest

from services.ingest.erase import Eraser
from services.ingest.intake import Intake
from services.kit.db import Pool
from tests.ingest.events import KEY, new_intake
from tests.world import World


@pytest.fixture
def world(pool: Pool) -> World:
    return World(pool)


@pytest.fixture
def intake(pool: Pool) -> Intake:
    return new_intake(pool)


@pytest.fixture
def eraser(pool: Pool) -> Eraser:
    """Works without a bus: no dead letter stands on it."""

    async def nothing(_: Collection[str]) -> None:
        """Erase no letter."""

    return Eraser(pool, KEY, nothing)
