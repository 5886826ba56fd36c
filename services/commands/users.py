"""`dialogwerk users`: who may sign in, and as what."""

import sys
from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

from services import house
from services.commands.rights import rights_lines, rights_markdown
from services.commands.shell import DataDir, fail, load, run, say
from services.kit.db import Connection, open_pool, transaction
from services.kit.settings import Settings
from services.review import people
from services.review.passwords import Passwords, UnfitName, UnfitPassword, clean_name, fit_password
from services.review.refusals import Refused
from services.store import people as team
from services.store.accounts import Role

users_app = typer.Typer(help="Who may sign in at the desk.", no_args_is_help=True)
WHY = {
    "last_admin": "nothing was changed: there has to be an admin",
    "name_taken": "there is somebody of this name or address already",
    "no_address": "this is no e-mail address",
}
MANY = 10_000


@users_app.callback()
def users() -> None:
    """Who may sign in at the desk."""


@users_app.command("add")
def users_add(
    name: str,
    data: DataDir = None,
    *,
    role: Annotated[
        Role | None, typer.Option(help="Without it the first account is an admin.")
    ] = None,
    email: Annotated[str, typer.Option(help="For the organisation's own sign-in.")] = "",
    english: Annotated[bool, typer.Option("--english", help="Greet in English.")] = False,
    without_password: Annotated[
        bool, typer.Option(help="Only the organisation's own sign-in opens it.")
    ] = False,
) -> None:
    """Create an account; the password is asked for, or read from standard input."""
    password = None if without_password else _asked()

    async def work(connection: Connection) -> str:
        if password is not None:
            fit_password(password)
        elif not email:
            raise UnfitName("without a password an account needs --email")
        given = role or ("moderator" if await team.count_accounts(connection) else "admin")
        await people.create(
            connection, name=name, role=given, language="en" if english else "de", email=email,
            password_hash=None if password is None else await Passwords().hash(password), by=None,
        )  # fmt: skip
        return f"account {name} can sign in as {given}"

    _do(work, data)


@users_app.command("list")
def users_list(data: DataDir = None) -> None:
    """Print the accounts: name, role, how they sign in, and whether they are disabled."""

    async def work(connection: Connection) -> str:
        members = await team.list_members(connection, limit=MANY)
        lines = [
            f"{member.name:24} {member.role:10} "
            + ", ".join(
                word
                for word, true in (
                    ("disabled", member.disabled_at), ("password", member.has_password),
                    ("second factor", member.has_second), ("provider", member.by_provider),
                )
                if true
            )
            for member in members
        ]  # fmt: skip
        return "\n".join(line.rstrip() for line in lines) or "there is no account yet"

    _do(work, data)


@users_app.command("disable")
def users_disable(name: str, data: DataDir = None) -> None:
    """Shut an account; its sessions end at once."""
    _do_to(name, data, people.disable, "is disabled")


@users_app.command("enable")
def users_enable(name: str, data: DataDir = None) -> None:
    """Let somebody in again."""
    _do_to(name, data, people.enable, "can sign in again")


@users_app.command("reset-totp")
def users_reset_totp(name: str, data: DataDir = None) -> None:
    """Forget a lost second factor."""
    _do_to(name, data, people.forget_second, "has no second factor")


@users_app.command("role")
def users_role(name: str, role: Role, data: DataDir = None) -> None:
    """Change what somebody may do; it counts at once."""

    async def work(connection: Connection) -> str:
        await people.give_role(connection, await _id_of(connection, name), role, by=None)
        return f"account {name} is {role}"

    _do(work, data)


@users_app.command("reset-password")
def users_reset_password(name: str, data: DataDir = None) -> None:
    """Set a new password, asked for or read from standard input; all sessions end."""
    password = _asked()

    async def work(connection: Connection) -> str:
        fit_password(password)
        account_id = await _id_of(connection, name)
        await people.set_password(connection, account_id, await Passwords().hash(password), by=None)
        return f"account {name} has a new password"

    _do(work, data)


@users_app.command("unlink")
def users_unlink(name: str, data: DataDir = None) -> None:
    """Part an account from who owns it at the organisation's own sign-in."""
    _do_to(name, data, people.unlink, "belongs to nobody at the organisation's sign-in")


@users_app.command("door")
def users_door(name: str, data: DataDir = None) -> None:
    """Print a link that signs somebody in once, whatever the settings shut."""

    async def work(connection: Connection) -> str:
        token = await people.make_door(connection, await _id_of(connection, name))
        minutes = int(people.DOOR_FOR.total_seconds() // 60)
        settings = load(data)
        root = settings.public_url.rstrip("/") or f"http://{settings.host}:{settings.port}"
        return f"{root}/sign-in/once/{token}\nworks once, within {minutes} minutes"

    _do(work, data)


@users_app.command("rights")
def users_rights(
    *, markdown: Annotated[bool, typer.Option("--markdown", help="For documents.")] = False
) -> None:
    """Print which role may do what."""
    for line in rights_markdown() if markdown else rights_lines():
        say(line)


class _Nobody(Exception):
    """There is no account of that name."""


def _asked() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")


async def _id_of(connection: Connection, name: str) -> str:
    found = await team.find_member(connection, clean_name(name))
    if found is None:
        raise _Nobody(f"there is no account {name}")
    return found


def _do_to(name: str, data: DataDir, deed: Callable[..., Awaitable[None]], now: str) -> None:
    async def work(connection: Connection) -> str:
        await deed(connection, await _id_of(connection, name), by=None)
        return f"account {name} {now}"

    _do(work, data)


def _do(work: Callable[[Connection], Awaitable[str]], data: DataDir) -> None:
    """Work in one transaction and print what came of it, or why nothing did."""

    async def done() -> tuple[str, bool]:
        async with house.on_servers(load(data), say) as settings:
            return await _within(settings, work)

    line, good = run(done())
    if not good:
        raise fail(line)
    say(line)


async def _within(
    settings: Settings, work: Callable[[Connection], Awaitable[str]]
) -> tuple[str, bool]:
    try:
        async with open_pool(settings.database_url) as pool, transaction(pool) as connection:
            return await work(connection), True
    except Refused as error:
        return WHY.get(error.refusal, error.refusal), False
    except (_Nobody, UnfitName, UnfitPassword) as error:
        return str(error), False
