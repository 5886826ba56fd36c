"""`dialogwerk retention`: how long words are kept, and what would go."""

import getpass
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated

import typer

from services import house
from services.commands.shell import DataDir, fail, load, run, say
from services.ingest.retiring import retire_due
from services.kit.db import Pool, open_pool, transaction
from services.store import retention

retention_app = typer.Typer(help="How long words are kept.", no_args_is_help=True)
MANY = 1_000
MOST = 36_500


@retention_app.command("show")
def show(data: DataDir = None) -> None:
    """Print the rules, and what will go in the next 30 days."""

    async def work(pool: Pool) -> list[str]:
        now = datetime.now(UTC)
        async with pool.connection() as connection:
            rules = await retention.read_rules(connection, now)
            records = await retention.records_kept(connection)
        lines = [
            f"{rule.name or 'the house'}: {_said(rule.days)}; {rule.held} comments kept,"
            f" {rule.soon} go within {retention.SOON.days} days"
            for rule in rules
        ]
        return [*lines, f"words of decisions: {_said(records)}"]

    _print(work, data)


@retention_app.command("set")
def set_rule(
    days: Annotated[str, typer.Argument(help="Days after the last activity, `never`, or `house`.")],
    page: Annotated[str | None, typer.Option(help="Key or name of a page; else the house.")] = None,
    data: DataDir = None,
    *,
    records: Annotated[
        bool, typer.Option("--records", help="The words of decisions; figures stay.")
    ] = False,
) -> None:
    """Say how long comments are kept, or the words of decisions."""
    if not (days in ("never", "house") or (days.isdecimal() and 0 < int(days) <= MOST)):
        raise fail(f"days is a number from 1 to {MOST}, `never`, or `house`")
    if (days == "house" and page is None) or (records and page is not None):
        raise fail("`house` is for a page, and --records for the house as a whole")
    kept = None if days == "house" else 0 if days == "never" else int(days)

    async def work(pool: Pool) -> list[str]:
        async with transaction(pool) as connection:
            rules = await retention.read_rules(connection, datetime.now(UTC))
            found = [rule for rule in rules if rule.page_key and page in (rule.page_key, rule.name)]
            if page is not None and len(found) != 1:
                raise fail(f"{len(found)} pages are called {page}; `dialogwerk retention show`")
            await retention.add_rule(
                connection, "records" if records else "comments",
                found[0].page_key if found else None, kept, f"command:{getpass.getuser()}",
            )  # fmt: skip
        return [f"from now on: {_said(kept)}"]

    _print(work, data)


@retention_app.command("run")
def run_now(
    data: DataDir = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
) -> None:
    """Order now what is due to be erased; the running ingest does so every few minutes."""

    async def work(pool: Pool) -> list[str]:
        now = datetime.now(UTC)
        async with pool.connection() as connection:
            due = await retention.read_due(connection, now, MANY)
            records = await retention.count_old_records(connection, now)
        lines = [
            f"{one.page}: {one.comments} comments, silent since {one.last_at:%Y-%m-%d}"
            for one in due
        ]
        lines.append(f"{len(due)} threads and the words of {records} decisions")
        if not dry_run:
            while await retire_due(pool, now):
                pass
            lines.append("ordered; ingest erases them")
        return lines

    _print(work, data)


def _said(days: int | None) -> str:
    if days is None:
        return "as the house"
    return f"{days} days after the last activity" if days else "for ever"


def _print(work: Callable[[Pool], Awaitable[list[str]]], data: DataDir) -> None:
    async def on_servers() -> list[str]:
        async with (
            house.on_servers(load(data), say) as on,
            open_pool(on.database_url) as pool,
        ):
            return await work(pool)

    for line in run(on_servers()):
        say(line)
