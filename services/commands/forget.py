"""`dialogwerk forget`: erase what one account has said to us."""

import re
from datetime import UTC, datetime
from typing import Annotated

import typer

from services import house
from services.commands.shell import DataDir, fail, load, run, say
from services.ingest.spread import spread_on
from services.kit.db import Pool, open_pool, transaction
from services.store.account_history import forget_account

_KEY = re.compile(r"[0-9a-f]{32}")


def forget(
    item: Annotated[str, typer.Argument(help="Address of an item of that account at the desk.")],
    data: DataDir = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase everything that the account of this item has said, on all pages of its network."""
    found = _KEY.search(item)
    if found is None:
        raise fail("this is no address of an item: it holds 32 letters and digits after /items/")
    if not yes:
        typer.confirm("Erase all that this account has said? It cannot be undone", abort=True)

    async def work() -> int | None:
        async with (
            house.on_servers(load(data), say) as settings,
            open_pool(settings.database_url) as pool,
        ):
            return await erase(pool, found[0], datetime.now(UTC))

    if (comments := run(work())) is None:
        raise fail("no comment of somebody else is stored under this address")
    say(f"{comments} comments are erased")


async def erase(pool: Pool, comment_key: str, now: datetime) -> int | None:
    """Erase an account's words chunk by chunk; return how many comments stood, None if unknown."""
    async with transaction(pool) as connection:
        comments = await forget_account(connection, comment_key, now)
    more = comments is not None
    while more:
        async with transaction(pool) as connection:
            more = await spread_on(connection, now)
    return comments
