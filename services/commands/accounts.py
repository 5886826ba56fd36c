"""`dialogwerk account`: who may sign in."""

import sys
from typing import Annotated

import typer

from services import house
from services.commands.shell import DataDir, fail, load, run, say
from services.kit.db import open_pool, transaction
from services.kit.settings import Settings
from services.review.passwords import UnfitName, UnfitPassword, create_account
from services.store.accounts import Language, Role, find_account

account_app = typer.Typer(help="Who may sign in at the desk.", no_args_is_help=True)


@account_app.callback()
def accounts() -> None:
    """Who may sign in at the desk."""


@account_app.command("add")
def account_add(
    name: str,
    data: DataDir = None,
    *,
    role: Annotated[Role, typer.Option(help="What the account may do.")] = "admin",
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
            return await add(settings, name, password, role, "en" if english else "de")

    if trouble := run(work()):
        raise fail(trouble)
    say(f"account {name} can sign in")


async def add(
    settings: Settings, name: str, password: str, role: Role, language: Language
) -> str | None:
    """Create an account; return why not, None when it was created."""
    async with open_pool(settings.database_url) as pool, transaction(pool) as connection:
        if await find_account(connection, name) is not None:
            return f"There is an account {name} already"
        try:
            await create_account(connection, name, password, role, language)
        except (UnfitName, UnfitPassword) as error:
            return str(error)
    return None
