"""Connect accounts, change and leave them, for `dialogwerk networks`."""

import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import BaseModel

from services.commands.checkup import told
from services.kit.db import Pool, open_pool, transaction
from services.kit.service import CannotStart
from services.kit.settings import Settings
from services.kit.vault import Vault
from services.networks.account_fields import account_fields
from services.networks.account_settings import (
    UnfitSettings,
    load_settings,
    part_settings,
    read_settings,
)
from services.networks.connections import KINDS, Kind
from services.networks.doctor import BLOCKING, diagnose, findings, to_json
from services.networks.keeper import InMemoryKeeper
from services.networks.network import Diagnosis
from services.store import connections as store
from services.store.connection_states import COMMAND, Order, give_order, save_diagnosis

Say = Callable[[str], None]
Given = Mapping[str, str]

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")


class UnfitConnection(CannotStart):
    """It was not stored; the message says why."""


@dataclass(frozen=True)
class Office:
    """Where connections are stored, and what seals their secrets."""

    pool: Pool
    vault: Vault
    kinds: Mapping[str, Kind]


@asynccontextmanager
async def office(settings: Settings) -> AsyncIterator[Office]:
    """Open the place where connections are stored; raises WrongKey or CannotStart without a key."""
    vault = Vault(settings.secret_keys)
    async with open_pool(settings.database_url, size=4, name="dialogwerk-networks") as pool:
        yield Office(pool, vault, KINDS)


def kind_named(kinds: Mapping[str, Kind], name: str) -> Kind:
    """Return a kind of network; raises UnfitConnection naming those there are."""
    if name not in kinds:
        raise UnfitConnection(f"there is no kind {name}; there are {', '.join(kinds)}")
    return kinds[name]


async def add(
    at: Office, kind_name: str, name: str, given: Given, say: Say, *, unchecked: bool = False
) -> str:
    """Connect an account and return the connection's name; raises UnfitConnection.

    The network is asked first: what it does not let in is not stored, unless `unchecked`.
    """
    kind = kind_named(at.kinds, kind_name)
    if not _NAME.fullmatch(name):
        raise UnfitConnection(
            "a connection's name has up to 60 small letters, digits, dots, - and _: it stands in"
            " the source of each of its events"
        )
    connection_id = f"{kind_name}:{name}"
    settings = _read(kind, given)
    diagnosis = None if unchecked else await _examine(kind, settings, connection_id, say)
    plain, secrets = part_settings(settings)
    sealed = at.vault.seal(secrets.get_secret_value())
    now = datetime.now(UTC)
    async with transaction(at.pool) as connection:
        if not await store.add_connection(
            connection, connection_id, network=kind_name, settings=plain, secrets=sealed, now=now
        ):
            raise UnfitConnection(
                f"there is a connection {connection_id} already; change it with"
                f" `dialogwerk networks set {connection_id}`"
            )
        if diagnosis is not None:
            await save_diagnosis(connection, connection_id, to_json(diagnosis), now)
    return connection_id


async def change(
    at: Office, connection_id: str, given: Given, say: Say, *, unchecked: bool = False
) -> None:
    """Change settings or secrets; running services take them over. Raises UnfitConnection."""
    stored = await find(at, connection_id)
    kind = kind_named(at.kinds, stored.network)
    try:
        before = load_settings(kind.settings, stored.settings, stored.secrets)
    except UnfitSettings:
        before = None
    if before is None and stored.trouble is not None:
        say(f"{stored.trouble}: everything is to be entered again")
    settings = _read(kind, given, before)
    diagnosis = None if unchecked else await _examine(kind, settings, connection_id, say)
    plain, secrets = part_settings(settings)
    sealed = at.vault.seal(secrets.get_secret_value())
    now = datetime.now(UTC)
    async with transaction(at.pool) as connection:
        await store.change_connection(
            connection, connection_id, settings=plain, secrets=sealed, now=now
        )
        if diagnosis is not None:
            await save_diagnosis(connection, connection_id, to_json(diagnosis), now)


async def switch(at: Office, connection_id: str, action: Order) -> None:
    """Pause a connection or let it run again; raises UnfitConnection."""
    async with transaction(at.pool) as connection:
        now = datetime.now(UTC)
        if not await give_order(connection, connection_id, action, by=COMMAND, now=now):
            raise _unknown(connection_id)


async def remove(at: Office, connection_id: str) -> None:
    """Leave an account and erase its secrets; raises UnfitConnection."""
    async with transaction(at.pool) as connection:
        if not await store.remove_connection(connection, connection_id, datetime.now(UTC)):
            raise _unknown(connection_id)


async def find(at: Office, connection_id: str) -> store.StoredConnection:
    """Return a stored connection; raises UnfitConnection."""
    async with at.pool.connection() as connection:
        for stored in await store.read_connections(connection, at.vault):
            if stored.connection == connection_id:
                return stored
    raise _unknown(connection_id)


def _unknown(connection_id: str) -> UnfitConnection:
    return UnfitConnection(
        f"there is no connection {connection_id}; see `dialogwerk networks list`"
    )


def _read(kind: Kind, given: Given, before: BaseModel | None = None) -> BaseModel:
    try:
        return read_settings(kind.settings, given, before)
    except UnfitSettings as error:
        asked = [one for one in account_fields(kind.settings) if one.name in error.fields]
        hints = [f"  {one.name}: {one.description}" for one in asked]
        raise UnfitConnection("\n".join([f"{kind.title}: {error}", *hints])) from error


async def _examine(kind: Kind, settings: BaseModel, connection_id: str, say: Say) -> Diagnosis:
    """Ask the network with settings that are not stored yet; raises UnfitConnection."""
    network = kind.connect(settings, InMemoryKeeper(), connection_id)
    try:
        diagnosis = await diagnose(network)
    finally:
        await network.close()
    now = datetime.now(UTC)
    for line in told(connection_id, diagnosis, now):
        say(line)
    if any(fault.code in BLOCKING for fault in findings(diagnosis, now)):
        raise UnfitConnection(
            "nothing was stored; mend this and try again, or store it as it is with --unchecked"
        )
    return diagnosis
