import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from services.kit.servers.postgres import embedded_postgres
from services.kit.servers.running import RunningServer


async def _make_cluster(data_dir: Path) -> None:
    async with embedded_postgres(data_dir, durable=False):
        pass


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data_dir = tmp_path_factory.mktemp("made-once")
    asyncio.run(_make_cluster(data_dir))
    return data_dir


@pytest.fixture
def data_dir(made_once: Path, tmp_path: Path) -> Iterator[Path]:
    """A data folder of its own with an empty database, under a name that needs quoting."""
    copy = tmp_path / 'Daten "Ordner" ü'
    shutil.copytree(made_once / "postgres", copy / "postgres")
    yield copy
    shutil.rmtree(copy)


@pytest.fixture
async def postgres(data_dir: Path) -> AsyncIterator[RunningServer]:
    async with embedded_postgres(data_dir, durable=False) as server:
        yield server
