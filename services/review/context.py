"""What every part of the desk's web side needs."""

import asyncio
from dataclasses import dataclass

from fastapi import Request

from services.kit.db import Pool
from services.kit.settings import Settings
from services.review.live import Live
from services.review.passwords import Passwords
from services.review.view import View
from services.store.desk import read_badges


@dataclass(frozen=True)
class Desk:
    """The desk's parts, made once in `build`."""

    settings: Settings
    pool: Pool
    view: View
    live: Live
    passwords: Passwords
    stopping: asyncio.Event

    @property
    def secure(self) -> bool:
        """True when browsers reach the desk over https."""
        return self.settings.public_url.startswith("https://")

    async def count(self, request: Request) -> None:
        """Read the figures that stand in the menu of every page."""
        async with self.pool.connection() as connection:
            request.state.badges = await read_badges(connection)
