"""`dialogwerk discover`: find pages that talk about our topics and that nobody watches yet."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from services import house
from services.commands.shell import DataDir, fail, load, run, say
from services.kit.db import Pool, open_pool, transaction
from services.kit.settings import Settings
from services.kit.vault import Vault
from services.networks.connected import Connected
from services.outreach.discover import plan, search_next, searching
from services.store import discovery_desk, discovery_rounds
from services.store.connections import ConnectionBook
from services.store.discovery_desk import Find

discover_app = typer.Typer(
    help="Find pages that talk about our topics and that nobody watches yet.", no_args_is_help=True
)

FEW = "under five"


@discover_app.command("run")
def search(data: DataDir = None) -> None:
    """Search now for every topic on every connected network, within the day's requests."""

    async def work() -> tuple[int, int]:
        async with _opened(load(data)) as (pool, settings):
            connected = Connected(ConnectionBook(pool, Vault(settings.secret_keys)))
            async with AsyncExitStack() as stack:
                stack.push_async_callback(connected.close)
                await connected.reload()
                work_at = searching(settings, pool, connected)
                now = datetime.now(UTC)
                await plan(work_at, now, first=timedelta())
                async with transaction(pool) as connection:
                    due = await discovery_rounds.hurry_rounds(connection, now)
                done = 0
                while await search_next(work_at, now):
                    done += 1
                return done, due

    done, due = run(work())
    if not due:
        raise fail("Nothing can be searched: there are no topics, or no network is connected.")
    say(f"{done} of {due} searches done; see `dialogwerk discover list`")


@discover_app.command("list")
def list_all(
    topic: Annotated[str, typer.Argument(help="Only this topic.")] = "", data: DataDir = None
) -> None:
    """List what was found and waits for a decision, the most promising first."""

    async def work() -> list[Find]:
        async with _opened(load(data)) as (pool, _), pool.connection() as connection:
            topics = [one.topic for one in await discovery_desk.list_topics(connection)]
            wanted = [one for one in topics if topic in ("", one)]
            found = [await discovery_desk.list_finds(connection, one) for one in wanted]
            return [one for finds in found for one in finds]

    for one in (finds := run(work())):
        say(
            f"{one.topic:20s} {100 * one.score:3.0f}  {one.relation:14s} {one.network:9s}"
            f" posts {one.posts or FEW}, readers {one.readers or FEW}  {one.name}  {one.address}"
        )
    if not finds:
        say("Nothing waits; search with `dialogwerk discover run`.")


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[tuple[Pool, Settings]]:
    async with (
        house.on_servers(settings, say) as running,
        open_pool(running.database_url, size=3) as pool,
    ):
        yield pool, running
