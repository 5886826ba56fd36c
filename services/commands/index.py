"""`dialogwerk index`: the publications that answers are made of."""

from typing import Annotated

import typer

from services import house
from services.commands import publications, sources
from services.commands.shell import DataDir, complain, fail, load, run, say

index_app = typer.Typer(help="The publications that answers are made of.", no_args_is_help=True)


@index_app.command("add")
def add(
    given: Annotated[list[str], typer.Argument(metavar="SOURCES...")],
    data: DataDir = None,
    *,
    replaces: Annotated[
        str | None, typer.Option(help="Publication that the one given here takes the place of.")
    ] = None,
) -> None:
    """Add files, folders or addresses; adding again changes only what changed."""

    async def work() -> int:
        async with house.on_servers(load(data), say) as settings:
            if replaces is None:
                return await publications.add_all(settings, given, say, complain)
            return await publications.replace(settings, given, replaces, say, complain)

    raise typer.Exit(run(work()))


@index_app.command("list")
def list_all(data: DataDir = None) -> None:
    """List what is searchable."""

    async def work() -> None:
        async with house.on_servers(load(data), say) as settings:
            await publications.list_all(settings, say)

    run(work())


@index_app.command("show")
def show(publication: str, data: DataDir = None) -> None:
    """Show a publication and its passages, by id, name or address."""

    async def work() -> bool:
        async with house.on_servers(load(data), say) as settings:
            return await publications.show(settings, publication, say)

    if not run(work()):
        raise fail(f"No publication fits {publication}; see `dialogwerk index list`")


@index_app.command("remove")
def remove(publication: str, data: DataDir = None) -> None:
    """Take a publication out; no new draft cites it, waiting ones are made anew."""

    async def work() -> bool:
        async with house.on_servers(load(data), say) as settings:
            return await publications.remove_one(settings, publication, say)

    if not run(work()):
        raise fail(f"No publication fits {publication}; see `dialogwerk index list`")


@index_app.command("watch")
def watch(
    source: str,
    data: DataDir = None,
    *,
    every: Annotated[str, typer.Option(help="Minutes, hours or days: 30m, 24h, 7d.")] = "24h",
) -> None:
    """Have a folder, a page or a sitemap read again by itself; what is gone is withdrawn."""

    async def work() -> None:
        async with house.on_servers(load(data), say) as settings:
            try:
                await sources.watch(settings, source, every, say)
            except sources.Unwatchable as error:
                raise fail(str(error)) from error

    run(work())


@index_app.command("watched")
def watched(data: DataDir = None) -> None:
    """List what is read again by itself, when, and what went wrong."""

    async def work() -> None:
        async with house.on_servers(load(data), say) as settings:
            await sources.list_all(settings, say)

    run(work())


@index_app.command("unwatch")
def unwatch(source: str, data: DataDir = None) -> None:
    """Stop reading a source again; its publications stay."""

    async def work() -> bool:
        async with house.on_servers(load(data), say) as settings:
            return await sources.unwatch(settings, source)

    if not run(work()):
        raise fail(f"{source} is not watched; see `dialogwerk index watched`")
