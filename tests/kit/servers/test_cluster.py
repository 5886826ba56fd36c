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


async def _refused(data_dir: Path, sentence: str) -> None:
    """Check that the start ends with the sentence and that no file is gone after it."""
    before = _all_files(data_dir)
    with pytest.raises(EmbeddedServerError, match=sentence):
        async with embedded_postgres(data_dir, durable=False):
            pass
    assert before <= _all_files(data_dir)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (_without_version, r"damaged \(PG_VERSION is missing\): restore"),
        (_without_data, r"damaged \(PG_VERSION is missing\): restore"),
        (_without_password, r"damaged \(password is missing\): restore"),
        (_of_another_version, "made by PostgreSQL 15, the installed one is 18: .*pg_dump"),
    ],
)
async def test_a_folder_that_is_not_whole_is_refused_and_kept(
    tmp_path: Path, damage: Callable[[Path], None], sentence: str
) -> None:
    """INVARIANT: a folder that may hold data is never made anew."""
    cluster = tmp_path / "postgres" / "cluster"
    (cluster / "data" / "base").mkdir(parents=True)
    for name in ("password", "data/PG_VERSION", "data/base/precious"):
        (cluster / name).write_text("18\n")
    damage(cluster)
    await _refused(tmp_path, sentence)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (_with_wrong_password, "password authentication failed.*restore"),
        (_without_control_file, "damaged: restore.*pg_control"),
        (_without_write_ahead_log, "damaged: restore.*could not locate"),
    ],
)
async def test_a_damage_that_the_server_finds_is_told_and_kept(
    breakable_dir: Path, damage: Callable[[Path], None], sentence: str
) -> None:
    """INVARIANT: a folder that may hold data is never made anew."""
    damage(breakable_dir / "postgres" / "cluster")
    await _refused(breakable_dir, sentence)


async def test_a_half_made_folder_is_made_anew(tmp_path: Path) -> None:
    """A draft never held data: the server has only ever run in the finished folder."""
    draft = tmp_path / "postgres" / "cluster.draft-x"
    (draft / "data" / "base").mkdir(parents=True)
    async with embedded_postgres(tmp_path, durable=False):
        assert not draft.exists()


async def test_a_stale_pid_that_another_process_got_since_is_no_obstacle(data_dir: Path) -> None:
    """In a container the same few numbers return at every start."""
    pid_file = data_dir / "postgres" / "cluster" / "data" / "postmaster.pid"
    pid_file.write_text(f"{os.getppid()}\n{pid_file.parent}\n")
    async with embedded_postgres(data_dir, durable=False) as server:
        assert pid_file.read_text().split()[0] == str(server.pid)
