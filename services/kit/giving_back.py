"""What a process took from the bus and has not handled goes back at once when it stops."""

import logging

import nats.errors
from faststream.nats.subscriber.usecases import LogicSubscriber
from faststream.nats.subscriber.usecases.stream_pull_subscriber import (
    ConcurrentPullStreamSubscriber,
)
from nats.aio.msg import Msg

log = logging.getLogger(__name__)


class GivesBack(ConcurrentPullStreamSubscriber):
    """A subscriber that drops nothing when it stops.

    FastStream waits for the handlers that run, drops what its last request still brings in, and
    cancels what takes too long: nobody would see those messages before `ack_wait` has passed.
    """

    _taken: tuple[Msg, ...] = ()

    async def _put_msg(self, msg: Msg) -> None:
        if not self.running:
            await _give_back(msg)
            return
        self._taken = (*(one for one in self._taken if not one.is_acked), msg)
        await super()._put_msg(msg)

    async def stop(self) -> None:
        await super().stop()
        for msg in self._taken:
            if not msg.is_acked:
                await _give_back(msg)


def give_back_at_the_end(subscriber: LogicSubscriber[Msg]) -> None:
    """Make a GivesBack of a subscriber; FastStream offers no way to name its class before."""
    if not isinstance(subscriber, ConcurrentPullStreamSubscriber):
        raise TypeError(f"{type(subscriber).__name__} takes messages in another way")
    subscriber.__class__ = GivesBack


async def _give_back(msg: Msg) -> None:
    try:
        await msg.nak()
    except nats.errors.Error as away:
        log.warning("a message of %s comes again later: %r", msg.metadata.consumer, away)
