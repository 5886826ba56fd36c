"""The Bluesky connector keeps the contract of every network, by the stream and by the AppView."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.networks.bluesky_appview import running_view
from tests.networks.bluesky_pds import Pds, the_pds
from tests.networks.bluesky_stage import BlueskyStage, House, open_house
from tests.networks.contract import NetworkContract

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def pds(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Pds:
    return the_pds(request, tmp_path_factory)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(pds: Pds) -> AsyncIterator[House]:
    async with open_house(pds, firehose=True) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house_with_view(pds: Pds) -> AsyncIterator[House]:
    async with running_view(pds), open_house(pds, firehose=False) as opened:
        yield opened


class TestByTheStream(NetworkContract):
    """A PDS without an AppView: its event stream tells everything."""

    @pytest_asyncio.fixture(loop_scope="module")
    async def stage(self, house: House) -> BlueskyStage:
        return BlueskyStage(house, await house.org.post("Unser Sommerfest steht an."))


class TestByTheAppView(NetworkContract):
    """An account at a large host: notifications and visits to threads tell everything."""

    @pytest_asyncio.fixture(loop_scope="module")
    async def stage(self, house_with_view: House) -> BlueskyStage:
        post = await house_with_view.org.post("Unser Sommerfest steht an.")
        return BlueskyStage(house_with_view, post)
