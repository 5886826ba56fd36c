"""One run of the sample world for the journeys from there, and a world for those on a network."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.journeys.demo_process import FirstRun, run
from tests.journeys.venues import NewStage, Place, Venue
from tests.networks.bluesky_pds import the_pds


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def first(tmp_path_factory: pytest.TempPathFactory) -> FirstRun:
    data = tmp_path_factory.mktemp("demo") / "data"
    code, out = await run("demo", "--once", "--data", str(data))
    return FirstRun(data, code, out)


@pytest.fixture
def venue(request: pytest.FixtureRequest) -> Venue:
    """The platform that a test is parametrised with."""
    chosen: Venue = request.param
    return chosen


@pytest.fixture
def place(
    request: pytest.FixtureRequest,
    venue: Venue,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Place:
    """Start what the platform needs, once a session."""
    return Place(
        tmp_path,
        pds=the_pds(request, tmp_path_factory) if venue.needs == "pds" else None,
        site=request.getfixturevalue("site") if venue.needs == "site" else None,
    )


@pytest_asyncio.fixture
async def new_stage(venue: Venue, place: Place) -> AsyncIterator[NewStage]:
    """A fresh world; each call gives a fresh post in it."""
    async with venue.open(place) as opened:
        yield opened
