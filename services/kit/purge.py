"""Erase single messages from a stream so that their bytes are overwritten, not only forgotten."""

from collections.abc import Collection

from nats.js.client import JetStreamContext
from nats.js.errors import NotFoundError


async def purge_messages(jetstream: JetStreamContext, stream: str, msg_ids: Collection[str]) -> int:
    """Erase the messages with these `Nats-Msg-Id`, return how many; doing it again is harmless.

    JetStream overwrites the bytes of a message that is deleted by its sequence, unless it is told
    not to (`STREAM.MSG.DELETE`, `no_erase`); consumers pass over what is gone. Raises what the bus
    raises when it does not answer.
    """
    wanted, erased, sequence = frozenset(msg_ids), 0, 1
    while True:
        try:
            message = await jetstream.get_msg(stream, sequence, subject=">", next=True)
        except NotFoundError:
            return erased
        found = message.seq or sequence
        if (message.headers or {}).get("Nats-Msg-Id") in wanted:
            await jetstream.delete_msg(stream, found)
            erased += 1
        sequence = found + 1
