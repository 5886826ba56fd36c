"""Room in streams: what every reader has acknowledged goes when a stream is half full.

Streams refuse new messages when they are full and never lose old ones, so somebody has to make
room before; without this a stream would take as much as fits into its time, 30 days, and no more.
"""

import logging
from collections.abc import Sequence

from nats.js import JetStreamContext
from nats.js.api import ConsumerInfo

from schemas.streams import Consumer
from services.kit.queues import StreamReading

log = logging.getLogger(__name__)

HALF = 0.5
"""Share of a stream's bytes from which on it is cleared, and share of its messages that then go."""


async def make_room(
    jetstream: JetStreamContext, filled: Sequence[StreamReading], consumers: Sequence[Consumer]
) -> list[str]:
    """Remove the oldest half of each stream that is half full, as far as all readers are done.

    A reader that the server knows and this release does not counts too: it may belong to a release
    that still works. A stream that nobody reads is left to its time. Returns the streams that were
    cleared; raises what the bus raises when it does not answer.
    """
    cleared: list[str] = []
    for reading in filled:
        if reading.fill < HALF:
            continue
        name = reading.stream
        # first the stream, then its readers: what they are done with lies below its end then
        state = (await jetstream.stream_info(name)).state
        readers = await jetstream.consumers_info(name)
        expected = {one.name for one in consumers if one.stream == name}
        if not readers or expected - {reader.name for reader in readers}:
            continue
        done = min(_done(reader, state.last_seq) for reader in readers)
        middle = state.first_seq + int(HALF * (state.last_seq - state.first_seq))
        end = min(done, middle)
        if end < state.first_seq:
            log.warning("stream %s is %.0f %% full of unread messages", name, 100 * reading.fill)
            continue
        await jetstream.purge_stream(name, seq=end + 1)
        log.info("stream %s: made room up to message %d", name, end)
        cleared.append(name)
    return cleared


def _done(reader: ConsumerInfo, last: int) -> int:
    """Return the sequence up to which a reader has acknowledged all that is meant for it."""
    if not (reader.num_pending or reader.num_ack_pending):
        return last
    return (reader.ack_floor.stream_seq if reader.ack_floor else None) or 0
