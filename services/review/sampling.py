"""Look at the bus and the house four times a minute: keep history, make room, raise alarms."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import nats.errors
import nats.js.errors

from schemas.streams import CONSUMERS, STREAMS
from services.kit.bus import Bus
from services.kit.db import Connection, Pool, transaction
from services.kit.outbox import told_to_end
from services.kit.queues import (
    QueueReading,
    StreamReading,
    flow_between,
    read_bus,
    was_not_fetched_from,
)
from services.kit.room import make_room
from services.review.alarm_rules import RULES, Rules, Situation, conditions
from services.review.gauges import Gauges
from services.review.house_state import HouseReader, HouseState
from services.review.outage import UNREACHABLE
from services.store import alarms, packages, queues, trials
from services.store.alarms import Way

log = logging.getLogger(__name__)

EVERY = timedelta(seconds=15)
PING, PATIENCE = 2.0, 10.0
"""Seconds for the broker's first word, and for all answers of one look."""
OF_THE_BUS = ("age", "stuck", "held", "paused", "unheard", "missing", "spike", "stream")
"""Rules that nobody can judge while the broker does not answer."""


@dataclass(frozen=True)
class Reading:
    """What the broker told in one look; nothing when it did not answer."""

    queues: Sequence[QueueReading]
    streams: Sequence[StreamReading]
    answered: bool = True


@dataclass(frozen=True)
class Sampler:
    """Reads, shows to Prometheus, and - one instance at a time - writes."""

    bus: Bus
    pool: Pool
    house: HouseReader
    rules: Rules
    ways: Sequence[Way]
    """By which ways somebody is told of alarms."""
    gauges: Gauges
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    async def run(self) -> None:
        """Look for ever; whatever goes wrong here, the desk goes on."""
        while not told_to_end():
            try:
                await self.look()
            except UNREACHABLE as error:
                log.warning("the ops board cannot be written now: %r", error)
            except Exception:
                log.exception("the ops board cannot be written")
            await asyncio.sleep(EVERY.total_seconds())

    async def look(self) -> bool:
        """Look once; False when another instance has just done so."""
        now = self.clock()
        reading = await self._read(now)
        house = await self.house.read(now)
        if reading.answered:
            self.gauges.show_bus(reading.queues, reading.streams, now)
        self.gauges.show_house(house, self.house.settings.llm_currency, now)
        async with transaction(self.pool) as connection:
            await packages.expire_packages(connection, now)
            kept = timedelta(days=self.house.settings.trial_days)
            await trials.erase_trials(connection, now - kept)
            wrote = await self._write(connection, reading, house, now)
            standing = await alarms.read_standing(connection)
        self.gauges.show_alarms(standing, RULES)
        if wrote:
            await self._make_room(reading)
        return wrote

    async def _read(self, now: datetime) -> Reading:
        if not await self.bus.broker.ping(timeout=PING):
            log.warning("the bus cannot be read now: no answer to a ping")
            return Reading((), (), answered=False)
        try:
            jetstream = self.bus.broker.connection.jetstream()
            async with asyncio.timeout(PATIENCE):
                return Reading(*await read_bus(jetstream, CONSUMERS, STREAMS, now))
        except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as error:
            log.warning("the bus cannot be read now: %r", error)
            return Reading((), (), answered=False)

    async def _make_room(self, reading: Reading) -> None:
        try:
            jetstream = self.bus.broker.connection.jetstream()
            async with asyncio.timeout(PATIENCE):
                await make_room(jetstream, reading.streams, CONSUMERS)
        except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as error:
            log.warning("no room can be made on the bus now: %r", error)

    async def _write(
        self, connection: Connection, reading: Reading, house: HouseState, now: datetime
    ) -> bool:
        if not await queues.hold_sampling(connection):
            return False
        last = await queues.sampled_at(connection)
        if last is not None and timedelta() <= now - last < EVERY / 2:
            return False
        before: dict[str, QueueReading] = {}
        if reading.answered:
            before = {queue.queue: queue for queue in await queues.read_queues(connection)}
            sampled = [
                (queue, flow_between(before.get(queue.queue), queue)) for queue in reading.queues
            ]
            await queues.save_readings(connection, reading.queues, reading.streams)
            await queues.add_samples(connection, sampled)
            await queues.forget_samples(connection, now)
            await alarms.forget_alarms(connection, now)
        usual = await queues.usual_depths(connection, now)
        situation = _situation(reading, before, house, usual, now)
        await alarms.settle_alarms(
            connection, conditions(situation, self.rules), now=now, calm=self.rules.calm,
            ways=self.ways, unknown=() if reading.answered else OF_THE_BUS,
        )  # fmt: skip
        return True


def _situation(
    reading: Reading,
    before: Mapping[str, QueueReading],
    house: HouseState,
    usual: dict[str, float],
    now: datetime,
) -> Situation:
    known = {queue.queue for queue in reading.queues}
    dead: dict[str, int] = {}
    for waiting in house.dead:
        dead[waiting.consumer] = dead.get(waiting.consumer, 0) + waiting.count
    return Situation(
        queues=reading.queues,
        streams=reading.streams,
        bus_answers=reading.answered,
        usual=usual,
        unfetched={
            queue.queue: queue.pending
            for queue in reading.queues
            if was_not_fetched_from(before.get(queue.queue), queue)
        },
        missing=[one.name for one in CONSUMERS if reading.answered and one.name not in known],
        outboxes={
            outbox.service: (now - outbox.oldest_at).total_seconds()
            for outbox in house.outboxes
            if outbox.oldest_at
        },
        dead=dead,
        faults=house.faults,
        books_difference=house.books.received - house.books.accounted,
        slots=house.slots,
        spending=house.spending,
    )
