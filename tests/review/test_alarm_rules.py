"""When an alarm is called for."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from schemas.streams import CONSUMERS, STREAMS
from services.house import SERVICES
from services.kit.queues import QueueReading, StreamReading
from services.kit.service import CannotStart
from services.review.alarm_rules import RULES, Situation, Spending, conditions, load_rules
from services.review.labels import LABELS
from services.review.texts import LANGUAGES, Texts
from services.store.slots import Slots

NOW = datetime(2026, 11, 9, 12, tzinfo=UTC)
SHIPPED = load_rules()


def queue(
    name: str = "route_received", *, depth: int = 0, minutes: float = 0, given_out: int = 0,
    listeners: int = 1, paused: bool = False,
) -> QueueReading:  # fmt: skip
    return QueueReading(
        queue=name, depth=depth, oldest_at=NOW - timedelta(minutes=minutes) if depth else None,
        redelivered=0, pending=depth - given_out, delivered=0, reached=0, last=depth,
        created_at=NOW, read_at=NOW, room=9, listeners=listeners, paused=paused,
    )  # fmt: skip


def found(**fields: object) -> list[tuple[str, str]]:
    situation = Situation(**fields)  # type: ignore[arg-type]
    return [(one.rule, one.subject) for one in conditions(situation, SHIPPED)]


def test_a_quiet_house_raises_nothing() -> None:
    assert found() == []
    assert found(queues=[queue(depth=100, minutes=10)], usual={"route_received": 1.0}) == []


def test_age_has_a_limit_of_its_own_where_work_takes_long() -> None:
    late = queue(depth=1, minutes=11)
    assert found(queues=[late]) == [("age", "route_received")]
    assert found(queues=[queue("index_submitted", depth=1, minutes=11)]) == []
    assert found(outboxes={"review": 601.0}) == [("age", "outbox:review")]


def test_a_spike_is_five_times_the_usual_and_more_than_a_hundred() -> None:
    deep = [queue(depth=101)]
    assert found(queues=deep) == []
    assert found(queues=deep, usual={"route_received": 0.0}) == [("spike", "route_received")]
    assert found(queues=deep, usual={"route_received": 30.0}) == []
    assert found(queues=[queue(depth=151)], usual={"route_received": 30.0})


def test_faults_but_for_used_up_quotas_count() -> None:
    assert found(faults={"a": ["quota"], "b": []}) == []
    assert found(faults={"a": ["quota", "token"]}) == [("connection", "a")]


def test_money_books_streams_and_the_bus() -> None:
    spent = Spending(10, 10, Decimal(5), Decimal("4.99"))
    assert found(spending=spent) == [("budget", "day"), ("budget", "month")]
    assert found(spending=Spending(10, None, Decimal(5), None)) == []
    assert found(books_difference=-1) == [("books", "books")]
    assert found(streams=[StreamReading("drafts", 1, 80, 100, NOW)]) == [("stream", "drafts")]
    assert found(slots=Slots(89, 100)) == []
    assert found(slots=Slots(90, 100)) == [("slots", "postgres")]
    assert found(bus_answers=False) == [("bus", "nats")]
    assert found(unfetched={"route_received": 7}) == [("stuck", "route_received")]
    assert found(queues=[queue(depth=9, given_out=9)]) == [("held", "route_received")]
    assert found(queues=[queue(paused=True)]) == [("paused", "route_received")]
    deaf = [queue(listeners=0), queue("route_edited", listeners=0), queue("index_withdrawn")]
    assert found(queues=deaf) == [("unheard", "route")]
    assert found(queues=[*deaf, queue("route_unmuted")]) == []
    assert found(missing=["route_received"]) == [("missing", "route_received")]
    assert found(dead={"route_received": 1}) == [("dead", "route_received")]


def test_an_organisation_replaces_single_values(tmp_path: Path) -> None:
    own = tmp_path / "alarms.toml"
    own.write_text("[age]\nminutes = 3\n[age.queues]\nroute_edited = 60\n")
    rules = load_rules(str(own))
    assert rules.age.limit("route_received") == 180
    assert rules.age.limit("route_edited") == 3600
    assert rules.age.limit("index_submitted") == 1800
    assert rules.spike == SHIPPED.spike


@pytest.mark.parametrize(
    "text",
    ["age = 3", "[age]\nminute = 3", "[age]\nminutes = -1", "[age.queues]\nroute = 3", "not toml"],
)
def test_a_wrong_file_is_told_by_name(tmp_path: Path, text: str) -> None:
    own = tmp_path / "alarms.toml"
    own.write_text(text)
    with pytest.raises(CannotStart, match=r"ALARM_RULES.*alarms\.toml"):
        load_rules(str(own))
    with pytest.raises(CannotStart, match="ALARM_RULES"):
        load_rules(str(tmp_path / "missing.toml"))


def test_everything_on_the_board_has_words() -> None:
    """INVARIANT: a person never has to read a code."""
    names = [f"queue.{consumer.name}" for consumer in CONSUMERS]
    names += [f"stream.{stream.name}" for stream in STREAMS]
    names += [f"service.{service}" for service in SERVICES]
    names += [f"{kind}.{rule}" for rule in RULES for kind in ("alarm", "advice")]
    assert [name for name in names if name not in LABELS] == []


def test_every_rule_can_be_said_in_both_languages() -> None:
    spent = Spending(10, 10, Decimal(5), Decimal(4))
    situation = Situation(
        queues=[queue(depth=200, minutes=11, given_out=9, listeners=0, paused=True)],
        usual={"route_received": 0.0}, dead={"ingest": 1},
        streams=[StreamReading("drafts", 1, 90, 100, NOW)], bus_answers=False,
        faults={"bluesky:us": ["token"]}, books_difference=3, spending=spent,
        unfetched={"route_received": 3}, missing=["route_edited"], slots=Slots(9, 9),
    )  # fmt: skip
    called = conditions(situation, SHIPPED)
    assert {one.rule for one in called} == set(RULES)
    for language in LANGUAGES:
        texts = Texts(language)
        assert all(len(texts.alarm(one.rule, one.subject, one.detail)) > 10 for one in called)
        assert all(len(texts.label("advice", one.rule)) > 20 for one in called)
