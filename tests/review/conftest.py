from collections.abc import AsyncIterator

import pytest

from services.kit.db import Pool
from services.review.app import create_app
from tests.review.hearing import Hear, hearing
from tests.review.room import Room, make_desk
from tests.world import World


@pytest.fixture
async def room(pool: Pool, database_url: str) -> AsyncIterator[Room]:
    desk = make_desk(pool, database_url)
    room = Room(desk, pool, create_app(desk, version="test", routes=[]), World(pool))
    yield room
    for client in room.clients:
        await client.aclose()


@pytest.fixture
def hear(pool: Pool) -> Hear:
    """Hand a message to the handler that listens for it, as the bus would."""
    return hearing(pool)


@pytest.fixture
def world(pool: Pool) -> World:
    return World(pool)
