"""The whole house: which services there are, on which servers, with which secrets."""

import json
import os
import secrets
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from importlib import import_module
from pathlib import Path

from pydantic import SecretStr

from schemas.streams import CONSUMERS, STREAMS
from services.kit.bulkhead import Bulkhead
from services.kit.db import migrate
from services.kit.embed.shared import SharedEmbedder
from services.kit.provision import provision_bus
from services.kit.servers.errors import DataFolderInUseError
from services.kit.servers.nats import embedded_nats
from services.kit.servers.postgres import embedded_postgres
from services.kit.servers.running import RunningServer
from services.kit.service import CannotStart, Service
from services.kit.settings import Settings
from services.store.migrations import MIGRATIONS
from services.store.roles import load_privileges, provision_roles

Say = Callable[[str], None]

SERVICES = ("review", "ingest", "index", "route", "answer", "deliver", "outreach")
"""Every service, in the order of their ports; the desk's port is the one people type."""
EMBEDDING = ("index", "route", "answer", "outreach")
"""Those that turn texts into vectors."""


def build_services(settings: Settings, names: Sequence[str]) -> list[Service]:
    """Build services that share one embedding engine; nothing is opened yet.

    No code is imported but that of the services named.
    """
    embedder = SharedEmbedder(settings)
    services = [build(name, settings, embedder) for name in names]
    for service in services:
        service.bus.bulkhead = Bulkhead(
            [sys.executable, "-m", "services.alone", service.name], settings.as_environment()
        )
    return services


def build(name: str, settings: Settings, embedder: SharedEmbedder) -> Service:
    """Build one service; nothing is opened yet."""
    builder = import_module(f"services.{name}.main").build
    service: Service = builder(settings, embedder) if name in EMBEDDING else builder(settings)
    return service


async def provision(settings: Settings, *, tighten: bool = False) -> list[str]:
    """Create or upgrade streams, consumers, tables and roles; return what was done.

    Roles are made for the services that `service_passwords` names; see provision_roles and
    provision_bus for `tighten`. Raises CannotStart for a name that is no service's.
    """
    passwords = {
        name: password.get_secret_value() for name, password in settings.service_passwords.items()
    }
    if strange := passwords.keys() - set(SERVICES):
        raise CannotStart(f"SERVICE_PASSWORDS names {', '.join(sorted(strange))}: no such service")
    done = [
        f"migration {name} applied" for name in await migrate(settings.database_url, MIGRATIONS)
    ]
    done += await provision_roles(
        settings.database_url, load_privileges(), passwords, tighten=tighten
    )
    done += await provision_bus(
        settings.nats_url, STREAMS, CONSUMERS, replicas=settings.nats_replicas, tighten=tighten
    )
    return done


@asynccontextmanager
async def on_servers(
    settings: Settings, say: Say, started: list[RunningServer] | None = None
) -> AsyncIterator[Settings]:
    """Yield settings that name running servers: external ones, a running demo's, or our own.

    What runs in the data folder already is used; what we start is provisioned, and stopped when
    the block ends.
    """
    if settings.nats_url and settings.database_url:
        yield with_secrets(settings, ours=False)
        return
    if settings.nats_url or settings.database_url:
        raise CannotStart("set both NATS_URL and DATABASE_URL, or neither for embedded servers")
    folder = settings.data_dir
    note = folder / "running.json"
    async with AsyncExitStack() as stack:
        try:
            bus = await stack.enter_async_context(embedded_nats(folder))
            say("NATS with JetStream is up")
            database = await stack.enter_async_context(embedded_postgres(folder))
            say("Postgres with pgvector is up")
        except DataFolderInUseError:
            if started is not None or not note.is_file():
                raise
            urls = json.loads(note.read_text(encoding="utf-8"))
            yield with_kept_keys(settings.model_copy(update=urls))
            return
        urls = {"nats_url": bus.url, "database_url": database.url}
        write_private(note, json.dumps(urls))
        stack.callback(note.unlink, missing_ok=True)
        if started is not None:
            started += [bus, database]
        on = with_kept_keys(settings.model_copy(update=urls))
        for done in await provision(on):
            if done.startswith("migration"):
                say(done)
        yield on


def with_secrets(settings: Settings, *, ours: bool = True) -> Settings:
    """Fill in the pseudonym key: from the environment, else one kept in the data folder.

    None is made beside servers that are not `ours`: another machine that uses them would make
    another one, and one person had two pseudonyms. Raises CannotStart for a key that is too short.
    """
    if len(settings.pseudonym_key.get_secret_value()) >= 16:
        return settings
    if settings.pseudonym_key.get_secret_value():
        raise CannotStart("PSEUDONYM_KEY is too short: give at least 16 characters")
    file = settings.data_dir / "pseudonym.key"
    if not ours and not file.is_file():
        return settings
    kept = {"pseudonym_key": SecretStr(kept_secret(file))}
    former = former_key_file(settings.data_dir)
    if former.is_file():
        key = SecretStr(former.read_text(encoding="utf-8").strip())
        return settings.model_copy(update={**kept, "former_pseudonym_keys": (key,)})
    return settings.model_copy(update=kept)


def former_key_file(folder: Path) -> Path:
    """Return where the key stands that pseudonyms were made with, while they are made anew."""
    return folder / "pseudonym.former"


def with_kept_keys(settings: Settings) -> Settings:
    """Fill in all keys; the one that seals the networks' secrets is kept beside our own servers.

    With servers of somebody else's there may be several data folders, so it has to be given.
    """
    settings = with_secrets(settings)
    if settings.secret_keys:
        return settings
    key = kept_secret(settings.data_dir / "secret.key", size=32)
    return settings.model_copy(update={"secret_keys": (SecretStr(key),)})


def kept_secret(file: Path, *, size: int = 24) -> str:
    """Return the secret in a file only we can read; make one of `size` bytes the first time."""
    if not file.is_file():
        write_private(file, secrets.token_urlsafe(size))
    return file.read_text(encoding="utf-8").strip()


def write_private(file: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".new")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(text)
    draft.replace(file)
