"""What becomes of a delivery: handled, tried again later, handled alone, or a dead letter."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from faststream import BaseMiddleware, StreamMessage
from faststream.exceptions import HandlerException, NackMessage
from nats.aio.msg import Msg

from schemas.streams import TRIES, Consumer
from services.kit.bulkhead import Bulkhead, Deadly, NoneBeside
from services.kit.faults import (
    INFRASTRUCTURE,
    UPGRADE_PATIENCE,
    PublishFailed,
    TryLater,
    describe,
    is_between_releases,
    is_final,
    is_infrastructure,
    retry_delay,
)
from services.kit.orders import Order
from services.kit.tries import Try, latest_try, note_id, subject_of

if TYPE_CHECKING:
    from services.kit.bus import Bus

log = logging.getLogger(__name__)

AGAIN = ":requeue:"
FATAL = 3
"""Processes that a message may end in which nothing else is handled, before it is buried."""
ALONE = 5.0
"""How many times its `ack_wait` a message may take that is handled alone."""
PATIENCE = 5.0
"""Seconds that a note or a dead letter is tried to be stored, while the message waits anyway."""
SILENCE: tuple[type[Exception], ...] = (*INFRASTRUCTURE, TimeoutError)


@dataclass(frozen=True)
class Failures:
    """How often handlers failed at a message by the message's own fault, and since when."""

    count: int
    first_at: datetime

    @property
    def age(self) -> float:
        """Seconds since the first failure of any kind but the infrastructure's."""
        return (datetime.now(UTC) - self.first_at).total_seconds()


class RetryOrBury(BaseMiddleware[Any, Any]):
    """Turn a failed delivery into a later one or, when that is pointless, into a dead letter.

    Innermost middleware: metrics see its verdict. An infrastructure error waits and never counts;
    what another release said or stored waits an hour for somebody who knows it; an unreadable
    message is buried at once; any other failure is buried after `consumer.tries`.
    A message that a process was at when it ended is handled alone from then on, and buried when
    it has ended FATAL processes by itself. A dead letter is never buried again: it waits until
    somebody can list it.
    """

    def __init__(self, msg: Any, /, *, bus: "Bus", context: Any) -> None:
        super().__init__(msg, context=context)
        self._bus = bus

    async def consume_scope(self, call_next: Any, msg: StreamMessage[Msg]) -> Any:
        raw = msg.raw_message
        try:
            if self._bus.bulkhead is not None and raw.metadata.num_delivered > 1:
                result = await self._again(call_next, msg, self._bus.bulkhead)
            else:
                result = await self._handled(call_next, msg)
        except (HandlerException, asyncio.CancelledError):
            raise
        except Exception as error:  # noqa: BLE001 - each failure becomes a retry or a dead letter
            return await self._after(error, raw)
        if self._bus.own_faults:
            self._bus.own_faults.pop(letter_of(raw), None)
        return result

    async def _handled(self, call_next: Any, msg: StreamMessage[Msg]) -> Any:
        with self._bus.at_work(msg.raw_message):
            return await call_next(msg)

    async def _again(self, call_next: Any, msg: StreamMessage[Msg], bulkhead: Bulkhead) -> Any:
        """Handle a message that was delivered before, and leave word of it."""
        raw = msg.raw_message
        before = await latest_try(self._bus.broker.connection.jetstream(), raw)
        if before is not None and before.leaves_open(self._bus.process):
            return await self._alone(raw, before, bulkhead)
        begun = Try.begun(self._bus.process, before)
        await self._note(raw, begun)
        try:
            result = await self._handled(call_next, msg)
        except Exception:
            await self._close(raw, begun)
            raise
        await self._close(raw, begun)
        return result

    async def _alone(self, raw: Msg, before: Try, bulkhead: Bulkhead) -> None:
        """Have a message handled in a process beside this one, which may end."""
        consumer, attempt = self._consumer_of(raw), raw.metadata.num_delivered
        if before.deaths >= FATAL and consumer.stream != "dead":
            await self._bury_deadly(raw, before)
            return
        try:
            with bulkhead.taking(letter_of(raw)):
                log.warning(
                    "%s is handled alone: a process ended, or hangs, that was at it after %s",
                    letter_of(raw), before.first_at.isoformat(timespec="seconds"),
                )  # fmt: skip
                await bulkhead.handle(
                    Order.of(raw), limit=ALONE * consumer.ack_wait, attempt=attempt,
                    sign=raw.in_progress, every=consumer.ack_wait / 3,
                )  # fmt: skip
        except Deadly as end:
            await self._after_death(raw, before.deadly(str(end)), consumer)
        except NoneBeside:
            raise
        except Exception:
            await self._close(raw, before)
            raise
        else:
            await self._close(raw, before)

    async def _after_death(self, raw: Msg, note: Try, consumer: Consumer) -> None:
        await self._note(raw, note)
        log.error(
            "%s ended the process that handled it alone (%d): %s",
            letter_of(raw), note.deaths, note.how,
        )  # fmt: skip
        if note.deaths < FATAL or consumer.stream == "dead":
            raise self._later(consumer, "deadly", retry_delay(note.deaths))
        await self._bury_deadly(raw, note)

    async def _bury_deadly(self, raw: Msg, note: Try) -> None:
        reason = f"ended {note.deaths} processes that handled nothing else: {note.how}"
        await self._bury_or_wait(raw, Failures(note.deaths, note.first_at), reason)
        await self._close(raw, note)

    async def _after(self, error: Exception, raw: Msg) -> None:
        at, letter, consumer = raw.metadata, letter_of(raw), self._consumer_of(raw)
        if is_infrastructure(error):
            delay = error.delay if isinstance(error, TryLater) else retry_delay(at.num_delivered)
            log.warning("%s waits %.1f s: %s", letter, delay, describe(error))
            raise self._later(consumer, "infra", delay) from error
        other_release = is_between_releases(error)
        failures = await self._counted(raw, counts=not other_release)
        if other_release and failures.age < UPGRADE_PATIENCE:
            log.warning("%s waits for the end of an upgrade: %s", letter, describe(error))
            raise self._later(consumer, "release", retry_delay(at.num_delivered)) from error
        final = other_release or is_final(error)
        if at.stream == "dead" or (not final and failures.count < consumer.tries):
            log.warning(
                "%s failed (%d): %s", letter, failures.count, describe(error), exc_info=error
            )
            raise self._later(consumer, "own", retry_delay(failures.count)) from error
        log.error("%s is buried: %s", letter, describe(error), exc_info=error)
        await self._bury_or_wait(raw, failures, describe(error))
        self._bus.own_faults.pop(letter, None)

    async def _counted(self, raw: Msg, *, counts: bool) -> Failures:
        """Return the failures with this one: of all processes where notes are kept, else our own.

        One that does not count tells only since when there have been any.
        """
        own = self._bus.failed(letter_of(raw), counts=counts)
        if self._bus.bulkhead is None:
            return own
        try:
            before = await latest_try(self._bus.broker.connection.jetstream(), raw)
            begun = Try.begun(self._bus.process, before)
            note = begun.failed if counts else begun.ended
            await self._note(raw, note)
        except SILENCE as silence:
            log.warning("a failure at %s is not noted: %s", letter_of(raw), describe(silence))
            return own
        self._bus.own_faults.pop(letter_of(raw), None)
        return Failures(max(note.failures, own.count), min(note.first_at, own.first_at))

    def _later(self, consumer: Consumer, fault: str, delay: float) -> NackMessage:
        self._bus.telemetry.retried.labels(self._bus.service, consumer.name, fault).inc()
        return NackMessage(delay=delay)

    async def _bury_or_wait(self, raw: Msg, failures: Failures, reason: str) -> None:
        """Store the message among the dead letters; where that fails it stays what it is."""
        try:
            await self._bury(raw, failures, reason)
        except PublishFailed as silence:
            log.warning("%s cannot be buried now: %s", letter_of(raw), describe(silence))
            raise NackMessage(delay=retry_delay(raw.metadata.num_delivered)) from silence

    async def _bury(self, raw: Msg, failures: Failures, reason: str) -> None:
        """Store the message among the dead letters; a letter that stands there stands once."""
        at = raw.metadata
        await self._bus.publish_raw(
            f"dead.{raw.subject}", raw.data, stream="dead", msg_id=letter_of(raw),
            headers={
                "Dead-Consumer": at.consumer,
                "Dead-Stream": at.stream,
                "Dead-Reason": reason,
                "Dead-Attempts": str(at.num_delivered),
                "Dead-First-Failed-At": failures.first_at.isoformat(),
                "Dead-Letter": former_letter(raw) or letter_of(raw),
            },
            patience=PATIENCE,
        )  # fmt: skip
        self._bus.telemetry.buried.labels(self._bus.service, at.consumer).inc()

    async def _note(self, raw: Msg, note: Try) -> None:
        await self._bus.publish_raw(
            subject_of(raw), note.model_dump_json().encode(), stream=TRIES.name, msg_id=note_id(),
            patience=PATIENCE,
        )  # fmt: skip

    async def _close(self, raw: Msg, note: Try) -> None:
        """Note that a try has come to an end; a note that stays open makes no more than doubt."""
        try:
            await self._note(raw, note.ended)
        except PublishFailed as silence:
            log.warning("the end of %s is not noted: %s", letter_of(raw), describe(silence))

    def _consumer_of(self, raw: Msg) -> Consumer:
        return next(one for one in self._bus.consumers if one.name == raw.metadata.consumer)


def letter_of(raw: Msg) -> str:
    """Return the name of a delivered message, and of the dead letter that may become of it."""
    at = raw.metadata
    return f"{at.consumer}:{at.stream}:{at.sequence.stream}"


def requeued_as(dead_id: str) -> str:
    """Return the id of a message that is a dead letter sent again."""
    return f"{dead_id}{AGAIN}{uuid4().hex}"


def former_letter(raw: Msg) -> str | None:
    """Return which dead letter of the same consumer a message was, None when it was none."""
    dead_id, again, _ = (raw.headers or {}).get("Nats-Msg-Id", "").rpartition(AGAIN)
    return dead_id if again and dead_id.startswith(f"{raw.metadata.consumer}:") else None
