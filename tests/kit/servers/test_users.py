"""The servers run as root and as an ordinary user alike."""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

import services
from services.kit.servers.account import server_account
from services.kit.servers.child import Account, run_to_end
from services.kit.servers.postgres import embedded_postgres
from services.kit.servers.programs import find_programs, public_copy

NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def _python_for_everyone() -> str | None:
    """Find an interpreter of our version that the user nobody may run; root's own is often not."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    probe = f"import sys; assert sys.version_info[:2] == {sys.version_info[:2]}; import services"
    for python in (sys.executable, f"/usr/bin/{name}", f"/usr/local/bin/{name}"):
        try:
            subprocess.run(
                [python, "-c", probe], check=True, user=NOBODY, env=_environment(), cwd="/"
            )
        except (OSError, subprocess.CalledProcessError):
            continue
        return python
    return None


def _environment() -> dict[str, str]:
    house = Path(services.__file__).parent.parent
    packages = Path(psycopg.__file__).parent.parent
    return {"PYTHONPATH": f"{house}:{packages}", "PYTHONDONTWRITEBYTECODE": "1"}


_BOTH_TWICE = """
import asyncio, os, sys
from pathlib import Path
from services.kit.servers.nats import embedded_nats
from services.kit.servers.postgres import embedded_postgres

async def main(data_dir):
    for _ in range(2):
        async with embedded_nats(data_dir), embedded_postgres(data_dir, durable=False):
            print(os.geteuid(), flush=True)

asyncio.run(main(Path(sys.argv[1])))
"""


@as_root
async def test_an_ordinary_user_can_start_both(open_folder: Path) -> None:
    python = await asyncio.to_thread(_python_for_everyone)
    if python is None:
        pytest.skip("no Python of this version that the user nobody may run")
    data_dir = open_folder / "data"
    data_dir.mkdir()
    os.chown(data_dir, NOBODY, NOBODY)
    nobody = await asyncio.create_subprocess_exec(
        *[python, "-W", "error", "-c", _BOTH_TWICE, str(data_dir)],
        user=NOBODY,
        group=NOBODY,
        extra_groups=[],
        env=_environment(),
        cwd="/",
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await nobody.communicate()
    assert output.decode().split() == [str(NOBODY)] * 2
    owners = {path.stat().st_uid for path in data_dir.rglob("*")}
    assert owners == {NOBODY}


def _user_of(pid: int) -> int:
    return Path(f"/proc/{pid}").stat().st_uid


@as_root
async def test_root_gives_away_only_the_database_folder(data_dir: Path) -> None:
    """INVARIANT: nothing above the database folder changes owner or opens to others."""
    folders = [data_dir.parent, data_dir, data_dir / "postgres", data_dir / "postgres" / "cluster"]
    before = [(folder.stat().st_uid, folder.stat().st_mode) for folder in folders]
    async with embedded_postgres(data_dir, durable=False) as server:
        owner = _user_of(server.pid)
        assert owner == (folders[-1] / "data").stat().st_uid != 0
        assert (folders[-1] / "password").stat().st_uid == 0
    assert [(folder.stat().st_uid, folder.stat().st_mode) for folder in folders] == before


@as_root
async def test_a_database_of_another_user_stays_theirs_when_root_starts_it(
    breakable_dir: Path,
) -> None:
    data = breakable_dir / "postgres" / "cluster" / "data"
    someone = Account(12345, 12345)
    for path in [data, *data.rglob("*")]:
        os.chown(path, someone.uid, someone.gid)
    assert server_account(data) == someone
    async with embedded_postgres(breakable_dir, durable=False) as server:
        assert _user_of(server.pid) == someone.uid


@as_root
async def test_programs_that_only_root_can_reach_are_copied_for_the_server(
    open_folder: Path, tmp_path: Path
) -> None:
    nobody = Account(NOBODY, NOBODY)
    programs = await find_programs(None, account=None)
    hidden = tmp_path / "hidden"
    hidden.mkdir(mode=0o700)
    (hidden / "bin").mkdir(mode=0o700)
    (hidden / "bin" / "postgres").write_bytes(programs.postgres.read_bytes())
    (hidden / "bin" / "postgres").chmod(0o700)
    for _ in range(2):
        copy = public_copy(hidden, open_folder / "postgresql")
        finished = await run_to_end(
            [copy / "bin" / "postgres", "-V"], account=nobody, folder=Path("/")
        )
        assert "(PostgreSQL)" in finished.output
