"""A real WordPress on a MariaDB of its own, in a folder that is thrown away."""

import asyncio
import getpass
import json
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from services.kit.servers.child import Child, Finished, run_to_end
from services.kit.web import listening_socket

HOW_TO_GET_IT = (
    "a real WordPress needs php, mariadbd and /usr/share/wordpress: "
    "run tests/networks/wordpress/install.sh (Debian)"
)
_PROGRAM = Path("/usr/share/wordpress")
_HERE = Path(__file__).parent
_START_SECONDS = 60.0
_STOP_STEPS = [(signal.SIGTERM, 5.0)]
_DATABASE = [
    "--no-defaults",
    "--skip-networking",
    "--skip-grant-tables",
    "--performance-schema=OFF",
    "--innodb-buffer-pool-size=32M",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-flush-method=nosync",
    "--innodb-doublewrite=0",
]


@dataclass(frozen=True)
class Site:
    """A running site; `passwords` are application passwords by login."""

    url: str
    passwords: Mapping[str, str]
    _folder: Path

    async def sql(self, statement: str) -> None:
        """Do something to the site's tables that would take long through its doors."""
        await _finish(_client(self._folder), "wordpress", "-e", statement, folder=self._folder)


def is_installed() -> bool:
    return (
        all(shutil.which(name) for name in ("php", "mariadbd", "mariadb-install-db"))
        and (_PROGRAM / "wp-load.php").exists()
    )


@asynccontextmanager
async def wordpress_site() -> AsyncIterator[Site]:
    """Set up a site with four people and run it on loopback for as long as the block lasts.

    The folder's name is short, because a socket's address may have 107 bytes.
    """
    with tempfile.TemporaryDirectory(prefix="wp-") as made:
        folder = Path(made)
        socket, files = folder / "db.sock", folder / "site"
        _lay_out(files)
        database = await _database(folder, socket)
        try:
            with listening_socket() as probe:
                port = probe.getsockname()[1]
            said = await _finish(_php(files, socket), str(_HERE / "setup.php"), folder=folder)
            server = await Child.start(
                [*_php(files, socket), "-S", f"127.0.0.1:{port}", "-t", files],
                log_file=folder / "php.log",
                death_signal=signal.SIGTERM,
                folder=folder,
            )
            try:
                await _until_it_listens(server, port)
                yield Site(f"http://127.0.0.1:{port}", json.loads(said), folder)
            finally:
                await server.stop(_STOP_STEPS)
        finally:
            await database.kill()


def _lay_out(files: Path) -> None:
    """The program's files by link, the site's own configuration and plugin by copy."""
    plugins = files / "wp-content" / "mu-plugins"
    plugins.mkdir(parents=True)
    for part in _PROGRAM.iterdir():
        if part.name not in {"wp-content", "wp-config.php"}:
            (files / part.name).symlink_to(part)
    shutil.copy(_HERE / "wp-config.php", files)
    shutil.copy(_HERE / "quiet.php", plugins)


async def _database(folder: Path, socket: Path) -> Child:
    data = folder / "data"
    user = f"--user={getpass.getuser()}"
    await _finish(
        [_path("mariadb-install-db"), "--no-defaults", user, f"--datadir={data}"],
        "--skip-test-db",
        "--auth-root-authentication-method=normal",
        folder=folder,
    )
    child = await Child.start(
        [
            *[_path("mariadbd"), *_DATABASE, user, f"--datadir={data}"],
            *[f"--socket={socket}", f"--pid-file={folder}/pid"],
        ],
        log_file=folder / "mariadb.log",
        death_signal=signal.SIGKILL,
        folder=folder,
    )
    make = "create database wordpress character set utf8mb4"
    async with asyncio.timeout(_START_SECONDS):
        while (
            await run_to_end([*_client(folder), "-e", make], account=None, folder=folder)
        ).code != 0:
            assert child.how_it_ended() is None, child.log()
            await asyncio.sleep(0.05)
    return child


def _client(folder: Path) -> list[str]:
    options = ["--no-defaults", "--default-character-set=utf8mb4"]
    return [_path("mariadb"), *options, f"--socket={folder / 'db.sock'}"]


def _php(files: Path, socket: Path) -> list[str]:
    return [
        *[_path("env"), f"SITE_FOLDER={files}", f"SITE_SOCKET={socket}"],
        *["php", "-d", "opcache.enable_cli=1", "-d", "display_errors=0"],
        *["-d", f"auto_prepend_file={_HERE / 'prepend.php'}"],
    ]


async def _finish(program: list[str], *arguments: str, folder: Path) -> str:
    done: Finished = await run_to_end([*program, *arguments], account=None, folder=folder)
    assert done.code == 0, done.output
    return done.output


def _path(program: str) -> str:
    found = shutil.which(program)
    assert found is not None, HOW_TO_GET_IT
    return found


async def _until_it_listens(server: Child, port: int) -> None:
    async with asyncio.timeout(_START_SECONDS):
        while True:
            assert server.how_it_ended() is None, server.log()
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
                continue
            writer.close()
            return
