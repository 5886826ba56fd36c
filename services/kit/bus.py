"""The only door to NATS: publish until acknowledged, read with retries, never lose a message."""

import asyncio
import json
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import nats.errors
import nats.js.errors
from faststream import AckPolicy, BaseMiddleware, StreamMessage
from faststream.exceptions import HandlerException, NackMessage
from faststream.nats import JStream, NatsBroker, PullSub
from nats.aio.msg import Msg
from pydantic import ValidationError

from schemas.message import Message
from schemas.streams import Consumer, Stream
from services.kit.bus_users import BusUser, bus_user, inbox_of
from services.kit.faults import (
    Hopeless,
    PublishFailed,
    TooLargeToPublish,
    TryLater,
    is_infrastructure,
)
from services.kit.telemetry import Telemetry

log = logging.getLogger(__name__)

PUBLISH_PATIENCE = 30.0
"""Seconds a publish is repeated with the same id; a stream leader's death costs 4 to 8."""
UNREADABLE = (ValidationError, json.JSONDecodeError, UnicodeDecodeError, Hopeless)
"""Failures that no later try can change."""
FIRST_DELAY, LONGEST_DELAY = 0.5, 60.0


async def _as_bytes(message: StreamMessage[Any]) -> bytes:
    return bytes(message.body)


def servers_of(url: str) -> list[str]:
    """Return the servers of a cluster that NATS_URL names, separated by commas."""
    return [one.strip() for one in url.split(",") if one.strip()]


def retry_delay(attempt: int) -> float:
    """Seconds to wait after an attempt (1 = the first): doubling, with jitter, at most 60."""
    ceiling = min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** min(attempt - 1, 10))
    return ceiling * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, not a secret


@dataclass(frozen=True)
class Failures:
    """How often this process failed at a message by the message's own fault, and since when."""

    count: int
    first_at: datetime


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
        self.telemetry = telemetry
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
            logger=logging.getLogger("dialogwerk.bus"),
            middlewares=[telemetry.middleware(), partial(RetryOrBury, bus=self)],
        )

    def on(
        self, consumer: Consumer, *, undecoded: bool = False
    ) -> Callable[[Callable[..., Awaitable[None]]], Any]:
        """Return the decorator that makes a function the handler of this durable consumer.

        `undecoded` hands the body over as bytes, for messages that may be no JSON at all.
        """
        self.consumers.append(consumer)

        def register(handler: Callable[..., Awaitable[None]]) -> Any:
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
        """Declare that this service reads streams' figures and sends dead letters back to them."""
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

    def failed(self, letter: str) -> Failures:
        """Count one more failure of a message's own fault; return all so far."""
        before = self.own_faults.get(letter)
        first_at = before.first_at if before else datetime.now(UTC)
        failures = Failures(before.count + 1 if before else 1, first_at)
        self.own_faults[letter] = failures
        return failures

    async def trouble(self) -> str | None:
        """Return why this service cannot work now, None when every consumer answers."""
        if not await self.broker.ping(timeout=2.0):
            return "NATS does not answer"
        jetstream = self.broker.connection.jetstream()
        for consumer in self.consumers:
            try:
                await jetstream.consumer_info(consumer.stream, consumer.name)
            except nats.js.errors.NotFoundError:
                return f"consumer {consumer.name} is missing: run `dialogwerk provision`"
            except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as error:
                return f"consumer {consumer.name} does not answer: {error!r}"
        return None


class RetryOrBury(BaseMiddleware[Any, Any]):
    """Turn a failed delivery into a later one or, when that is pointless, into a dead letter.

    Innermost middleware: metrics see its verdict. An infrastructure error waits and never counts;
    an unreadable message is buried at once; any other failure is buried after `consumer.tries`.
    A dead letter is never buried again: it waits until somebody can list it.
    """

    def __init__(self, msg: Any, /, *, bus: Bus, context: Any) -> None:
        super().__init__(msg, context=context)
        self._bus = bus

    async def consume_scope(self, call_next: Any, msg: StreamMessage[Msg]) -> Any:
        try:
            result = await call_next(msg)
        except (HandlerException, asyncio.CancelledError):
            raise
        except Exception as error:  # noqa: BLE001 - each failure becomes a retry or a dead letter
            return await self._after(error, msg.raw_message)
        if self._bus.own_faults:
            self._bus.own_faults.pop(_letter(msg.raw_message), None)
        return result

    async def _after(self, error: Exception, raw: Msg) -> None:
        at, letter = raw.metadata, _letter(raw)
        consumer = next(c for c in self._bus.consumers if c.name == at.consumer)
        if is_infrastructure(error):
            delay = error.delay if isinstance(error, TryLater) else retry_delay(at.num_delivered)
            log.warning("%s waits %.1f s: %s", letter, delay, describe(error))
            self._bus.telemetry.retried.labels(self._bus.service, consumer.name, "infra").inc()
            raise NackMessage(delay=delay) from error
        failures = self._bus.failed(letter)
        final = isinstance(error, UNREADABLE)
        if at.stream == "dead" or (not final and failures.count < consumer.tries):
            log.warning(
                "%s failed (%d): %s", letter, failures.count, describe(error), exc_info=error
            )
            self._bus.telemetry.retried.labels(self._bus.service, consumer.name, "own").inc()
            raise NackMessage(delay=retry_delay(failures.count)) from error
        log.error("%s is buried: %s", letter, describe(error), exc_info=error)
        try:
            await self._bury(raw, consumer, failures, describe(error))
        except PublishFailed as silence:
            raise NackMessage(delay=retry_delay(at.num_delivered)) from silence
        del self._bus.own_faults[letter]

    async def _bury(self, raw: Msg, consumer: Consumer, failures: Failures, reason: str) -> None:
        """Store the message among the dead letters; a letter that stands there stands once."""
        at = raw.metadata
        await self._bus.publish_raw(
            f"dead.{raw.subject}", raw.data, stream="dead", msg_id=_letter(raw),
            headers={
                "Dead-Consumer": consumer.name,
                "Dead-Stream": at.stream,
                "Dead-Reason": reason,
                "Dead-Attempts": str(at.num_delivered),
                "Dead-First-Failed-At": failures.first_at.isoformat(),
            },
        )  # fmt: skip
        self._bus.telemetry.buried.labels(self._bus.service, consumer.name).inc()


def _letter(raw: Msg) -> str:
    at = raw.metadata
    return f"{at.consumer}:{at.stream}:{at.sequence.stream}"


def _has_no_stream(error: Exception) -> bool:
    return isinstance(error, nats.js.errors.NoStreamResponseError)


def describe(error: Exception) -> str:
    """One line without line breaks: a header value, at most 500 characters."""
    if isinstance(error, ValidationError):
        return f"invalid message: {faulty_fields(error)}"[:500]
    return " ".join(f"{type(error).__name__}: {error}".split())[:500]


def faulty_fields(error: ValidationError) -> str:
    """Name the fields and what is wrong with them, never their values: somebody's words."""
    return "; ".join(
        f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
        for fault in error.errors(include_input=False, include_url=False, include_context=False)
    )
