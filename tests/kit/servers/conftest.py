import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from services.kit.servers.postgres import embedded_postgres
from services.kit.servers.running import RunningServer


async def _make_cluster(data_dir: Path) -> None:
    async with embedded_postgres(data_dir, durable=False):
        pass


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a database, under a name that needs quoting.

    Its tests start the servers one after another, with tables of their own, and leave it whole.
    """
    data_dir = tmp_path_factory.mktemp("servers") / 'Daten "Ordner" ü'
    asyncio.run(_make_cluster(data_dir))
    return data_dir


@pytest.fixture
def breakable_dir(data_dir: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy to do damage to."""
    copy = tmp_path / "data"
    shutil.copytree(data_dir, copy)
    yield copy
    shutil.rmtree(copy)


@pytest.fixture(scope="session")
def shared_dir(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of the server that many tests share."""
    return Path(shutil.copytree(data_dir, tmp_path_factory.mktemp("shared") / "data"))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgres(shared_dir: Path) -> AsyncIterator[RunningServer]:
    """One server for all tests that only ask it something."""
    async with embedded_postgres(shared_dir) as server:
        yield server
