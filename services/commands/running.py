"""`dialogwerk run`, `up` and `provision`: the services, and what they run on."""

from typing import Annotated

import typer

from services import house
from services.commands.shell import DataDir, fail, load, run, say
from services.kit.service import hosting, stop_on_signal
from services.kit.settings import Settings
from services.kit.watchdog import watched


def provision(
    data: DataDir = None,
    *,
    tighten: Annotated[
        bool,
        typer.Option("--tighten", help="Take away rights and queues that are no longer needed."),
    ] = False,
) -> None:
    """Create or upgrade streams, consumers, tables and roles; again changes nothing."""

    async def work() -> None:
        async with house.on_servers(load(data), say) as settings:
            done = await house.provision(settings, tighten=tighten)
            for line in done or ["everything is up to date"]:
                say(line)

    run(work())


def run_one(name: str, data: DataDir = None) -> None:
    """Run one service: review, ingest, index, route, answer, deliver or outreach."""
    if name not in house.SERVICES:
        raise fail(f"There is no service {name}; there are {', '.join(house.SERVICES)}")
    run(_host(load(data), [name]))


def up(data: DataDir = None) -> None:
    """Run all services in one process, on embedded servers unless others are configured."""
    run(_host(load(data), list(house.SERVICES)))


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
