"""Messages promised by a transaction, published after it: nothing lost between commit and bus.

A web action or a poll is not redelivered, so its message is written as a row in the same
transaction; a relay publishes the row with `Nats-Msg-Id` and deletes it. A crash in between
publishes again under the same id, which the stream stores once.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime

import psycopg

from schemas.message import Message
from services.kit.bus import Bus, PublishFailed, retry_delay
from services.kit.db import Connection, Pool, transaction

log = logging.getLogger(__name__)

CHANNEL = "outbox"
PATIENCE = 1.0
"""Seconds between looks when no notification comes."""
ROWS = 200


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
        "insert into outbox (service, stream, subject, msg_id, body, due_at)"
        " values (%s, %s, %s, %s, %s, coalesce(%s, now()))",
        [service, stream, subject, msg_id, body, due_at],
    )
    await connection.execute("select pg_notify(%s, %s)", [CHANNEL, service])


class Relay:
    """Publishes the outbox rows of one service; several instances share the work."""

    def __init__(self, pool: Pool, bus: Bus, *, url: str) -> None:
        self._pool = pool
        self._bus = bus
        self._url = url

    async def flush(self) -> int:
        """Publish what is due, return how many; rows stay when the bus does not take them."""
        async with transaction(self._pool) as connection:
            rows = await (
                await connection.execute(
                    "select outbox_id, stream, subject, msg_id, body from outbox"
                    " where service = %s and due_at <= now() order by outbox_id"
                    " limit %s for update skip locked",
                    [self._bus.service, ROWS],
                )
            ).fetchall()
            await asyncio.gather(
                *(
                    self._bus.publish_raw(subject, body, stream=stream, msg_id=msg_id)
                    for _, stream, subject, msg_id, body in rows
                )
            )
            await connection.execute(
                "delete from outbox where outbox_id = any(%s)", [[row[0] for row in rows]]
            )
        return len(rows)

    async def run(self) -> None:
        """Publish for ever; what the bus or the database refuses now is tried again."""
        failures = 0
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    self._url, autocommit=True
                ) as listener:
                    await listener.execute(f"listen {CHANNEL}")
                    while True:
                        while await self.flush() == ROWS:
                            pass
                        failures = 0
                        async for _ in listener.notifies(timeout=PATIENCE, stop_after=1):
                            pass
            except (psycopg.Error, PublishFailed, OSError) as error:
                failures += 1
                log.warning("outbox of %s waits: %r", self._bus.service, error)
                await asyncio.sleep(retry_delay(failures))
