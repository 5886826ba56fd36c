"""How queues stood: the latest readings, a week of minutes, and what waits in the outboxes."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from psycopg.rows import class_row

from services.kit.db import Connection
from services.kit.queues import Flow, QueueReading, StreamReading

SAMPLER_LOCK = 0x0D1A_0A5E
"""Advisory lock: of several instances one writes what it read."""
KEPT = timedelta(days=7)


@dataclass(frozen=True)
class Outbox:
    """What one service has promised and the bus has not taken yet."""

    service: str
    depth: int
    """Rows that are due."""
    oldest_at: datetime | None
    """Since when the first of them is due."""
    later: int
    """Rows whose time has not come."""


@dataclass(frozen=True)
class Sample:
    """One minute of a queue."""

    minute: datetime
    depth: int
    """The deepest it was."""
    oldest: float
    """Seconds that the oldest message had waited, at most."""
    redelivered: int
    arrived: int
    handled: int
    seconds: float
    """The time in which so many arrived and were handled."""


async def hold_sampling(connection: Connection) -> bool:
    """Take the sampler's place until the transaction ends; False when another one has it."""
    row = await (
        await connection.execute("select pg_try_advisory_xact_lock(%s)", [SAMPLER_LOCK])
    ).fetchone()
    return bool(row and row[0])


async def sampled_at(connection: Connection) -> datetime | None:
    """Return when streams were read last; None when they never were."""
    row = await (await connection.execute("select max(read_at) from stream_readings")).fetchone()
    return row[0] if row else None


async def read_queues(connection: Connection) -> list[QueueReading]:
    """Return the latest reading of every queue."""
    async with connection.cursor(row_factory=class_row(QueueReading)) as cursor:
        await cursor.execute(
            "select queue, depth, oldest_at, redelivered, pending, delivered, reached, last,"
            " created_at, read_at from queue_readings order by queue"
        )
        return await cursor.fetchall()


async def read_streams(connection: Connection) -> list[StreamReading]:
    """Return the latest reading of every stream, by name."""
    async with connection.cursor(row_factory=class_row(StreamReading)) as cursor:
        await cursor.execute(
            "select stream, messages, bytes, max_bytes, read_at from stream_readings"
            " order by stream"
        )
        return await cursor.fetchall()


async def read_outboxes(connection: Connection) -> list[Outbox]:
    """Return the outboxes that hold anything, by service."""
    async with connection.cursor(row_factory=class_row(Outbox)) as cursor:
        await cursor.execute(
            "select service, count(*) filter (where due_at <= clock_timestamp()) as depth,"
            " min(due_at) filter (where due_at <= clock_timestamp()) as oldest_at,"
            " count(*) filter (where due_at > clock_timestamp()) as later"
            " from outbox group by service order by service"
        )
        return await cursor.fetchall()


async def save_readings(
    connection: Connection, queues: Iterable[QueueReading], streams: Iterable[StreamReading]
) -> None:
    """Put new readings in the place of the old ones; what was not read is forgotten."""
    await connection.execute("delete from queue_readings")
    await connection.execute("delete from stream_readings")
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "insert into queue_readings (queue, depth, oldest_at, redelivered, pending, delivered,"
            " reached, last, created_at, read_at) values (%(queue)s, %(depth)s, %(oldest_at)s,"
            " %(redelivered)s, %(pending)s, %(delivered)s, %(reached)s, %(last)s, %(created_at)s,"
            " %(read_at)s)",
            [asdict(queue) for queue in queues],
        )
        await cursor.executemany(
            "insert into stream_readings (stream, messages, bytes, max_bytes, read_at)"
            " values (%(stream)s, %(messages)s, %(bytes)s, %(max_bytes)s, %(read_at)s)",
            [asdict(stream) for stream in streams],
        )


async def add_samples(
    connection: Connection, sampled: Sequence[tuple[QueueReading, Flow | None]]
) -> None:
    """Add readings, and what came and went since the ones before, to their minutes."""
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "insert into queue_samples as s (queue, minute, depth, oldest, redelivered, arrived,"
            " handled, seconds) values (%(queue)s, date_trunc('minute', %(at)s::timestamptz),"
            " %(depth)s, %(oldest)s, %(redelivered)s, %(arrived)s, %(handled)s, %(seconds)s)"
            " on conflict (queue, minute) do update set depth = greatest(s.depth, excluded.depth),"
            " oldest = greatest(s.oldest, excluded.oldest),"
            " redelivered = greatest(s.redelivered, excluded.redelivered),"
            " arrived = s.arrived + excluded.arrived, handled = s.handled + excluded.handled,"
            " seconds = s.seconds + excluded.seconds",
            [
                {
                    "queue": queue.queue,
                    "at": queue.read_at,
                    "depth": queue.depth,
                    "oldest": queue.oldest,
                    "redelivered": queue.redelivered,
                    "arrived": flow.arrived if flow else 0,
                    "handled": flow.handled if flow else 0,
                    "seconds": flow.seconds if flow else 0.0,
                }
                for queue, flow in sampled
            ],
        )


async def read_samples(connection: Connection, since: datetime) -> dict[str, list[Sample]]:
    """Return each queue's minutes since a moment, oldest first."""
    found: dict[str, list[Sample]] = {}
    rows = await connection.execute(
        "select queue, minute, depth, oldest, redelivered, arrived, handled, seconds"
        " from queue_samples where minute >= %s order by queue, minute",
        [since],
    )
    async for queue, *values in rows:
        found.setdefault(queue, []).append(Sample(*values))
    return found


async def usual_depths(connection: Connection, now: datetime) -> dict[str, float]:
    """Return each queue's mean depth in the day before the last half hour.

    A queue with less than an hour of history has none.
    """
    rows = await connection.execute(
        "select queue, avg(depth)::float from queue_samples"
        " where minute between %s and %s group by queue having count(*) >= 60",
        [now - timedelta(days=1), now - timedelta(minutes=30)],
    )
    return {queue: depth async for queue, depth in rows}


async def forget_samples(connection: Connection, now: datetime) -> None:
    """Delete the minutes that are older than a week."""
    await connection.execute("delete from queue_samples where minute < %s", [now - KEPT])
