"""`dialogwerk books`: where every comment stands."""

import typer

from services import house
from services.commands.shell import DataDir, load, run, say
from services.demo.report import report
from services.kit.db import open_pool


def books(data: DataDir = None) -> None:
    """Print where every comment stands; exit with 1 when the books do not balance."""

    async def work() -> int:
        async with (
            house.on_servers(load(data), say) as settings,
            open_pool(settings.database_url) as pool,
        ):
            balance, lines = await report(pool, drafts=0)
            for line in lines:
                say(line)
            return 0 if balance.balanced else 1

    raise typer.Exit(run(work()))
