"""`dialogwerk schemas`: the contract as files, made from the code and never edited."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from schemas.inbound import InboundEvent, InboundNotice
from schemas.streams import MESSAGES
from services import __version__, house
from services.kit.service import specification
from services.kit.settings import Settings

FOLDER = Path(__file__).parents[2] / "schemas" / "generated"
ELSEWHERE = {
    "nats_url": "nats://nats:4222",
    "database_url": "postgresql://postgres/dialogwerk",
    "pseudonym_key": "for documents only",
    "secret_keys": "Zm9yIGRvY3VtZW50cyBvbmx5LCBubyBzZWNyZXQgISE=",
}


def documents() -> dict[str, Any]:
    """Return every generated file's name and content."""
    spoken: tuple[type[BaseModel], ...] = (*MESSAGES, InboundEvent, InboundNotice)
    found: dict[str, Any] = {
        f"{message.__name__}.schema.json": message.model_json_schema() for message in spoken
    }
    settings = Settings.model_validate(ELSEWHERE)
    for service in house.build_services(settings, list(house.BUILDERS)):
        document = specification(service.bus, __version__).to_specification().to_jsonable()
        found[f"{service.name}.asyncapi.json"] = document
        if isinstance(service.app, FastAPI):
            found[f"{service.name}.openapi.json"] = service.app.openapi()
    return found


def generate(say: Callable[[str], None], *, check: bool) -> int:
    """Write what changed; with `check` write nothing and return 1 when something is stale."""
    wanted = {
        name: json.dumps(content, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
        for name, content in documents().items()
    }
    FOLDER.mkdir(parents=True, exist_ok=True)
    present = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")}
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
