"""What is done with a database folder that is not as it should be: told or mended, never lost."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from services.kit.servers.errors import EmbeddedServerError
from services.kit.servers.postgres import embedded_postgres


def _all_files(folder: Path) -> set[Path]:
    """Return all but the caches that every start of PostgreSQL makes anew."""
    files = {path for path in folder.rglob("*") if path.is_file()}
    return {file for file in files if file.name != "pg_internal.init"}


def _without_version(cluster: Path) -> None:
    (cluster / "data" / "PG_VERSION").unlink()


def _without_data(cluster: Path) -> None:
    (cluster / "data").rename(cluster / "elsewhere")


def _without_password(cluster: Path) -> None:
    (cluster / "password").unlink()


def _with_wrong_password(cluster: Path) -> None:
    (cluster / "password").write_text("wrong")


def _of_another_version(cluster: Path) -> None:
    (cluster / "data" / "PG_VERSION").write_text("15\n")


def _without_control_file(cluster: Path) -> None:
    (cluster / "data" / "global" / "pg_control").unlink()


def _without_write_ahead_log(cluster: Path) -> None:
    for segment in (cluster / "data" / "pg_wal").glob("0*"):
        segment.unlink()


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (_without_version, r"damaged \(PG_VERSION is missing\): restore"),
        (_without_data, r"damaged \(PG_VERSION is missing\): restore"),
        (_without_password, r"damaged \(password is missing\): restore"),
        (_with_wrong_password, "password authentication failed.*restore"),
        (_of_another_version, "made by PostgreSQL 15, the installed one is 18: .*pg_dump"),
        (_without_control_file, "damaged: restore.*pg_control"),
        (_without_write_ahead_log, "damaged: restore.*could not locate"),
    ],
)
async def test_a_damaged_folder_is_told_and_kept(
    data_dir: Path, damage: Callable[[Path], None], sentence: str
) -> None:
    """INVARIANT: a folder that may hold data is never made anew."""
    cluster = data_dir / "postgres" / "cluster"
    damage(cluster)
    before = _all_files(cluster)
    with pytest.raises(EmbeddedServerError, match=sentence):
        async with embedded_postgres(data_dir, durable=False):
            pass
    assert before <= _all_files(cluster)


async def test_a_half_made_folder_is_made_anew(data_dir: Path) -> None:
    """A draft never held data: the server has only ever run in the finished folder."""
    folder = data_dir / "postgres"
    (folder / "cluster").rename(folder / "cluster.new")
    _without_version(folder / "cluster.new")
    async with embedded_postgres(data_dir, durable=False):
        assert not (folder / "cluster.new").exists()


async def test_a_stale_pid_that_another_process_got_since_is_no_obstacle(data_dir: Path) -> None:
    """In a container the same few numbers return at every start."""
    pid_file = data_dir / "postgres" / "cluster" / "data" / "postmaster.pid"
    pid_file.write_text(f"{os.getppid()}\n{pid_file.parent}\n")
    async with embedded_postgres(data_dir, durable=False) as server:
        assert pid_file.read_text().split()[0] == str(server.pid)
