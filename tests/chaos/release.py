"""A release of this program, of now or of the past: its tree, its commands, its bus users."""

import asyncio
import json
import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.kit.bus_users import OWNER, BusUser
from services.kit.servers.child import Finished, run_to_end
from tests.chaos.processes import ROOT

MIGRATIONS = "services/store/migrations"
BEHIND = 5
"""Migrations that the earlier release lacks, unless one is named."""


class NoHistory(Exception):
    """No earlier release can be had here; the message says how to get one."""


class CommandFailed(Exception):
    """A command of a release ended with an error; the message is what it printed."""


@dataclass(frozen=True)
class Release:
    """A tree of this program."""

    name: str
    tree: Path

    @property
    def migrations(self) -> int:
        """How many migrations it has."""
        return len(list((self.tree / MIGRATIONS).glob("*.sql")))

    def bus_users(self) -> list[BusUser]:
        """Return whom its broker has to know, as its compose file's configuration says."""
        text = (self.tree / "schemas/generated/nats.conf").read_text(encoding="utf-8")
        block = re.sub(r'(?<="password": )(\$\w+)', r'"\1"', text.partition("authorization: ")[2])
        return [
            BusUser(
                user["user"],
                tuple(user["permissions"]["publish"]),
                tuple(user["permissions"]["subscribe"]),
            )
            for user in json.loads(block)["users"]
            if user["user"] != OWNER
        ]

    def command(self, environment: Mapping[str, str], *arguments: str) -> list[str]:
        """Return `dialogwerk ARGUMENTS` with this release's code and an environment."""
        env = shutil.which("env") or "/usr/bin/env"
        given = {**environment, "PYTHONPATH": str(self.tree)}
        set_to = [f"{key}={value}" for key, value in given.items()]
        return [env, *set_to, sys.executable, "-m", "services.cli", *arguments]

    async def run(
        self, folder: Path, environment: Mapping[str, str], *arguments: str, given: str = ""
    ) -> str:
        """Run a command to its end and return what it printed; raises CommandFailed."""
        done = await run_to_end(
            self.command(environment, *arguments), account=None, folder=folder, given=given
        )
        if done.code:
            raise CommandFailed(f"{self.name}: {' '.join(arguments)}: {done.output}")
        return done.output


HERE = Release("new", ROOT)


async def earlier(revision: str | None, folder: Path) -> Release:
    """Unpack an earlier release into `folder`; raises NoHistory.

    Without a revision it is the last one that lacks the newest `BEHIND` migrations.
    """
    commit = revision or await _before_the_newest()
    archive = folder.with_suffix(".tar")
    packed = await _git("archive", "--format=tar", "-o", str(archive), commit)
    if packed.code:
        raise NoHistory(f"git knows no revision {commit} here: {packed.output.strip()}")
    await asyncio.to_thread(_unpack, archive, folder)
    return Release("old", folder)


def _unpack(archive: Path, folder: Path) -> None:
    folder.mkdir(parents=True)
    shutil.unpack_archive(archive, folder, filter="data")
    archive.unlink()


async def _before_the_newest() -> str:
    wanted = HERE.migrations - BEHIND
    touched = await _git("log", "--format=%H", "--", MIGRATIONS)
    for commit in touched.output.split() if touched.code == 0 else ():
        if await _count(f"{commit}^") <= wanted < await _count(commit):
            return f"{commit}^"
    raise NoHistory(
        f"this checkout's history holds no release with {wanted} migrations: get it with"
        " `git fetch --unshallow`, or name another revision with --from"
    )


async def _count(commit: str) -> int:
    listed = await _git("ls-tree", "--name-only", commit, f"{MIGRATIONS}/")
    return listed.output.count(".sql") if listed.code == 0 else sys.maxsize


async def _git(*arguments: str) -> Finished:
    program: Sequence[str] = [shutil.which("git") or "git", "-C", str(ROOT), *arguments]
    try:
        return await run_to_end(program, account=None, folder=ROOT)
    except OSError as error:
        raise NoHistory(f"git does not run: {error}") from error
