"""Create and upgrade what the bus needs; only this writes stream and consumer settings."""

from collections.abc import Sequence

import nats
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    DiscardPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.errors import NotFoundError

from schemas.streams import Consumer, Stream
from services.kit.bus import servers_of


def stream_config(stream: Stream, *, replicas: int) -> StreamConfig:
    """Return the server's form: kept for everybody, and a full stream refuses new messages.

    Only of a stream with `latest_only` the oldest messages go.
    """
    return StreamConfig(
        name=stream.name,
        subjects=list(stream.subjects),
        retention=RetentionPolicy.LIMITS,
        discard=DiscardPolicy.OLD if stream.latest_only else DiscardPolicy.NEW,
        max_msgs_per_subject=1 if stream.latest_only else -1,
        storage=StorageType.FILE,
        max_age=stream.max_age,
        max_bytes=stream.max_bytes,
        duplicate_window=stream.duplicate_window,
        num_replicas=replicas,
    )


def consumer_config(consumer: Consumer) -> ConsumerConfig:
    """Return the server's form: explicit acks, no delivery limit (the dead letter is ours)."""
    return ConsumerConfig(
        name=consumer.name,
        durable_name=consumer.name,
        filter_subject=consumer.subject,
        ack_policy=AckPolicy.EXPLICIT,
        deliver_policy=DeliverPolicy.ALL,
        ack_wait=consumer.ack_wait,
        max_deliver=-1,
        max_ack_pending=max(1000, consumer.workers * 8),
    )


async def provision_bus(
    url: str,
    streams: Sequence[Stream],
    consumers: Sequence[Consumer],
    *,
    replicas: int = 1,
    tighten: bool = False,
) -> list[str]:
    """Make the server's streams and consumers equal to ours; return what was created or changed.

    Durable consumers of our streams that this release does not know go only with `tighten`: during
    an upgrade the services of the earlier release still read them. Later nobody does, and what
    they have not read would keep a stream from making room.
    """
    done: list[str] = []
    connection = await nats.connect(servers_of(url), connect_timeout=5, allow_reconnect=False)
    try:
        jetstream = connection.jetstream(timeout=10)
        for stream in streams:
            wanted = stream_config(stream, replicas=replicas)
            try:
                before = (await jetstream.stream_info(stream.name)).config
            except NotFoundError:
                await jetstream.add_stream(wanted)
                done.append(f"stream {stream.name} created")
            else:
                after = (await jetstream.update_stream(wanted)).config
                if after != before:
                    done.append(f"stream {stream.name} upgraded")
        for consumer in consumers:
            try:
                known = (await jetstream.consumer_info(consumer.stream, consumer.name)).config
            except NotFoundError:
                known = None
            made = await jetstream.add_consumer(consumer.stream, consumer_config(consumer))
            if known is None:
                done.append(f"consumer {consumer.name} created")
            elif made.config != known:
                done.append(f"consumer {consumer.name} upgraded")
        if tighten:
            done += await _remove_strangers(jetstream, streams, consumers)
    finally:
        await connection.close()
    return done


async def _remove_strangers(
    jetstream: JetStreamContext, streams: Sequence[Stream], consumers: Sequence[Consumer]
) -> list[str]:
    done: list[str] = []
    known = {(consumer.stream, consumer.name) for consumer in consumers}
    for stream in streams:
        for found in await jetstream.consumers_info(stream.name):
            if found.config.durable_name and (stream.name, found.name) not in known:
                await jetstream.delete_consumer(stream.name, found.name)
                done.append(f"consumer {found.name} removed")
    return done
