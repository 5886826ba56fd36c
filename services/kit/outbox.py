"""Messages promised by a transaction, published after it: nothing lost between commit and bus.

A web action or a poll is not redelivered, so its message is written as a row in the same
transaction; a relay publishes the row with `Nats-Msg-Id` and deletes it. A crash in between
publishes again under the same id, which the stream stores once.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import psycopg
from psycopg.rows import class_row

from schemas.message import Message
from services.kit.bus import Bus
from services.kit.db import Connection, Pool, transaction
from services.kit.faults import PublishFailed, TooLargeToPublish, retry_delay

log = logging.getLogger(__name__)

CHANNEL = "outbox"
PATIENCE = 1.0
"""Seconds between looks when no notification comes."""
ROWS = 200
ASIDE = 60.0
"""Seconds that a row waits which the bus can never take."""
FULL = 10.0
"""Seconds that the rows of a stream wait which takes nothing, while the bus answers."""
ROW_PATIENCE = 5.0
"""Seconds for one row: those behind it wait meanwhile, and it is tried again anyway."""


async def promise(
    connection: Connection,
    service: str,
    messages: Sequence[Message],
    *,
    due_at: datetime | None = None,
) -> None:
    """Write messages into the outbox of a service; with `due_at` they wait until then."""
    for message in messages:
        await promise_raw(
            connection, service, stream=message.stream, subject=message.subject(),
            msg_id=message.msg_id(), body=message.model_dump_json().encode(), due_at=due_at,
        )  # fmt: skip


async def promise_raw(
    connection: Connection,
    service: str,
    *,
    stream: str,
    subject: str,
    msg_id: str,
    body: bytes,
    due_at: datetime | None = None,
) -> None:
    """Write one message as bytes into the outbox of a service."""
    await connection.execute(
        "with promised as (insert into outbox (service, stream, subject, msg_id, body, due_at)"
        " values (%s, %s, %s, %s, %s, coalesce(%s, now()))) select pg_notify(%s, %s)",
        [service, stream, subject, msg_id, body, due_at, CHANNEL, service],
    )


@dataclass(frozen=True)
class _Row:
    outbox_id: int
    stream: str
    subject: str
    msg_id: str
    body: bytes


@dataclass
class _Round:
    """What became of the rows of one round."""

    published: list[int] = field(default_factory=list)
    aside: dict[int, float] = field(default_factory=dict)
    """Seconds that a row is to wait."""
    silence: PublishFailed | None = None


class Relay:
    """Publishes the outbox rows of one service; several instances share the work."""

    def __init__(self, pool: Pool, bus: Bus, *, url: str) -> None:
        self._pool = pool
        self._bus = bus
        self._url = url

    async def flush(self) -> int:
        """Publish what is due, in the order it was promised; return how many rows are settled.

        Raises PublishFailed when the bus is silent: what it did not take stays due. When the bus
        answers but takes a row not, that row - or, with a full stream, each row of that stream -
        waits a while, and the others go on.
        """
        async with transaction(self._pool) as connection:
            done = await self._publish(await self._due(connection))
            await connection.execute(
                "delete from outbox where outbox_id = any(%s)", [done.published]
            )
            await connection.execute(
                "update outbox set due_at = now() + make_interval(secs => later.seconds)"
                " from unnest(%s::bigint[], %s::float[]) as later (outbox_id, seconds)"
                " where outbox.outbox_id = later.outbox_id",
                [list(done.aside), list(done.aside.values())],
            )
        if done.silence is not None:
            raise done.silence
        return len(done.published) + len(done.aside)

    async def _due(self, connection: Connection) -> list[_Row]:
        async with connection.cursor(row_factory=class_row(_Row)) as cursor:
            await cursor.execute(
                "select outbox_id, stream, subject, msg_id, body from outbox"
                " where service = %s and due_at <= now() order by outbox_id"
                " limit %s for update skip locked",
                [self._bus.service, ROWS],
            )
            return await cursor.fetchall()

    async def _publish(self, rows: Sequence[_Row]) -> _Round:
        done = _Round()
        shut: set[str] = set()
        for row in rows:
            if row.stream in shut:
                done.aside[row.outbox_id] = FULL
                continue
            failure = await self._refusal(row)
            if failure is None:
                done.published.append(row.outbox_id)
            elif await self._bus.broker.ping(timeout=1.0):
                log.error("outbox row %d is put aside for a while: %s", row.outbox_id, failure)
                too_large = isinstance(failure, TooLargeToPublish)
                done.aside[row.outbox_id] = ASIDE if too_large else FULL
                if not too_large:
                    shut.add(row.stream)
            else:
                done.silence = failure
                break
        return done

    async def _refusal(self, row: _Row) -> PublishFailed | None:
        try:
            await self._bus.publish_raw(
                row.subject, row.body, stream=row.stream, msg_id=row.msg_id, patience=ROW_PATIENCE
            )
        except PublishFailed as error:
            return error
        return None

    async def run(self) -> None:
        """Publish for ever; what the bus or the database refuses now is tried again."""
        failures = 0
        while not told_to_end():
            try:
                async with await psycopg.AsyncConnection.connect(
                    self._url, autocommit=True
                ) as listener:
                    await listener.execute(f"listen {CHANNEL}")
                    while not told_to_end():
                        while await self.flush():
                            pass
                        failures = 0
                        async for _ in listener.notifies(timeout=PATIENCE, stop_after=1):
                            pass
            except (psycopg.Error, PublishFailed, OSError) as error:
                failures += 1
                log.warning("outbox of %s waits: %r", self._bus.service, error)
                await asyncio.sleep(retry_delay(failures))


def told_to_end() -> bool:
    """True when this task was cancelled, even if a library took the cancellation for itself.

    Python 3.11's `asyncio.wait_for`, with which nats-py awaits each acknowledgement, does so when
    the answer comes in the same turn of the loop: an endless loop would go on for ever.
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
