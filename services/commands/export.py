"""`dialogwerk export`: take records out of the house from a shell."""

import getpass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated
from uuid import uuid4

import typer

from services import house
from services.commands.shell import DataDir, load, run
from services.kit.db import open_pool
from services.kit.pseudonym import pseudonym_keys
from services.review.exporting import exported
from services.store.exports import Export

export_app = typer.Typer(help="Take records out of the house.", no_args_is_help=True)
Moment = Annotated[
    datetime | None, typer.Option(help="A day or moment, e.g. 2026-11-01.", show_default=False)
]


class Format(StrEnum):
    """How records are written."""

    CSV = "csv"
    JSONL = "jsonl"


@export_app.callback()
def export() -> None:
    """Take records out of the house."""


@export_app.command()
def decisions(
    data: DataDir = None,
    *,
    since: Moment = None,
    until: Moment = None,
    form: Annotated[Format, typer.Option("--format", help="How to write them.")] = Format.JSONL,
    names: Annotated[
        bool, typer.Option("--names", help="Call the team by name, not by pseudonym.")
    ] = False,
) -> None:
    """Print every decision with what it was made on; without options all of them.

    It is noted who took them out.
    """

    async def work() -> None:
        async with (
            house.on_servers(load(data), _quiet) as settings,
            open_pool(settings.database_url, size=2) as pool,
        ):
            now = datetime.now(UTC)
            asked = Export(
                uuid4().hex, f"command:{getpass.getuser()}", now, form.value,
                since=since.astimezone(UTC) if since else None,
                until=until.astimezone(UTC) if until else None, named=names,
            )  # fmt: skip
            key, *_ = pseudonym_keys(settings)
            async for piece in exported(pool, key, asked, now):
                typer.echo(piece, nl=False)

    run(work())


def _quiet(_: str) -> None:
    """Standard output is the file's."""
