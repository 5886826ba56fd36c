"""`dialogwerk ...`: everything an operator does from a shell."""

import asyncio
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import nats.errors
import psycopg
import psycopg_pool
import typer
from pydantic import ValidationError
from rich.console import Console

from services import __version__, house
from services.commands import accounts, generate, intake, publications, sources
from services.demo.report import report
from services.demo.run import run_demo
from services.kit.bus import PublishFailed, faulty_fields
from services.kit.db import DatabaseNotReady, open_pool
from services.kit.embed.embedder import EmbeddingError
from services.kit.prompt import BadPrompt
from services.kit.servers.errors import EmbeddedServerError
from services.kit.service import CannotStart, hosting, stop_on_signal
from services.kit.settings import Settings
from services.kit.telemetry import log_to_stderr

T = TypeVar("T")

app = typer.Typer(
    help="Dialogwerk: answers in place, from your own publications, approved by a person.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
index_app = typer.Typer(help="The publications that answers are made of.", no_args_is_help=True)
account_app = typer.Typer(help="Who may sign in at the desk.", no_args_is_help=True)
app.add_typer(index_app, name="index")
app.add_typer(account_app, name="account")

DataDir = Annotated[
    Path | None, typer.Option("--data", help="Folder of the embedded servers' data.")
]
TELLING = (
    CannotStart, DatabaseNotReady, EmbeddedServerError, PublishFailed, BadPrompt, EmbeddingError,
    sources.Unwatchable,
)  # fmt: skip
"""Errors whose message is the sentence a person needs."""

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def say(text: str) -> None:
    """Print a line as it is: no markup, at once."""
    out.print(text, markup=False)


def complain(text: str) -> None:
    """Print a line of trouble; the command goes on."""
    err.print(text, markup=False, style="red")


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


@app.command()
def demo(
    data: DataDir = None,
    *,
    once: Annotated[
        bool, typer.Option("--once", help="Run the sample world through and print the books.")
    ] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin anew.")] = False,
    port: Annotated[int | None, typer.Option(help="The desk's port; 0 takes free ones.")] = None,
) -> None:
    """Show the whole job on embedded servers with a sandbox network."""
    settings = load(data, port if port is not None else 0 if once else None)
    log_to_stderr("ERROR")
    raise typer.Exit(run(run_demo(settings, once=once, fresh=fresh, say=say)))


@app.command()
def provision(data: DataDir = None) -> None:
    """Create or upgrade streams, consumers and tables; running it again changes nothing."""

    async def work() -> None:
        async with house.on_servers(load(data), say) as settings:
            done = await house.provision(settings)
            for line in done or ["everything is up to date"]:
                say(line)

    run(work())


@app.command("run")
def run_one(name: str, data: DataDir = None) -> None:
    """Run one service: review, ingest, index, route, answer or deliver."""
    if name not in house.BUILDERS:
        raise fail(f"There is no service {name}; there are {', '.join(house.BUILDERS)}")
    run(_host(load(data), [name]))


@app.command()
def up(data: DataDir = None) -> None:
    """Run all services in one process, on embedded servers unless others are configured."""
    run(_host(load(data), list(house.BUILDERS)))


async def _host(settings: Settings, names: list[str]) -> None:
    stop = stop_on_signal()
    async with house.on_servers(settings, say) as on:
        services = house.build_services(on, names)
        async with hosting(services, host=on.host, first_port=on.port) as ports:
            say("up: " + ", ".join(f"{name} :{port}" for name, port in ports.items()))
            await stop.wait()
    say("stopped")


@app.command()
def ingest(file: str, data: DataDir = None) -> None:
    """Take comments in from a JSONL file, one event a line; `-` reads standard input."""

    async def work() -> int:
        async with house.on_servers(load(data), say) as settings:
            return await intake.ingest_file(settings, file, out, err)

    raise typer.Exit(run(work()))


@app.command()
def books(data: DataDir = None) -> None:
    """Print where every comment stands; exit with 1 when the books do not balance."""

    async def work() -> int:
        async with (
            house.on_servers(load(data), say) as settings,
            open_pool(settings.database_url) as pool,
        ):
            balance, lines = await report(pool, drafts=0)
            for line in lines:
                say(line)
            return 0 if balance.balanced else 1

    raise typer.Exit(run(work()))


@app.command()
def schemas(
    *, check: Annotated[bool, typer.Option("--check", help="Only compare, exit 1.")] = False
) -> None:
    """Write JSON Schema, AsyncAPI and OpenAPI into schemas/generated."""
    raise typer.Exit(generate.generate(say, check=check))


@app.command()
def version() -> None:
    """Print the version."""
    say(__version__)


@index_app.command("add")
def index_add(sources: list[str], data: DataDir = None) -> None:
    """Add files, folders or addresses; adding again changes only what changed."""

    async def work() -> int:
        async with house.on_servers(load(data), say) as settings:
            return await publications.add_all(settings, sources, say, complain)

    raise typer.Exit(run(work()))


@index_app.command("list")
def index_list(data: DataDir = None) -> None:
    """List what is searchable."""

    async def work() -> None:
        async with house.on_servers(load(data), say) as settings:
            await publications.list_all(settings, say)

    run(work())


@index_app.command("show")
def index_show(publication: str, data: DataDir = None) -> None:
    """Show a publication and its passages, by id, name or address."""

    async def work() -> bool:
        async with house.on_servers(load(data), say) as settings:
            return await publications.show(settings, publication, say)

    if not run(work()):
        raise fail(f"No publication fits {publication}; see `dialogwerk index list`")


@index_app.command("remove")
def index_remove(publication: str, data: DataDir = None) -> None:
    """Take a publication out; no new draft cites it."""

    async def work() -> bool:
        async with house.on_servers(load(data), say) as settings:
            return await publications.remove_one(settings, publication, say)

    if not run(work()):
        raise fail(f"No publication fits {publication}; see `dialogwerk index list`")


@index_app.command("watch")
def index_watch(
    source: str,
    data: DataDir = None,
    *,
    every: Annotated[str, typer.Option(help="Minutes, hours or days: 30m, 24h, 7d.")] = "24h",
) -> None:
    """Have a folder, a page or a sitemap read again by itself; what is gone is withdrawn."""

    async def work() -> None:
        async with house.on_servers(load(data), say) as settings:
            await sources.watch(settings, source, every, say)

    run(work())


@index_app.command("watched")
def index_watched(data: DataDir = None) -> None:
    """List what is read again by itself, when, and what went wrong."""

    async def work() -> None:
        async with house.on_servers(load(data), say) as settings:
            await sources.list_all(settings, say)

    run(work())


@index_app.command("unwatch")
def index_unwatch(source: str, data: DataDir = None) -> None:
    """Stop reading a source again; its publications stay."""

    async def work() -> bool:
        async with house.on_servers(load(data), say) as settings:
            return await sources.unwatch(settings, source)

    if not run(work()):
        raise fail(f"{source} is not watched; see `dialogwerk index watched`")


@account_app.command("add")
def account_add(
    name: str,
    data: DataDir = None,
    *,
    english: Annotated[bool, typer.Option("--english", help="Greet in English.")] = False,
) -> None:
    """Create an account; the password is asked for, or read from standard input."""
    password = (
        typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        if sys.stdin.isatty()
        else sys.stdin.readline().rstrip("\n")
    )

    async def work() -> str | None:
        async with house.on_servers(load(data), say) as settings:
            return await accounts.add(settings, name, password, "en" if english else "de")

    if trouble := run(work()):
        raise fail(trouble)
    say(f"account {name} can sign in")


def main() -> None:
    """Entry point of the `dialogwerk` command."""
    app()


if __name__ == "__main__":
    main()
