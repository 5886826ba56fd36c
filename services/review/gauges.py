"""The board's figures for Prometheus."""

from collections.abc import Iterable
from datetime import datetime

from prometheus_client import Gauge

from services.kit.queues import QueueReading, StreamReading
from services.kit.telemetry import Telemetry
from services.review.house_state import HouseState
from services.store.alarms import Alarm

SERVICE = "review"


class Gauges:
    """Shows the latest look of this instance; what has gone is no longer shown."""

    def __init__(self, telemetry: Telemetry) -> None:
        gauge = telemetry.gauge
        self._depth = gauge("queue_depth", "Messages not acknowledged.", "queue")
        self._oldest = gauge("queue_oldest_seconds", "Age of the oldest of them.", "queue")
        self._redelivered = gauge("queue_redelivered", "Of them delivered repeatedly.", "queue")
        self._listeners = gauge("queue_listeners", "Open requests for messages.", "queue", "owner")
        self._bytes = gauge("stream_bytes", "Bytes of a stream.", "stream")
        self._room = gauge("stream_max_bytes", "Bytes a stream may have.", "stream")
        self._outbox = gauge("outbox_depth", "Promised messages that are due.", "owner")
        self._outbox_oldest = gauge("outbox_oldest_seconds", "Age of the oldest.", "owner")
        self._dead = gauge("dead_letters_waiting", "Dead letters that wait.", "consumer")
        self._faults = gauge("connection_faults", "Faults of a connection.", "connection")
        self._cost = gauge("model_cost_month", "Cost of the model this month (UTC).", "currency")
        self._tokens = gauge("model_tokens_today", "Tokens of all calls today (UTC).")
        self._purposes = gauge("model_purpose_tokens_today", "Of them, by what for.", "purpose")
        self._books = gauge("books_difference", "Comments that are unaccounted for.")
        self._slots = gauge("database_connections", "Connections open at the database.")
        self._most_slots = gauge("database_max_connections", "Connections it takes.")
        self._alarms = gauge("alarms_standing", "Alarms that stand.", "rule")
        self._sampled = gauge("sampled_timestamp_seconds", "When the bus was read last.")

    def show_bus(
        self, queues: Iterable[QueueReading], streams: Iterable[StreamReading], now: datetime
    ) -> None:
        """Show what the broker told."""
        of_queues = (self._depth, self._oldest, self._redelivered, self._listeners)
        for gauge in (*of_queues, self._bytes, self._room):
            gauge.clear()
        for queue in queues:
            self._depth.labels(SERVICE, queue.queue).set(queue.depth)
            self._oldest.labels(SERVICE, queue.queue).set(queue.oldest)
            self._redelivered.labels(SERVICE, queue.queue).set(queue.redelivered)
            owner = queue.queue.partition("_")[0]
            self._listeners.labels(SERVICE, queue.queue, owner).set(queue.listeners)
        for stream in streams:
            self._bytes.labels(SERVICE, stream.stream).set(stream.bytes)
            self._room.labels(SERVICE, stream.stream).set(stream.max_bytes)
        self._sampled.labels(SERVICE).set(now.timestamp())

    def show_house(self, house: HouseState, currency: str, now: datetime) -> None:
        """Show what the database told."""
        for gauge in (self._outbox, self._outbox_oldest, self._dead, self._faults):
            gauge.clear()
        for outbox in house.outboxes:
            age = (now - outbox.oldest_at).total_seconds() if outbox.oldest_at else 0.0
            self._outbox.labels(SERVICE, outbox.service).set(outbox.depth)
            self._outbox_oldest.labels(SERVICE, outbox.service).set(max(0.0, age))
        for waiting in house.dead:
            self._dead.labels(SERVICE, waiting.consumer).inc(waiting.count)
        for connection, codes in house.faults.items():
            self._faults.labels(SERVICE, connection).set(len(codes))
        self._cost.labels(SERVICE, currency).set(float(house.spending.cost_this_month))
        self._tokens.labels(SERVICE).set(house.spending.tokens_today)
        for purpose, tokens in house.spending.by_purpose.items():
            self._purposes.labels(SERVICE, purpose).set(tokens)
        self._slots.labels(SERVICE).set(house.slots.used)
        self._most_slots.labels(SERVICE).set(house.slots.most)
        self._books.labels(SERVICE).set(house.books.received - house.books.accounted)

    def show_alarms(self, alarms: Iterable[Alarm], rules: Iterable[str]) -> None:
        """Show how many alarms of each rule stand."""
        by_rule: dict[str, Gauge] = {rule: self._alarms.labels(SERVICE, rule) for rule in rules}
        for shown in by_rule.values():
            shown.set(0)
        for alarm in alarms:
            if alarm.rule in by_rule:
                by_rule[alarm.rule].inc()
