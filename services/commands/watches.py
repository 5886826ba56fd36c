"""`dialogwerk watches`: pages of partners, news media and decision makers that are read."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from services import house
from services.commands.shell import DataDir, complain, fail, load, run, say
from services.kit.db import Connection, open_pool, transaction
from services.networks.targets import WATCHABLE
from services.review.watch_list import LineFault, ListCode, read_list
from services.store import watches

T = TypeVar("T")

watches_app = typer.Typer(
    help="Pages of partners, news media and decision makers that are read.", no_args_is_help=True
)

SENTENCES: Mapping[ListCode, str] = {
    "not_text": "this is no text file: save the spreadsheet as CSV",
    "no_columns": "these columns are missing: {detail}",
    "no_lines": "there is nothing below the line of column names",
    "too_many": "more than {detail} lines: split the file",
    "name": "the name is missing or too long",
    "relation": "“{detail}” is no relation: write partner, news or decision_maker",
    "topics": "too many or too long topics: at most 12 of 60 characters",
    "twice": "the same address stands in line {detail}",
    "network": "“{detail}” cannot be watched; there are " + ", ".join(WATCHABLE),
    "empty": "the address is missing",
    "long": "the address is too long",
    "hashtag": "“{detail}” is no hashtag of this network",
    "search": "this network has no search",
    "handle": "“{detail}” is no account name of this network",
    "channel": "“{detail}” is no channel: write its id (UC...), @handle or address",
    "feed": "“{detail}” is no feed address: it begins with https:// and holds no password",
}


def sentence(fault: LineFault) -> str:
    """Return what is wrong, with its line."""
    words = SENTENCES[fault.code].format(detail=fault.detail)
    return f"line {fault.line}: {words}" if fault.line else words


@watches_app.command("import")
def import_list(file: Path, data: DataDir = None) -> None:
    """Take over a CSV list: name, network, address, relation, topics. All of it, or nothing."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise fail(f"{file} cannot be read: {error.strerror}") from error
    entries, faults = read_list(content)
    for fault in faults:
        complain(sentence(fault))
    if faults:
        raise fail("Nothing was taken over.")

    async def work(connection: Connection) -> watches.Added:
        return await watches.add_watches(connection, entries, by="command", now=datetime.now(UTC))

    done = _with_database(data, work)
    say(f"{done.added} added, {done.changed} changed, {done.unchanged} as they were")


@watches_app.command("list")
def list_all(data: DataDir = None) -> None:
    """List what is watched, and how reading it goes."""
    for one in (rows := _with_database(data, watches.list_watches)):
        state = "paused" if one.paused else one.trouble or ("read" if one.read_at else "waiting")
        say(
            f"{one.watch_id}  {one.relation:14s} {one.network:9s} {state:13s} {one.posts:6d} posts"
            f"  {one.name}  {one.address}"
        )
    if not rows:
        say("Nothing is watched; take over a list with `dialogwerk watches import FILE`.")


@watches_app.command("pause")
def pause(
    watch_id: str,
    data: DataDir = None,
    *,
    resume: Annotated[bool, typer.Option("--resume", help="Visit it again.")] = False,
) -> None:
    """Do not visit a page for a while, or with --resume visit it again."""

    async def work(connection: Connection) -> bool:
        now = datetime.now(UTC)
        return await watches.pause_watch(connection, watch_id, paused=not resume, now=now)

    if not _with_database(data, work):
        raise _unknown(watch_id)
    say(f"{'visited again' if resume else 'paused'}: {watch_id}")


@watches_app.command("remove")
def remove(watch_id: str, data: DataDir = None) -> None:
    """Watch a page no longer; what was read of it stays."""

    async def work(connection: Connection) -> bool:
        return await watches.remove_watch(connection, watch_id, now=datetime.now(UTC))

    if not _with_database(data, work):
        raise _unknown(watch_id)
    say(f"removed: {watch_id}")


def _with_database(data: Path | None, work: Callable[[Connection], Awaitable[T]]) -> T:
    async def connected() -> T:
        async with (
            house.on_servers(load(data), say) as settings,
            open_pool(settings.database_url, size=2) as pool,
            transaction(pool) as connection,
        ):
            return await work(connection)

    return run(connected())


def _unknown(watch_id: str) -> typer.Exit:
    return fail(f"There is no watch {watch_id}; see `dialogwerk watches list`")
