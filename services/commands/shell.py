"""How every command reads its settings, runs, speaks and fails."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import nats.errors
import psycopg
import psycopg_pool
import typer
from pydantic import ValidationError
from rich.console import Console

from services.kit.db import DatabaseNotReady
from services.kit.embed.errors import EmbeddingError
from services.kit.faults import PublishFailed, faulty_fields
from services.kit.prompt import BadPrompt
from services.kit.servers.errors import EmbeddedServerError
from services.kit.service import CannotStart
from services.kit.settings import Settings
from services.kit.telemetry import log_to_stderr

T = TypeVar("T")
Say = Callable[[str], None]

DataDir = Annotated[
    Path | None, typer.Option("--data", help="Folder of the embedded servers' data.")
]
TELLING = (
    CannotStart, DatabaseNotReady, EmbeddedServerError, PublishFailed, BadPrompt, EmbeddingError,
)  # fmt: skip
"""Errors whose message is the sentence a person needs."""


def say(text: str) -> None:
    """Print a line as it is: no markup, at once."""
    Console(highlight=False, soft_wrap=True).print(text, markup=False)


def complain(text: str) -> None:
    """Print a line of trouble; the command goes on."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(text, markup=False, style="red")


def fail(text: str) -> typer.Exit:
    """Print what went wrong and return the exit to raise."""
    complain(text)
    return typer.Exit(1)


def load(data: Path | None = None, port: int | None = None) -> Settings:
    """Read the settings; what the command line says wins."""
    named: dict[str, Any] = {"data_dir": data, "port": port}
    try:
        settings = Settings(**{key: value for key, value in named.items() if value is not None})
    except ValidationError as error:
        raise fail(f"A setting is wrong: {faulty_fields(error)}") from error
    log_to_stderr(settings.log_level)
    return settings


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command; a known trouble ends it with one sentence instead of a traceback."""
    try:
        return asyncio.run(work)
    except TELLING as error:
        raise fail(str(error)) from error
    except psycopg.errors.UndefinedTable as error:
        raise fail("The database has no tables yet: run `dialogwerk provision`") from error
    except (psycopg.OperationalError, psycopg_pool.PoolTimeout) as error:
        raise fail(f"Postgres does not answer: {error}; check DATABASE_URL") from error
    except nats.errors.Error as error:
        raise fail(f"NATS does not answer: {error}; check NATS_URL") from error
    except KeyboardInterrupt as error:
        raise typer.Exit(130) from error
