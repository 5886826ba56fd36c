"""Erase single messages from a stream so that their bytes are overwritten, not only forgotten."""

from collections.abc import Callable, Mapping

from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.client import JetStreamContext

from services.kit.faults import PublishFailed

Wanted = Callable[[Mapping[str, str], str], bool]
"""Says by a message's headers and subject whether it goes."""
PATIENCE = 10.0
"""Seconds for the next message of a stream that has more."""


async def purge_messages(jetstream: JetStreamContext, stream: str, wanted: Wanted) -> int:
    """Erase what is wanted of a stream, return how many; consumers pass over what is gone.

    JetStream overwrites the bytes of a message that is deleted by its sequence, unless it is told
    not to (`STREAM.MSG.DELETE`, `no_erase`). Only headers are read. Raises PublishFailed when the
    bus falls silent in between; doing it again is harmless.
    """
    found: list[int] = []
    if not (await jetstream.stream_info(stream)).state.messages:
        return 0
    told = await jetstream.subscribe(
        ">", stream=stream, ordered_consumer=True,
        config=ConsumerConfig(
            deliver_policy=DeliverPolicy.ALL, ack_policy=AckPolicy.NONE, headers_only=True
        ),
    )  # fmt: skip
    try:
        left = True
        while left:
            message = await told.next_msg(timeout=PATIENCE)
            left = message.metadata.num_pending > 0
            if wanted(message.headers or {}, message.subject):
                found.append(message.metadata.sequence.stream)
    except TimeoutError as silence:
        raise PublishFailed(f"{stream}: reading it broke off") from silence
    finally:
        await told.unsubscribe()
    for sequence in found:
        await jetstream.delete_msg(stream, sequence)
    return len(found)
