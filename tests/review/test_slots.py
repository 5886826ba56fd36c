"""The database's connections, as a real server counts them."""

from datetime import UTC, datetime

from services.kit.db import Pool
from services.kit.settings import Settings
from services.review.house_state import HouseReader
from tests.review.reading import rows


async def test_the_house_knows_how_many_connections_are_left(pool: Pool) -> None:
    slots = (await HouseReader(pool, Settings()).read(datetime.now(UTC))).slots
    ((most,),) = await rows(pool, "select current_setting('max_connections')::int")
    assert 0 < slots.used <= slots.most < most
    assert slots.fill == slots.used / slots.most
