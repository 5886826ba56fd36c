"""Search the demo's own network for pages at once; elsewhere a first search waits some minutes."""

from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from services.kit.db import Pool
from services.kit.settings import Settings
from services.kit.vault import Vault
from services.networks.connected import Connected
from services.outreach.asking import Pace
from services.outreach.discover import plan, search_next, searching
from services.store.connections import ConnectionBook

AT_ONCE = Pace(gap=timedelta())
"""The network is a process of ours: nobody's patience is spent."""


async def find_pages(settings: Settings, pool: Pool) -> int:
    """Do every search that is new or due; return how many were done."""
    connected = Connected(ConnectionBook(pool, Vault(settings.secret_keys)))
    async with AsyncExitStack() as stack:
        stack.push_async_callback(connected.close)
        await connected.reload()
        discovering = replace(searching(settings, pool, connected), pace=AT_ONCE)
        now = datetime.now(UTC)
        await plan(discovering, now, first=timedelta())
        done = 0
        while await search_next(discovering, now):
            done += 1
        return done
