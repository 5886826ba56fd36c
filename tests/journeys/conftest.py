"""One run of the sample world, shared by the journeys that start from there."""

import pytest
import pytest_asyncio

from tests.journeys.demo_process import FirstRun, run


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def first(tmp_path_factory: pytest.TempPathFactory) -> FirstRun:
    data = tmp_path_factory.mktemp("demo") / "data"
    code, out = await run("demo", "--once", "--data", str(data))
    return FirstRun(data, code, out)
