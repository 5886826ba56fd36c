"""What waits on the bus, in the broker's own figures: per consumer, per stream."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from schemas.streams import Consumer, Stream


@dataclass(frozen=True)
class QueueReading:
    """How one consumer stands at a moment; the counters below `redelivered` only ever grow."""

    queue: str
    depth: int
    """Messages not yet acknowledged, delivered or not."""
    oldest_at: datetime | None
    """When the message was stored that has waited longest; None when nothing waits."""
    redelivered: int
    """Messages that were delivered more than once and are still not acknowledged."""
    pending: int
    """Messages never delivered so far."""
    delivered: int
    """Deliveries since the consumer was made, repeated ones too."""
    reached: int
    """Highest sequence of the stream that was delivered."""
    last: int
    """Highest sequence of the stream."""
    created_at: datetime
    """When the consumer was made: another one counts from zero."""
    read_at: datetime
    room: int = 0
    """How many messages it hands out before one is acknowledged; 0: not known."""
    listeners: int = 0
    """Requests for messages that are open."""
    paused: bool = False

    @property
    def is_full(self) -> bool:
        """True when it hands out nothing new before something is acknowledged."""
        return 0 < self.room <= self.depth - self.pending

    @property
    def oldest(self) -> float:
        """Seconds that the oldest message has waited, 0 when nothing waits."""
        if self.oldest_at is None:
            return 0.0
        return max(0.0, (self.read_at - self.oldest_at).total_seconds())


@dataclass(frozen=True)
class StreamReading:
    """How full a stream is; a full one refuses new messages."""

    stream: str
    messages: int
    bytes: int
    max_bytes: int
    read_at: datetime

    @property
    def fill(self) -> float:
        """Share of its room that is used, 0 to 1."""
        return self.bytes / self.max_bytes if self.max_bytes > 0 else 0.0


@dataclass(frozen=True)
class Flow:
    """How many messages came and went between two readings."""

    arrived: int
    handled: int
    seconds: float


async def read_bus(
    jetstream: JetStreamContext,
    consumers: Iterable[Consumer],
    streams: Iterable[Stream],
    now: datetime,
) -> tuple[list[QueueReading], list[StreamReading]]:
    """Ask the broker: two small requests a consumer, one a stream; raises what nats-py raises.

    A consumer or stream that does not exist is left out: readiness tells of it.
    """
    filled: list[StreamReading] = []
    last: dict[str, int] = {}
    for stream in streams:
        try:
            info = await jetstream.stream_info(stream.name)
        except NotFoundError:
            continue
        last[stream.name] = info.state.last_seq
        filled.append(
            StreamReading(
                stream.name, info.state.messages, info.state.bytes,
                info.config.max_bytes or stream.max_bytes, now,
            )
        )  # fmt: skip
    read = [
        await _read_queue(jetstream, consumer, last[consumer.stream], now)
        for consumer in consumers
        if consumer.stream in last
    ]
    return [queue for queue in read if queue is not None], filled


async def _read_queue(
    jetstream: JetStreamContext, consumer: Consumer, last: int, now: datetime
) -> QueueReading | None:
    try:
        info = await jetstream.consumer_info(consumer.stream, consumer.name)
    except NotFoundError:
        return None
    pending, held = info.num_pending or 0, info.num_ack_pending or 0
    floor = info.ack_floor.stream_seq if info.ack_floor else 0
    return QueueReading(
        queue=consumer.name,
        depth=pending + held,
        oldest_at=await _stored_at(jetstream, consumer, floor + 1) if pending + held else None,
        redelivered=info.num_redelivered or 0,
        pending=pending,
        delivered=info.delivered.consumer_seq if info.delivered else 0,
        reached=info.delivered.stream_seq if info.delivered else 0,
        last=last,
        created_at=info.created,
        read_at=now,
        room=info.config.max_ack_pending or 0,
        listeners=info.num_waiting or 0,
        paused=bool(info.paused),
    )


async def _stored_at(
    jetstream: JetStreamContext, consumer: Consumer, sequence: int
) -> datetime | None:
    """Return when the first message of a consumer at or behind a sequence was stored.

    All below the acknowledgement floor is done, so the first one behind it is the oldest.
    """
    try:
        message = await jetstream.get_msg(
            consumer.stream, sequence, subject=consumer.subject, next=True
        )
    except NotFoundError:
        return None
    return message.time


def flow_between(before: QueueReading | None, after: QueueReading) -> Flow | None:
    """Return what came and went between two readings of one consumer. Pure.

    None when they cannot be compared: no reading before, a clock set back, or a consumer that was
    made anew. While messages are delivered repeatedly the broker's counters bound the figure from
    above: first deliveries are at most the deliveries, and at most the sequences passed.
    """
    if before is None or before.created_at != after.created_at:
        return None
    seconds = (after.read_at - before.read_at).total_seconds()
    deliveries = after.delivered - before.delivered
    if seconds <= 0 or deliveries < 0 or after.last < before.last:
        return None
    first = min(deliveries, max(0, after.reached - before.reached))
    came = first + after.pending - before.pending
    arrived = max(0, min(came, after.last - before.last))
    return Flow(arrived, max(0, arrived + before.depth - after.depth), seconds)


def was_not_fetched_from(before: QueueReading | None, after: QueueReading) -> bool:
    """True when messages wait that nobody has had, and none was fetched between two readings.

    Repeated deliveries are deliveries too: who tries in vain is not stuck. Pure.
    """
    return (
        before is not None
        and before.created_at == after.created_at
        and before.delivered == after.delivered
        and before.pending > 0
        and after.pending > 0
    )
