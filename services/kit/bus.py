"""The only door to NATS: publish until acknowledged, read with retries, never lose a message."""

import asyncio
import inspect
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import uuid4

import nats.errors
import nats.js.errors
from faststream import AckPolicy, StreamMessage
from faststream.nats import JStream, NatsBroker, NatsMessage, PullSub
from nats.aio.msg import Msg

from schemas.message import Message
from schemas.streams import TRIES, Consumer, Stream
from services.kit.bulkhead import Bulkhead
from services.kit.bus_users import BusUser, bus_user, inbox_of
from services.kit.delivery import Failures, RetryOrBury
from services.kit.faults import PublishFailed, TooLargeToPublish, retry_delay
from services.kit.giving_back import give_back_at_the_end
from services.kit.orders import Order
from services.kit.telemetry import Telemetry
from services.kit.tries import require_notes

log = logging.getLogger(__name__)

PUBLISH_PATIENCE = 30.0
"""Seconds a publish is repeated with the same id; a stream leader's death costs 4 to 8."""
ENDLESS = 10.0
"""How many times its consumer's `ack_wait` a handler may run."""


async def _as_bytes(message: StreamMessage[Any]) -> bytes:
    return bytes(message.body)


def servers_of(url: str) -> list[str]:
    """Return the servers of a cluster that NATS_URL names, separated by commas."""
    return [one.strip() for one in url.split(",") if one.strip()]


Handler = Callable[..., Awaitable[None]]


@dataclass(frozen=True)
class Registered:
    """A handler as its service wrote it."""

    handle: Handler
    undecoded: bool

    def argument(self, raw: Msg) -> Message | NatsMessage:
        """Return what the handler takes; raises ValidationError."""
        if self.undecoded:
            return NatsMessage(raw_message=raw, body=raw.data)
        (parameter,) = inspect.signature(self.handle, eval_str=True).parameters.values()
        message: type[Message] = parameter.annotation
        return message.model_validate_json(raw.data)


class Bus:
    """Publishes messages to their streams and registers one handler per durable consumer."""

    def __init__(self, url: str, *, service: str, telemetry: Telemetry) -> None:
        self.service = service
        self.consumers: list[Consumer] = []
        self.messages: list[type[Message]] = []
        self.overseen: list[Stream] = []
        self.erased: list[str] = []
        self.own_faults: dict[str, Failures] = {}
        """By message (`consumer:stream:seq`), until it is handled or buried."""
        self.process = uuid4().hex
        """This process, as its notes on messages name it."""
        self.bulkhead: Bulkhead | None = None
        """Where messages are handled that may have ended a process; None: like all others."""
        self.takes_orders = False
        """Whether this is the process behind a bulkhead, which takes nothing from the bus."""
        self._handlers: dict[str, Registered] = {}
        self._at_work: dict[int, tuple[Msg, float]] = {}
        self.telemetry = telemetry
        logger = logging.getLogger("dialogwerk.bus")
        logger.addFilter(_is_no_stop)
        self.broker = NatsBroker(
            servers_of(url),
            name=f"dialogwerk-{service}",
            ack_policy=AckPolicy.NACK_ON_ERROR,
            max_reconnect_attempts=-1,
            reconnect_time_wait=1,
            connect_timeout=5,
            graceful_timeout=20.0,
            inbox_prefix=inbox_of(service),
            log_level=logging.DEBUG,
            logger=logger,
            middlewares=[telemetry.middleware(), partial(RetryOrBury, bus=self)],
        )

    def on(self, consumer: Consumer, *, undecoded: bool = False) -> Callable[[Handler], Any]:
        """Return the decorator that makes a function the handler of this durable consumer.

        `undecoded` hands the body over as bytes, for messages that may be no JSON at all.
        """
        self.consumers.append(consumer)

        def register(handler: Handler) -> Any:
            self._handlers[consumer.name] = Registered(handler, undecoded)
            subscriber = self.broker.subscriber(
                consumer.subject,
                stream=JStream(consumer.stream, declare=False),
                durable=consumer.name,
                inbox_prefix=f"{inbox_of(self.service)}.".encode(),
                pull_sub=PullSub(batch_size=1, timeout=5.0),
                max_workers=max(2, consumer.workers),
                title=consumer.name,
                description=handler.__doc__,
            )
            give_back_at_the_end(subscriber)
            return subscriber(handler, decoder=_as_bytes if undecoded else None)

        return register

    def says(self, *messages: type[Message]) -> None:
        """Declare what this service publishes: for the AsyncAPI document and its rights."""
        self.messages += messages
        for message in messages:
            self.broker.publisher(
                message.subject_filter(), schema=message,
                stream=JStream(message.stream, declare=False),
                title=message.__name__, description=message.__doc__,
            )  # fmt: skip

    def oversees(self, *streams: Stream) -> None:
        """Declare that this service watches streams, makes room and sends dead letters back."""
        self.overseen += streams

    def erases(self, *streams: str) -> None:
        """Declare that this service erases single messages of these streams."""
        self.erased += streams

    @property
    def user(self) -> BusUser:
        """Whom the server knows this service as, with no more rights than it declared to need."""
        return bus_user(
            self.service, hears=self.consumers, says=self.messages, oversees=self.overseen,
            erases=self.erased,
        )  # fmt: skip

    async def publish(self, message: Message) -> None:
        """Store a message in its stream; raise PublishFailed when the bus stays silent."""
        await self.publish_raw(
            message.subject(), message.model_dump_json().encode(),
            stream=message.stream, msg_id=message.msg_id(),
        )  # fmt: skip

    async def publish_raw(
        self,
        subject: str,
        body: bytes,
        *,
        stream: str,
        msg_id: str,
        headers: dict[str, str] | None = None,
        patience: float = PUBLISH_PATIENCE,
    ) -> None:
        """Store bytes under a subject; the same `msg_id` is stored once within the dedup window.

        Raises PublishFailed when nothing acknowledged it for `patience` seconds, and at once for a
        message that is too large.
        """
        sent = {"content-type": "application/json", **(headers or {}), "Nats-Msg-Id": msg_id}
        deadline = asyncio.get_running_loop().time() + patience
        attempt = 0
        while True:
            attempt += 1
            try:
                await self.broker.publish(body, subject, headers=sent, stream=stream, timeout=2.0)
            except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as error:
                if isinstance(error, nats.errors.MaxPayloadError):
                    raise TooLargeToPublish(f"{subject}: {error}") from error
                if asyncio.get_running_loop().time() > deadline:
                    # no response: while a cluster elects a leader, or when there is no stream
                    hint = "; was `dialogwerk provision` run?" if _has_no_stream(error) else ""
                    raise PublishFailed(
                        f"{subject}: no acknowledgement ({error!r}){hint}"
                    ) from error
                log.warning("publish to %s waits: %r", stream, error)
                await asyncio.sleep(min(2.0, retry_delay(attempt)))
            else:
                self.telemetry.published.labels(self.service, stream).inc()
                return

    def failed(self, letter: str, *, counts: bool = True) -> Failures:
        """Remember one more failure; it `counts` when it is the message's own fault."""
        before = self.own_faults.get(letter) or Failures(0, datetime.now(UTC))
        failures = Failures(before.count + counts, before.first_at)
        self.own_faults[letter] = failures
        return failures

    @contextmanager
    def at_work(self, raw: Msg) -> Iterator[None]:
        """Know of a handler while it runs."""
        self._at_work[id(raw)] = raw, time.monotonic()
        try:
            yield
        finally:
            del self._at_work[id(raw)]

    def overdue(self) -> str | None:
        """Return the consumer of a handler that has run far too long, None when there is none."""
        now = time.monotonic()
        limits = {one.name: ENDLESS * one.ack_wait for one in self.consumers}
        for raw, since in self._at_work.values():
            if now - since > limits[raw.metadata.consumer]:
                return raw.metadata.consumer
        return None

    async def handle_ordered(self, order: Order) -> None:
        """Call the handler of a message that another process was given; raises what it raises."""
        handler = self._handlers[order.consumer]
        raw = order.delivered(self.broker.connection)
        with self.at_work(raw):
            await handler.handle(handler.argument(raw))

    async def trouble(self) -> str | None:
        """Return why this service cannot work now, None when every consumer answers."""
        if not await self.broker.ping(timeout=2.0):
            return "NATS does not answer"
        jetstream = self.broker.connection.jetstream()
        missing = f"stream {TRIES.name}"
        try:
            if self.consumers:
                await require_notes(jetstream)
            for consumer in self.consumers:
                missing = f"consumer {consumer.name}"
                await jetstream.consumer_info(consumer.stream, consumer.name)
        except nats.js.errors.NotFoundError:
            return f"{missing} is missing: run `dialogwerk provision`"
        except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as error:
            return f"{missing} does not answer: {error!r}"
        return None


def _has_no_stream(error: Exception) -> bool:
    return isinstance(error, nats.js.errors.NoStreamResponseError)


def _is_no_stop(record: logging.LogRecord) -> bool:
    """Tell a failure from a handler that a stop interrupts: its message comes again by itself."""
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))
