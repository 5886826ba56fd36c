"""Follow the live version of the model while the service runs."""

import asyncio
import logging
from dataclasses import replace

import psycopg
import psycopg_pool

from services.kit.db import Pool
from services.route.head import UnreadableHead
from services.route.reader import load_model
from services.route.reading import SHIPPED, Knowledge, shipped_knowledge
from services.store import sorting_models

log = logging.getLogger(__name__)

PULSE = 5.0
"""Seconds between looks at which version is live."""


class Live:
    """The knowledge in use; reading it never waits."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self._refused = ""

    async def refresh(self, pool: Pool) -> None:
        """Take the live version into use; one that cannot be read is left, and told."""
        async with pool.connection() as connection:
            version = await sorting_models.live_version(connection)
            if str(version or SHIPPED) in (self.knowledge.version, self._refused):
                return
            artefact = await sorting_models.read_artefact(connection, version) if version else None
        if artefact is None:
            self.knowledge = await asyncio.to_thread(shipped_knowledge)
            return
        try:
            model = await asyncio.to_thread(load_model, artefact, self.knowledge.cues)
        except UnreadableHead as error:
            self._refused = str(version)
            log.error("sorting model %s is not used: %s", version, error)  # noqa: TRY400 - no stack is needed
            return
        self.knowledge = replace(self.knowledge, model=model, version=str(version))

    async def follow(self, pool: Pool) -> None:
        """Refresh for ever; a database that is away changes nothing."""
        while True:
            await asyncio.sleep(PULSE)
            try:
                await self.refresh(pool)
            except (psycopg.OperationalError, psycopg_pool.PoolTimeout) as error:
                log.warning("the live sorting model is not looked up: %s", type(error).__name__)
