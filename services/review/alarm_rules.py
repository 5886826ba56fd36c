"""When something is wrong enough to call somebody. Pure but for reading the rules' file."""

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas.streams import CONSUMERS
from services.kit.faults import faulty_fields
from services.kit.queues import QueueReading, StreamReading
from services.kit.service import CannotStart
from services.store.alarms import Condition
from services.store.slots import Slots

RULES = (
    "age",
    "stuck",
    "held",
    "paused",
    "unheard",
    "missing",
    "spike",
    "dead",
    "connection",
    "books",
    "budget",
    "stream",
    "slots",
    "bus",
)
"""Every rule's name."""
OUTBOX = "outbox:"
"""Before the name of a service whose outbox waits."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Age(_Part):
    minutes: float = Field(gt=0)
    queues: dict[str, float] = Field(default_factory=dict)
    """Minutes of queues with another limit."""

    def limit(self, queue: str) -> float:
        """Seconds that a message may wait."""
        return 60 * self.queues.get(queue, self.minutes)


class Spike(_Part):
    times: float = Field(gt=1)
    above: int = Field(ge=0)


class Dead(_Part):
    letters: int = Field(ge=1)


class ConnectionRule(_Part):
    except_: list[str] = Field(alias="except")


class Lasting(_Part):
    minutes: float = Field(ge=0)

    @property
    def hold(self) -> timedelta:
        return timedelta(minutes=self.minutes)


class Full(_Part):
    fill: float = Field(gt=0, le=1)


class Rules(_Part):
    """Every limit; the file `alarm_rules.toml` explains them."""

    calm_minutes: float = Field(ge=0)
    age: Age
    stuck: Lasting
    held: Lasting
    paused: Lasting
    unheard: Lasting
    missing: Lasting
    spike: Spike
    dead: Dead
    connection: ConnectionRule
    books: Lasting
    stream: Full
    slots: Full
    bus: Lasting

    @property
    def calm(self) -> timedelta:
        return timedelta(minutes=self.calm_minutes)


@dataclass(frozen=True)
class Spending:
    """What the model has cost, and what it may; None: no limit."""

    tokens_today: int = 0
    daily_tokens: int | None = None
    cost_this_month: Decimal = Decimal(0)
    monthly_budget: Decimal | None = None
    by_purpose: Mapping[str, int] = field(default_factory=dict)
    """Today's tokens by what they were for."""


@dataclass(frozen=True)
class Situation:
    """All that the rules look at, at one moment."""

    queues: Sequence[QueueReading] = ()
    streams: Sequence[StreamReading] = ()
    bus_answers: bool = True
    usual: Mapping[str, float] = field(default_factory=dict)
    """Depth of a queue on the mean of the day before, where that is known."""
    unfetched: Mapping[str, int] = field(default_factory=dict)
    """Messages waiting in queues of which nothing was fetched since the look before."""
    missing: Sequence[str] = ()
    """Queues that the broker does not know."""
    outboxes: Mapping[str, float] = field(default_factory=dict)
    """Seconds that the oldest due row waits, by service."""
    dead: Mapping[str, int] = field(default_factory=dict)
    """Waiting dead letters by consumer."""
    faults: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Codes of what is wrong, by connection."""
    books_difference: int = 0
    slots: Slots | None = None
    spending: Spending = field(default_factory=Spending)


def conditions(now: Situation, rules: Rules) -> list[Condition]:
    """Return everything that is wrong, each rule and subject once."""
    return [*_of_the_bus(now, rules), *_of_the_house(now, rules), *_of_money(now.spending)]


def _of_the_bus(now: Situation, rules: Rules) -> Iterator[Condition]:
    if not now.bus_answers:
        yield Condition("bus", "nats", hold=rules.bus.hold)
    yield from _of_queues(now, rules)
    for name, count in now.unfetched.items():
        yield Condition("stuck", name, str(count), rules.stuck.hold)
    for name in now.missing:
        yield Condition("missing", name, hold=rules.missing.hold)
    for stream in now.streams:
        if stream.fill >= rules.stream.fill:
            yield Condition("stream", stream.stream, f"{100 * stream.fill:.0f} %")


def _of_queues(now: Situation, rules: Rules) -> Iterator[Condition]:
    for queue in now.queues:
        if queue.oldest > rules.age.limit(queue.queue):
            yield Condition("age", queue.queue, f"{queue.oldest:.0f}")
        usual = now.usual.get(queue.queue)
        if usual is not None and queue.depth > max(rules.spike.above, rules.spike.times * usual):
            yield Condition("spike", queue.queue, f"{queue.depth} / {usual:.0f}")
        if queue.is_full:
            yield Condition("held", queue.queue, str(queue.depth), rules.held.hold)
        if queue.paused:
            yield Condition("paused", queue.queue, hold=rules.paused.hold)
    for service in _unheard(now.queues):
        yield Condition("unheard", service, hold=rules.unheard.hold)


def _unheard(queues: Sequence[QueueReading]) -> list[str]:
    """Return the services that have no request for messages open, at any of their queues."""
    listeners: Counter[str] = Counter()
    for queue in queues:
        listeners[queue.queue.partition("_")[0]] += queue.listeners
    return [service for service, count in listeners.items() if not count]


def _of_the_house(now: Situation, rules: Rules) -> Iterator[Condition]:
    for service, oldest in now.outboxes.items():
        if oldest > rules.age.limit(OUTBOX + service):
            yield Condition("age", OUTBOX + service, f"{oldest:.0f}")
    for consumer, count in now.dead.items():
        if count >= rules.dead.letters:
            yield Condition("dead", consumer, str(count))
    for connection, codes in now.faults.items():
        if found := [code for code in codes if code not in rules.connection.except_]:
            yield Condition("connection", connection, ", ".join(found))
    if now.slots is not None and now.slots.fill >= rules.slots.fill:
        yield Condition("slots", "postgres", f"{now.slots.used} / {now.slots.most}")
    if now.books_difference:
        yield Condition("books", "books", str(now.books_difference), rules.books.hold)


def _of_money(spending: Spending) -> Iterator[Condition]:
    if spending.daily_tokens is not None and spending.tokens_today >= spending.daily_tokens:
        yield Condition("budget", "day", str(spending.tokens_today))
    budget = spending.monthly_budget
    if budget is not None and spending.cost_this_month >= budget:
        yield Condition("budget", "month", f"{spending.cost_this_month:.2f}")


def load_rules(own: str = "") -> Rules:
    """Read the shipped rules and put the values of an organisation's own file in their place.

    Raises CannotStart with what is wrong with its file.
    """
    shipped = tomllib.loads(
        (files("services.review") / "alarm_rules.toml").read_text(encoding="utf-8")
    )
    if not own:
        return Rules.model_validate(shipped)
    try:
        replaced = tomllib.loads(Path(own).read_text(encoding="utf-8"))
        rules = Rules.model_validate(_merged(shipped, replaced))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CannotStart(f"ALARM_RULES: {own} cannot be read: {error}") from error
    except ValidationError as error:
        raise CannotStart(f"ALARM_RULES: {own}: {faulty_fields(error)}") from error
    known = {consumer.name for consumer in CONSUMERS}
    for queue in rules.age.queues:
        if queue not in known and not queue.startswith(OUTBOX):
            raise CannotStart(f"ALARM_RULES: {own}: there is no queue {queue}")
    return rules


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(under)
    for key, value in over.items():
        below = under.get(key)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            merged[key] = _merged(below, value)
        else:
            merged[key] = value
    return merged
