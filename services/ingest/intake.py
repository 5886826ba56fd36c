"""The one way in, for networks, webhooks and files alike."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from schemas.inbound import Inbound
from services.ingest.door import Unstorable
from services.ingest.spread import spread_on
from services.ingest.take import Taken, take_in
from services.kit.bus import Bus
from services.kit.db import Pool, transaction
from services.kit.faults import INFRASTRUCTURE, describe
from services.store.intake import save_cursor

log = logging.getLogger(__name__)

AT_ONCE = 200
"""Events in one transaction: others wait at the door meanwhile."""


@dataclass(frozen=True)
class Mark:
    """How far a connection was read."""

    connection: str
    cursor: str


@dataclass(frozen=True)
class Refused:
    """An event that cannot be stored, its place among those handed in, and why."""

    position: int
    event: Inbound
    reason: str


@dataclass
class Result:
    """What became of the events handed in."""

    taken: list[Taken] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)


@dataclass(frozen=True)
class Intake:
    """Takes events in; each instance of the service and each command has its own."""

    pool: Pool
    bus: Bus
    pseudonym_key: bytes
    former_keys: tuple[bytes, ...] = ()
    """Keys that made tombstones once and make nothing any more."""

    async def take(self, events: Sequence[Inbound]) -> Result:
        """Store events; one that cannot be stored is refused and its neighbours go on.

        Raises what `is_infrastructure` knows; then handing all of them in again is harmless.
        """
        result = Result()
        for start in range(0, len(events), AT_ONCE):
            part = events[start : start + AT_ONCE]
            try:
                result.taken += await self._store(part, None)
            except INFRASTRUCTURE:
                raise
            except Exception as error:  # noqa: BLE001 - any fault may be one event's alone
                self._explain(error, len(part))
                await self._one_by_one(part, start, result)
        await self.spread()
        return result

    async def take_batch(self, events: Sequence[Inbound], mark: Mark) -> Result:
        """Store events and the mark behind them in one transaction.

        When one of them is refused the mark is not stored: keep the refused one first, then
        `move` it.
        """
        result = Result()
        try:
            result.taken += await self._store(events, mark)
        except INFRASTRUCTURE:
            raise
        except Exception as error:  # noqa: BLE001 - any fault may be one event's alone
            self._explain(error, len(events))
            await self._one_by_one(events, 0, result)
            if not result.refused:
                await self.move(mark)
        await self.spread()
        return result

    async def spread(self) -> None:
        """Tell all comments what was said of their threads and authors, from where it ended.

        A fault in it is tried again with the next events, and keeps none of them out.
        """
        more = True
        try:
            while more:
                async with transaction(self.pool) as connection:
                    more = await spread_on(connection, datetime.now(UTC))
        except INFRASTRUCTURE:
            raise
        except Exception:
            log.exception("what was said of a thread or account is not told to all its comments")

    async def move(self, mark: Mark) -> None:
        """Remember how far a connection was read; its events are stored or kept elsewhere."""
        await self._store([], mark)

    async def _one_by_one(self, events: Sequence[Inbound], start: int, result: Result) -> None:
        for position, event in enumerate(events, start):
            try:
                result.taken += await self._store([event], None)
            except INFRASTRUCTURE:
                raise
            except Exception as error:  # noqa: BLE001 - becomes a refusal with its reason
                self._explain(error, 1)
                reason = str(error) if isinstance(error, Unstorable) else describe(error)
                result.refused.append(Refused(position, event, reason))
                self._count(event, "refused")

    async def _store(self, events: Sequence[Inbound], mark: Mark | None) -> list[Taken]:
        now = datetime.now(UTC)
        async with transaction(self.pool) as connection:
            taken = await take_in(
                connection, events, pseudonym_key=self.pseudonym_key, now=now,
                former_keys=self.former_keys,
            )  # fmt: skip
            if mark is not None:
                await save_cursor(connection, mark.connection, mark.cursor, now)
        for one in taken:
            self._count(one.event, one.outcome)
        return taken

    def _count(self, event: Inbound, outcome: str) -> None:
        self.bus.telemetry.taken.labels(self.bus.service, event.data.network, outcome).inc()

    def _explain(self, error: Exception, events: int) -> None:
        expected = isinstance(error, Unstorable)
        log.warning(
            "%d events at the door: %s", events, error, exc_info=None if expected else error
        )
