"""`dialogwerk forget`: erase a comment, or all that one account has said to us."""

import getpass
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Annotated
from uuid import uuid4

import nats
import typer

from services import house
from services.commands.shell import DataDir, fail, load, run, say
from services.ingest.erase import Eraser
from services.ingest.ledger import ledger_of
from services.kit.bus import servers_of
from services.kit.db import Pool, open_pool, transaction
from services.kit.pseudonym import pseudonym_keys
from services.kit.purge import purge_messages
from services.kit.settings import Settings
from services.store.erasure_preview import Preview, find_target, order_of, preview
from services.store.erasures import Erasure, Scope, add_order, read_order
from services.store.scrub import scrub

_KEY = re.compile(r"\b[0-9a-f]{32}\b")
WARNING = "It cannot be undone"


@dataclass(frozen=True)
class Wish:
    """What somebody at the shell wants to have erased."""

    name: str
    scope: Scope
    packages: bool


def forget(
    address: Annotated[
        str,
        typer.Argument(help="Address of an item at the desk or of a comment, or @handle."),
    ],
    data: DataDir = None,
    *,
    comment: Annotated[
        bool, typer.Option("--comment", help="This comment only, not all of its account.")
    ] = False,
    packages: Annotated[
        bool, typer.Option("--packages", help="Packages for a trusted flagger too.")
    ] = False,
    scrub_disk: Annotated[
        bool, typer.Option("--scrub", help="Then rewrite the database's files; it locks tables.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase all that an account has said, on all pages of its network; first shows how much."""
    found = _KEY.search(address)
    wish = Wish(found[0] if found else address, "comment" if comment else "account", packages)

    async def work() -> int | None:
        async with (
            house.on_servers(load(data), say) as on,
            open_pool(on.database_url) as pool,
        ):
            order = await _order(pool, wish)
            if order is None:
                return None
            async with pool.connection() as connection:
                reached = await preview(connection, order)
            for line in shown(reached, packages=packages):
                say(line)
            if not yes:
                typer.confirm(f"Erase this? {WARNING}", abort=True)
            erased = await erase(pool, eraser(pool, on), order)
            if scrub_disk:
                await scrubbed(pool)
            return erased

    if (comments := run(work())) is None:
        raise fail("no comment of somebody else is stored under this address, or it is erased")
    say(f"{comments} comments are erased")


def shown(reached: Preview, *, packages: bool) -> list[str]:
    """Return the counts as lines."""
    lines = [
        f"{reached.comments} comments, {reached.waiting} of them waiting at the desk",
        f"{reached.drafts} drafts, {reached.letters} dead letters",
        f"{reached.decisions} decisions: they stay, the words in them that quote go",
    ]
    if reached.replies:
        lines.append(
            f"{reached.replies} replies of ours stay on the network until somebody withdraws them"
        )
    if reached.packages and reached.packages_until and not packages:
        lines.append(
            f"{reached.packages} packages for a trusted flagger stay, the last until"
            f" {reached.packages_until:%Y-%m-%d}; --packages erases them too"
        )
    if reached.watched:
        lines.append(f"{reached.watched} watched pages are given up")
    return lines


async def _order(pool: Pool, wish: Wish) -> Erasure | None:
    async with pool.connection() as connection:
        target = await find_target(connection, wish.name)
    if target is None:
        return None
    return order_of(
        target, wish.scope, erasure_id=uuid4().hex, by=f"command:{getpass.getuser()}",
        packages=wish.packages, now=datetime.now(UTC),
    )  # fmt: skip


def eraser(pool: Pool, on: Settings) -> Eraser:
    """Return an eraser that works by itself; it speaks to the bus only when it has to."""
    return Eraser(pool, pseudonym_keys(on)[0], partial(purge_letters, on.nats_url), ledger_of(on))


async def purge_letters(nats_url: str, dead_ids: Collection[str]) -> None:
    """Erase dead letters in their stream, by their ids."""
    connection = await nats.connect(servers_of(nats_url), connect_timeout=5, allow_reconnect=False)
    try:
        await purge_messages(connection.jetstream(timeout=10), "dead", dead_ids)
    finally:
        await connection.close()


async def erase(pool: Pool, worker: Eraser, order: Erasure) -> int:
    """Order an erasure and do it chunk by chunk; return how many comments are erased.

    A running ingest may take a chunk of it: then this waits for its end all the same. The second
    look, minutes later, is ingest's.
    """
    async with transaction(pool) as connection:
        await add_order(connection, order, due_at=order.ordered_at)
    while True:
        await worker.work(datetime.now(UTC), order.erasure_id)
        async with transaction(pool) as connection:
            state = await read_order(connection, order.erasure_id)
        if state is not None and state.erased_at is not None:
            break
    while await worker.clear_bus():
        pass
    return state.comments


async def scrubbed(pool: Pool) -> None:
    """Rewrite the database's files."""
    tables = [table async for table in scrub(pool)]
    say(f"{len(tables)} tables are rewritten on disk")
