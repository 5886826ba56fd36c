"""PostgreSQL's database folder: made in one piece or not at all, and checked before each start."""

import asyncio
import os
import re
import secrets
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from services.kit.servers.account import hand_over
from services.kit.servers.child import Account, run_to_end
from services.kit.servers.errors import EmbeddedServerError, explain
from services.kit.servers.folder import told_faults, write_secret
from services.kit.servers.programs import Programs

DATABASE = ROLE = "dialogwerk"
_FAILED = re.compile(r"\b(ERROR|FATAL|PANIC):")
_HOST_BASED_ACCESS = "host all all 127.0.0.1/32 scram-sha-256\n"
_CTYPE = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"
_INITDB_OPTIONS = [
    *["--username=postgres", "--auth=reject", "--no-sync", "--encoding=UTF8", "--no-locale"],
    *["--locale-provider=builtin", "--builtin-locale=C.UTF-8", f"--lc-ctype={_CTYPE}"],
]
"""The builtin provider gives German letters their case and class on every machine alike, and no
index breaks when the system's C library changes; only pg_trgm still asks the C library, hence
`--lc-ctype`. The price: `order by` compares code points (Z before Ä), so lists that a person
reads are ordered by `lower(unaccent(name))`."""


@dataclass(frozen=True)
class Cluster:
    """The folder that holds PostgreSQL's own `data` and, beside it, the role's password."""

    folder: Path
    account: Account | None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def password_file(self) -> Path:
        return self.folder / "password"

    @property
    def data_argument(self) -> str:
        """How a program started in `data` names it.

        Another account may be barred from the folders above it; the link to its own working
        folder is then the way in.
        """
        if self.account and sys.platform == "linux":
            return "/proc/self/cwd"
        return str(self.data)


async def ensure_cluster(
    cluster: Cluster, programs: Programs, *, log_file: Path, durable: bool
) -> str:
    """Make the database folder, or check the one that is there, and return the role's password.

    Raises EmbeddedServerError; a folder that may hold data is never removed.
    """
    with told_faults(cluster.folder):
        if _is_absent(cluster.folder):
            await _make(cluster, programs, log_file=log_file, durable=durable)
        _check(cluster, programs)
        if cluster.account and _owner(cluster.data) != cluster.account.uid:
            await asyncio.to_thread(hand_over, cluster.data, cluster.account)
        return cluster.password_file.read_text().strip()


def _is_absent(folder: Path) -> bool:
    return not folder.exists() or not any(folder.iterdir())


def _owner(path: Path) -> int:
    return path.stat().st_uid


def _check(cluster: Cluster, programs: Programs) -> None:
    version_file = cluster.data / "PG_VERSION"
    if not version_file.exists() or not cluster.password_file.exists():
        missing = cluster.password_file if version_file.exists() else version_file
        raise EmbeddedServerError(
            f"The database folder {cluster.folder} is damaged ({missing.name} is missing): restore "
            "it from your last backup, or choose another data folder to start anew."
        )
    found = version_file.read_text().strip()
    if found != str(programs.major):
        raise EmbeddedServerError(
            f"The database folder {cluster.folder} was made by PostgreSQL {found}, the installed "
            f"one is {programs.major}: name a PostgreSQL {found} bin folder, or move the data with "
            "pg_dump and pg_restore."
        )


async def _make(cluster: Cluster, programs: Programs, *, log_file: Path, durable: bool) -> None:
    """Build the folder under another name, so that its final name proves that it is whole."""
    password = secrets.token_urlsafe(24)
    draft = await asyncio.to_thread(_lay_out_draft, cluster, password)
    place: list[str | Path] = ["-D", draft.data_argument]
    await _run(draft, [programs.initdb, *place, *_INITDB_OPTIONS], log_file)
    (draft.data / "pg_hba.conf").write_text(_HOST_BASED_ACCESS)
    single_user = [programs.postgres, "--single", *place, *([] if durable else ["-F"]), "template1"]
    await _run(draft, single_user, log_file, _first_statements(password))
    if durable:
        await _run(draft, [programs.initdb, *place, "--sync-only"], log_file)
    draft.folder.rename(cluster.folder)
    if durable:
        await asyncio.to_thread(_sync, cluster.password_file, cluster.folder, log_file.parent)


def _lay_out_draft(cluster: Cluster, password: str) -> Cluster:
    """Begin a draft; those of interrupted starts go, and one still in use does no harm."""
    prefix = f"{cluster.folder.name}.draft-"
    for left_over in cluster.folder.parent.glob(f"{prefix}*"):
        shutil.rmtree(left_over, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=cluster.folder.parent))
    draft = Cluster(folder, cluster.account)
    draft.data.mkdir(mode=0o700)
    if draft.account:
        hand_over(draft.data, draft.account)
    write_secret(draft.password_file, password)
    return draft


def _first_statements(password: str) -> str:
    """Give each new database pgvector, which only a superuser may add, and make ours.

    The superuser itself has no password and no line in pg_hba.conf: nobody can log in as it.
    """
    statements = [
        "create extension vector",
        f"create role {ROLE} login createdb createrole password '{password}'",
        f"create database {DATABASE} owner {ROLE}",
    ]
    return "".join(f"{statement};\n" for statement in statements)


async def _run(
    cluster: Cluster, program: Sequence[str | Path], log_file: Path, given: str = ""
) -> None:
    finished = await run_to_end(program, account=cluster.account, folder=cluster.data, given=given)
    if finished.code or _FAILED.search(finished.output):
        event = f"PostgreSQL could not make its database folder (exit code {finished.code})"
        raise explain(event, finished.output, log_file=log_file)


def _sync(*paths: Path) -> None:
    for path in paths:
        file = os.open(path, os.O_RDONLY)
        try:
            os.fsync(file)
        finally:
            os.close(file)
