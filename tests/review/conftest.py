from collections.abc import AsyncIterator, Callable

import pytest

from services.kit.db import Pool
from services.review.app import create_app
from tests.review.hearing import Hear, hearing
from tests.review.openid import OpenId, Wire, the_openid
from tests.review.provider_house import House
from tests.review.room import Room, make_desk
from tests.review.test_second_factor import KEY
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


@pytest.fixture
def openid(request: pytest.FixtureRequest) -> OpenId:
    return the_openid(request)


@pytest.fixture
async def build(
    openid: OpenId, pool: Pool, database_url: str
) -> AsyncIterator[Callable[..., House]]:
    """Make desks with an OpenID provider beside them; their settings may differ."""
    made: list[House] = []

    def build(**settings: object) -> House:
        wire = Wire()
        chosen = {"secret_keys": KEY, **openid.settings, **settings}
        desk = make_desk(pool, database_url, ask=wire, **chosen)
        app = create_app(desk, version="test", routes=[])
        made.append(House(Room(desk, pool, app, World(pool)), openid, wire))
        return made[-1]

    yield build
    for house in made:
        await house.wire.close()
        for client in house.room.clients:
            await client.aclose()
