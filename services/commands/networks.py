"""`dialogwerk networks`: to which accounts this installation is connected."""

import sys
from collections.abc import Iterable, Sequence
from typing import Annotated

import typer

from services import house
from services.commands import capabilities, checkup, connecting
from services.commands.shell import DataDir, fail, load, run, say
from services.kit.db import open_pool
from services.networks.account_fields import account_fields
from services.networks.connections import KINDS, Kind
from services.store.connection_states import Order, read_states
from services.store.connections import reseal

networks_app = typer.Typer(help="The networks that people are answered on.", no_args_is_help=True)

Unchecked = Annotated[
    bool, typer.Option("--unchecked", help="Store it without asking the network first.")
]
Fields = Annotated[
    list[str] | None,
    typer.Argument(help="field=value ...; a list with commas or as JSON. Never a secret."),
]


@networks_app.command("kinds")
def kinds(
    kind: Annotated[str | None, typer.Argument(help="Say what this kind asks for.")] = None,
    *,
    markdown: Annotated[bool, typer.Option("--markdown", help="For documents.")] = False,
) -> None:
    """Say what each kind of network can do, or what one of them asks for."""
    if kind is not None:
        if kind not in KINDS:
            raise fail(f"There is no kind {kind}; there are {', '.join(KINDS)}")
        tell = capabilities.asked_for_markdown if markdown else capabilities.asked_for
        lines: Sequence[str] = tell(kind, KINDS[kind])
    elif markdown:
        lines = capabilities.capability_markdown()
    else:
        lines = capabilities.capability_lines()
    for line in lines:
        say(line)


@networks_app.command("list")
def list_all(data: DataDir = None) -> None:
    """List the connections."""

    async def work() -> None:
        async with (
            house.on_servers(load(data), say) as settings,
            open_pool(settings.database_url, size=2) as pool,
            pool.connection() as connection,
        ):
            states = await read_states(connection)
        for state in states or []:
            checked = f"checked {state.checked_at:%Y-%m-%d %H:%M} UTC" if state.checked_at else ""
            say(f"{state.connection:32s} {'paused' if state.paused else 'runs':7s} {checked}")
        if not states:
            say("Nothing is connected; `dialogwerk networks kinds` says what could be.")

    run(work())


@networks_app.command("add")
def add(
    kind: str,
    name: str,
    fields: Fields = None,
    data: DataDir = None,
    *,
    unchecked: Unchecked = False,
) -> None:
    """Connect an account as KIND:NAME; secrets are asked for, or read as field=value lines."""
    if kind not in KINDS:
        raise fail(f"There is no kind {kind}; there are {', '.join(KINDS)}")
    given = _plain(KINDS[kind], fields or [])
    given |= _secrets(
        KINDS[kind], [one.name for one in account_fields(KINDS[kind].settings) if one.secret]
    )

    async def work() -> str:
        async with house.on_servers(load(data), say) as on, connecting.office(on) as office:
            return await connecting.add(office, kind, name, given, say, unchecked=unchecked)

    say(f"connected: {run(work())}")


@networks_app.command("set")
def change(
    connection: str,
    fields: Fields = None,
    data: DataDir = None,
    *,
    secret: Annotated[
        list[str] | None, typer.Option("--secret", help="A secret to enter anew.")
    ] = None,
    unchecked: Unchecked = False,
) -> None:
    """Change settings or, with --secret FIELD, a secret; running services take it over."""
    network = connection.partition(":")[0]
    if network not in KINDS:
        raise fail(f"There is no connection {connection}; see `dialogwerk networks list`")
    given = _plain(KINDS[network], fields or [])
    if secret:
        given |= _secrets(KINDS[network], secret)

    async def work() -> None:
        async with house.on_servers(load(data), say) as on, connecting.office(on) as office:
            await connecting.change(office, connection, given, say, unchecked=unchecked)

    run(work())
    say(f"changed: {connection}")


@networks_app.command("pause")
def pause(connection: str, data: DataDir = None) -> None:
    """Read and post nothing for a while; approved replies wait."""
    _switch(connection, "pause", data)
    say(f"paused: {connection}; approved replies wait until it runs again")


@networks_app.command("resume")
def resume(connection: str, data: DataDir = None) -> None:
    """Let a paused connection run again, from where it was read."""
    _switch(connection, "resume", data)
    say(f"runs again: {connection}")


@networks_app.command("remove")
def remove(connection: str, data: DataDir = None) -> None:
    """Leave an account and erase its secrets; what came from it stays."""

    async def work() -> None:
        async with house.on_servers(load(data), say) as on, connecting.office(on) as office:
            await connecting.remove(office, connection)

    run(work())
    say(f"removed: {connection}")


@networks_app.command("check")
def check(
    connection: Annotated[str | None, typer.Argument(help="Only this one.")] = None,
    data: DataDir = None,
) -> None:
    """Ask each network how the connection stands; exit with 1 when something is wrong."""

    async def work() -> tuple[list[str], bool] | None:
        async with house.on_servers(load(data), say) as on, connecting.office(on) as office:
            return await checkup.check(office.pool, office.vault, connection)

    found = run(work())
    if found is None:
        raise fail(f"There is no connection {connection}; see `dialogwerk networks list`")
    lines, well = found
    for line in lines or ["Nothing is connected; `dialogwerk networks kinds` says what could be."]:
        say(line)
    raise typer.Exit(0 if well else 1)


@networks_app.command("rotate-keys")
def rotate_keys(data: DataDir = None) -> None:
    """Seal every secret with the first of SECRET_KEYS, while everything runs."""

    async def work() -> int:
        async with house.on_servers(load(data), say) as on, connecting.office(on) as office:
            return await reseal(office.pool, office.vault)

    count = run(work())
    say(f"{count} secrets sealed anew; keys behind the first one are no longer needed")


def _switch(connection: str, action: Order, data: DataDir) -> None:
    async def work() -> None:
        async with house.on_servers(load(data), say) as on, connecting.office(on) as office:
            await connecting.switch(office, connection, action)

    run(work())


def _plain(kind: Kind, fields: Sequence[str]) -> dict[str, str]:
    """Read field=value; a secret there would stand in the shell's history."""
    given = _pairs(fields)
    for field in account_fields(kind.settings):
        if field.secret and field.name in given:
            raise fail(
                f"{field.name} is a secret and never stands on the command line: leave it out, it"
                " is asked for; or write it as a field=value line to standard input"
            )
    return given


def _secrets(kind: Kind, names: Sequence[str]) -> dict[str, str]:
    """Ask for secrets, or read them as field=value lines when nobody sits at the keyboard."""
    known = {field.name: field for field in account_fields(kind.settings) if field.secret}
    if strange := [name for name in names if name not in known]:
        raise fail(f"{strange[0]} is no secret of {kind.title}; secrets are {', '.join(known)}")
    if not names:
        return {}
    if not sys.stdin.isatty():
        return _pairs(line for line in sys.stdin.read().splitlines() if line.strip())
    given: dict[str, str] = {}
    for name in names:
        say(known[name].description)
        optional = "" if known[name].required else " (empty for none)"
        given[name] = typer.prompt(
            f"{name}{optional}", hide_input=True, default=None if known[name].required else "",
            show_default=False,
        )  # fmt: skip
    return given


def _pairs(texts: Iterable[str]) -> dict[str, str]:
    given: dict[str, str] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign or not name.strip():
            raise fail("Write field=value; `dialogwerk networks kinds KIND` names the fields")
        given[name.strip()] = value.strip()
    return given
