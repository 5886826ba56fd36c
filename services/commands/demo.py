"""`dialogwerk demo`: the whole job on one machine, without any account."""

from typing import Annotated

import typer

from services.commands.shell import DataDir, load, run, say
from services.demo.run import run_demo
from services.kit.telemetry import log_to_stderr


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
