"""`dialogwerk backup` and `dialogwerk restore`: everything out of the house, and into a new one."""

import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import nats
import typer

from services import __version__, house
from services.commands.archive import (
    FORMAT,
    Damaged,
    Manifest,
    Part,
    fingerprint,
    pack,
    sha256,
    unpack,
)
from services.commands.forget import eraser
from services.commands.shell import DataDir, load, run, say
from services.ingest.ledger import NAME, Grave, add_graves, read_graves
from services.kit.bus import servers_of
from services.kit.db import Pool, migrate, open_pool, transaction
from services.kit.outbox import promise_raw
from services.kit.pseudonym import pseudonym_keys
from services.kit.service import CannotStart
from services.kit.settings import Settings
from services.review.refresh import refresh
from services.store import backup as store
from services.store import tombstones
from services.store.erasures import Erasure, add_order, read_order
from services.store.migrations import MIGRATIONS
from services.store.unfinished import comment_keys_after, doubt_approvals, read_unsaid

KEYS_APART = (
    "No key is inside: keep PSEUDONYM_KEY and SECRET_KEYS (with embedded servers pseudonym.key and"
    " secret.key in the data folder) apart from it; without them it cannot be put back"
)
AT_ONCE = 500


def backup(
    target: Annotated[Path, typer.Argument(help="A file, or a folder for one named by its time.")],
    data: DataDir = None,
) -> None:
    """Write everything that is stored into one file, while the house works on."""

    async def work() -> Path:
        async with house.on_servers(load(data), say) as on:
            return await take_backup(on, target, datetime.now(UTC))

    file = run(work())
    say(f"{file} ({file.stat().st_size / 1e6:.1f} MB) and, beside it, {NAME}")
    say(KEYS_APART)


def restore(
    source: Annotated[Path, typer.Argument(help="A file that `dialogwerk backup` wrote.")],
    data: DataDir = None,
    *,
    erasures: Annotated[
        Path | None, typer.Option(help=f"Erasures to be done again; else {NAME} beside the file.")
    ] = None,
    without_erasures: Annotated[
        bool, typer.Option("--without-erasures", help="There is no such file, nothing was erased.")
    ] = False,
) -> None:
    """Put a backup into an empty house; nothing is posted a second time, nothing erased returns."""

    async def work() -> list[str]:
        async with house.on_servers(load(data), say) as on:
            file = erasures or source.with_name(NAME)
            if not file.is_file() and not without_erasures:
                raise CannotStart(
                    f"{file} is missing, which says what was erased since: name it with --erasures,"
                    " or say --without-erasures"
                )
            graves = read_graves(file) if file.is_file() and not without_erasures else []
            return await put_back(on, source, graves, datetime.now(UTC))

    for line in run(work()):
        say(line)


async def take_backup(on: Settings, target: Path, now: datetime) -> Path:
    """Write a backup of one moment; return its file. Beside it stand all erasures so far."""
    file = _named(target, now)
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".backup-") as place:
        files: dict[str, Path] = {}
        parts: dict[str, Part] = {}
        async with store.snapshot(on.database_url) as connection:
            done = await store.read_migrations_done(connection)
            for table in await store.read_tables(connection):
                files[table.name] = Path(place, table.name)
                rows = await store.copy_out(connection, table, files[table.name])
                parts[table.name] = Part(
                    columns=list(table.columns), rows=rows, sha256=sha256(files[table.name])
                )
            buried = await tombstones.read_tombstones(connection)
        key = fingerprint(pseudonym_keys(on)[0])
        manifest = Manifest(
            format=FORMAT, program=__version__, taken_at=now, migrations=done, key=key, tables=parts
        )
        pack(file, manifest, files)
    _remember(file.with_name(NAME), buried)
    return file


def _named(target: Path, now: datetime) -> Path:
    """Return the file to write: in a folder, which may be new, it is named by the time."""
    if target.suffix and not target.is_dir():
        return target
    target.mkdir(parents=True, exist_ok=True)
    return target / f"dialogwerk-{now:%Y-%m-%d-%H%M%S}.tar.gz"


def _remember(file: Path, buried: Sequence[tuple[str, tombstones.Buried, datetime]]) -> None:
    known = {grave.digest for grave in read_graves(file)} if file.is_file() else set()
    add_graves(
        file,
        [
            Grave(digest=digest, scope=scope, at=at)
            for digest, scope, at in buried
            if digest not in known
        ],
    )


async def put_back(on: Settings, source: Path, graves: Sequence[Grave], now: datetime) -> list[str]:
    """Restore a backup into empty servers; return what was done. Raises CannotStart before it is.

    The bus is not part of a backup: what is not done yet is said anew from the stored facts, which
    no message can contradict.
    """
    with tempfile.TemporaryDirectory(prefix="dialogwerk-restore-") as place:
        try:
            manifest, files = unpack(source, Path(place))
        except Damaged as error:
            raise CannotStart(str(error)) from error
        await _require_fit(on, manifest)
        known = [one for one in MIGRATIONS if one.number in manifest.migrations]
        if await _was_made_by(on) not in ({}, manifest.migrations):
            await store.clear(on.database_url)
        await migrate(on.database_url, known)
        tables = [store.Table(name, part.columns) for name, part in manifest.tables.items()]
        await store.fill(on.database_url, tables, files)
    await house.provision(on)
    async with open_pool(on.database_url) as pool:
        erased = await erase_again(pool, on, graves, now)
        await _refresh_all(pool)
        async with transaction(pool) as connection:
            doubted = await doubt_approvals(connection, now, manifest.taken_at)
            unsaid = await read_unsaid(connection, now)
            for message in unsaid:
                await promise_raw(
                    connection, "review", stream=message.stream, subject=message.subject(),
                    msg_id=f"restored:{now.isoformat()}:{message.msg_id()}",
                    body=message.model_dump_json().encode(),
                )  # fmt: skip
    rows = sum(part.rows for part in manifest.tables.values())
    return [
        f"{rows} rows as they stood at {manifest.taken_at:%Y-%m-%d %H:%M:%S} UTC",
        f"{erased} comments are erased again",
        f"{doubted} approvals may have been posted since: each is looked up before it is sent",
        f"{len(unsaid)} steps that were not done are said again",
    ]


async def _was_made_by(on: Settings) -> dict[int, str]:
    async with store.snapshot(on.database_url) as connection:
        return await store.read_migrations_done(connection)


async def _require_fit(on: Settings, manifest: Manifest) -> None:
    """Raise CannotStart unless key, program and empty servers fit the backup."""
    if manifest.key not in map(fingerprint, pseudonym_keys(on)):
        raise CannotStart(
            "PSEUDONYM_KEY is another one than the backup was made with: without it people could"
            " not be recognised. Put the key back that belongs to this backup"
        )
    ours = {one.number: one.checksum for one in MIGRATIONS}
    if strange := {n for n, checksum in manifest.migrations.items() if ours.get(n) != checksum}:
        raise CannotStart(
            f"the backup was made by release {manifest.program}, whose migration"
            f" {min(strange):04d} this program does not know: install that release or a newer one"
        )
    async with store.snapshot(on.database_url) as connection:
        if await store.is_used(connection):
            raise CannotStart("the database is not empty: a backup goes into a new one only")
    bus = await nats.connect(servers_of(on.nats_url), connect_timeout=5, allow_reconnect=False)
    try:
        streams = await bus.jetstream(timeout=10).streams_info()
        if any(stream.state.messages for stream in streams):
            raise CannotStart(
                "the bus still holds messages of another life: give it an empty data folder"
            )
    finally:
        await bus.close()


async def erase_again(pool: Pool, on: Settings, graves: Sequence[Grave], now: datetime) -> int:
    """Do again what was erased since the backup, and keep away what it had not taken in yet."""
    keys = pseudonym_keys(on)
    worker, erased = eraser(pool, on), 0
    at = {grave.digest: grave for grave in graves}
    async with transaction(pool) as connection:
        orders: list[Erasure] = []
        for buried, subject in await tombstones.read_subjects(connection):
            marks = {tombstones.digest(key, buried, subject) for key in keys}
            if found := next((at[mark] for mark in marks if mark in at), None):
                orders.append(Erasure(uuid4().hex, buried, subject, "restore", found.at))
        for grave in graves:
            await tombstones.lay(connection, grave.scope, [grave.digest], grave.at)
        for order in orders:
            await add_order(connection, order, due_at=now)
    for order in orders:
        while True:
            async with pool.connection() as connection:
                state = await read_order(connection, order.erasure_id)
            if state is None or state.erased_at is not None:
                erased += state.comments if state else 0
                break
            await worker.work(now, order.erasure_id)
    return erased


async def _refresh_all(pool: Pool) -> None:
    """Derive every item anew: a step may have been stored whose message nobody will hear."""
    last = ""
    while True:
        async with transaction(pool) as connection:
            keys = await comment_keys_after(connection, last, AT_ONCE)
            if not keys:
                return
            await refresh(connection, keys)
        last = keys[-1]
