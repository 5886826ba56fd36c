"""`dialogwerk ...`: everything an operator does from a shell."""

from typing import Annotated

import typer
from rich.console import Console

from services import __version__, house
from services.commands import generate, intake
from services.commands.backup import backup, restore
from services.commands.discover import discover_app
from services.commands.evaluate import eval_app
from services.commands.export import export_app
from services.commands.forget import forget
from services.commands.fresh_secrets import print_secrets
from services.commands.index import index_app
from services.commands.keys import keys_app
from services.commands.letters import dead_app
from services.commands.llm import llm_app
from services.commands.networks import networks_app
from services.commands.oidc import oidc_app
from services.commands.replay import replay
from services.commands.retention import retention_app
from services.commands.shell import DataDir, fail, load, run, say
from services.commands.stress import stress
from services.commands.train import model_app, train
from services.commands.users import users_app
from services.commands.watches import watches_app
from services.demo.report import report
from services.demo.run import run_demo
from services.kit.db import open_pool
from services.kit.service import hosting, stop_on_signal
from services.kit.settings import Settings
from services.kit.telemetry import log_to_stderr
from services.kit.watchdog import watched

app = typer.Typer(
    help="Dialogwerk: answers in place, from your own publications, approved by a person.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(index_app, name="index")
app.add_typer(networks_app, name="networks")
app.add_typer(users_app, name="users")
app.add_typer(oidc_app, name="oidc")
app.add_typer(watches_app, name="watches")
app.add_typer(discover_app, name="discover")
app.add_typer(llm_app, name="llm")
app.add_typer(dead_app, name="dead")
app.add_typer(eval_app, name="eval")
app.add_typer(export_app, name="export")
app.add_typer(model_app, name="model")
app.command("train")(train)
app.add_typer(retention_app, name="retention")
app.add_typer(keys_app, name="keys")
app.command("stress")(stress)
app.command("forget")(forget)
app.command("replay")(replay)
app.command("backup")(backup)
app.command("restore")(restore)
app.command("secrets")(print_secrets)


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
def provision(
    data: DataDir = None,
    *,
    tighten: Annotated[
        bool,
        typer.Option("--tighten", help="Take away what the services' roles no longer need."),
    ] = False,
) -> None:
    """Create or upgrade streams, consumers, tables and roles; again changes nothing."""

    async def work() -> None:
        async with house.on_servers(load(data), say) as settings:
            done = await house.provision(settings, tighten=tighten)
            for line in done or ["everything is up to date"]:
                say(line)

    run(work())


@app.command("run")
def run_one(name: str, data: DataDir = None) -> None:
    """Run one service: review, ingest, index, route, answer, deliver or outreach."""
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
        async with (
            hosting(services, host=on.host, first_port=on.port) as ports,
            watched([service.bus for service in services]),
        ):
            say("up: " + ", ".join(f"{name} :{port}" for name, port in ports.items()))
            await stop.wait()
    say("stopped")


@app.command()
def ingest(file: str, data: DataDir = None) -> None:
    """Take comments in from a JSONL file, one event a line; `-` reads standard input."""

    async def work() -> int:
        async with house.on_servers(load(data), say) as settings:
            out = Console(highlight=False, soft_wrap=True)
            err = Console(stderr=True, highlight=False, soft_wrap=True)
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


def main() -> None:
    """Entry point of the `dialogwerk` command."""
    app()


if __name__ == "__main__":
    main()
