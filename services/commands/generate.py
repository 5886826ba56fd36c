"""`dialogwerk schemas`: the contract as files, made from the code and never edited."""

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from fastapi import FastAPI
from pydantic import BaseModel

from schemas.inbound import InboundEvent, InboundNotice
from schemas.streams import MESSAGES
from services import __version__, house
from services.commands.privileges import privileges
from services.commands.shell import say
from services.kit.bus_users import OWNER, BusUser, authorization
from services.kit.service import Service, specification
from services.kit.settings import Settings
from services.store.roles import WITHOUT_SIGN_IN

FOLDER = Path(__file__).parents[2] / "schemas" / "generated"
ELSEWHERE = {
    "nats_url": "nats://nats:4222",
    "database_url": "postgresql://postgres/dialogwerk",
    "pseudonym_key": "for documents only",
    "secret_keys": "Zm9yIGRvY3VtZW50cyBvbmx5LCBubyBzZWNyZXQgISE=",
}


def schemas(
    *, check: Annotated[bool, typer.Option("--check", help="Only compare, exit 1.")] = False
) -> None:
    """Write JSON Schema, AsyncAPI and OpenAPI into schemas/generated."""
    raise typer.Exit(generate(say, check=check))


def documents() -> dict[str, str]:
    """Return every generated file's name and content."""
    spoken: tuple[type[BaseModel], ...] = (*MESSAGES, InboundEvent, InboundNotice)
    found: dict[str, Any] = {
        f"{message.__name__}.schema.json": message.model_json_schema() for message in spoken
    }
    for service in unopened_services():
        document = specification(service.bus, __version__).to_specification().to_jsonable()
        found[f"{service.name}.asyncapi.json"] = document
        if isinstance(service.app, FastAPI):
            found[f"{service.name}.openapi.json"] = service.app.openapi()
    found["privileges.json"] = privileges((*house.SERVICES, *WITHOUT_SIGN_IN))
    written = {
        name: json.dumps(content, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
        for name, content in found.items()
    }
    written["nats.conf"] = nats_conf(bus_users())
    return written


def unopened_services() -> list[Service]:
    """Return all services as they are built; nothing they name needs to exist."""
    return house.build_services(Settings.model_validate(ELSEWHERE), house.SERVICES)


def bus_users() -> list[BusUser]:
    """Return whom the bus knows the services as."""
    return [service.bus.user for service in unopened_services()]


def nats_conf(users: Sequence[BusUser]) -> str:
    """Return the compose file's NATS configuration; passwords come from the environment."""
    passwords = {user.name: f"{user.name.upper()}_PASSWORD" for user in users}
    block = json.dumps(authorization(users, {**passwords, OWNER: "NATS_PASSWORD"}), indent=2)
    with_variables = re.sub(r'(?<="password": )"(\w+)"', r"$\1", block)
    return (
        "# Written by `dialogwerk schemas`: each service may say and hear what its code declares.\n"
        'listen: "0.0.0.0:4222"\n'
        'http: "127.0.0.1:8222"\n'
        "max_payload: 8MB\n"
        'jetstream { store_dir: "/data", sync_interval: always }\n'
        f"authorization: {with_variables}\n"
    )


def generate(say: Callable[[str], None], *, check: bool) -> int:
    """Write what changed; with `check` write nothing and return 1 when something is stale."""
    wanted = documents()
    FOLDER.mkdir(parents=True, exist_ok=True)
    present = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}
    stale = sorted(name for name in {*wanted, *present} if wanted.get(name) != present.get(name))
    for name in stale:
        say(f"{'stale' if check else 'written'}: schemas/generated/{name}")
        if check:
            continue
        if name in wanted:
            (FOLDER / name).write_text(wanted[name], encoding="utf-8")
        else:
            (FOLDER / name).unlink()
    return 1 if check and stale else 0
