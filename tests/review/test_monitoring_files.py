"""The Grafana dashboard and the alert rules speak of metrics that really exist."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from services.kit.db import Pool, transaction
from services.kit.outbox import promise_raw
from services.kit.service import Service, hosting
from services.kit.settings import Settings
from services.review.main import build
from services.store.alarms import Condition, settle_alarms
from services.store.connections import add_connection
from services.store.dead_letters import DeadLetter, add_dead_letter
from tests.review.room import quick_passwords

OPS = Path(__file__).parents[2] / "docs" / "ops"
FUNCTIONS = {
    "sum", "max", "min", "avg", "count", "rate", "increase", "time", "vector",
    "histogram_quantile", "avg_over_time",
}  # fmt: skip
WORDS = {"by", "without", "on", "and", "or", "unless", "offset"}
GIVEN = {"up": {"job", "instance"}}
"""What Prometheus adds by itself."""
LAST = {"dialogwerk_alarms_standing", "faststream_received_processed_messages_total"}
"""What shows when the board has looked and a message was handled."""
TOKEN = re.compile(
    r'\s+|(?P<string>"[^"]*")|(?P<duration>\d+[smhdw](?::\d+[smhdw])?)|(?P<number>\d+(?:\.\d+)?)'
    r"|(?P<name>[a-zA-Z_:][\w:]*)|(?P<variable>\$__rate_interval)"
    r"|(?P<sign>==|!=|>=|<=|=~|!~|[-+*/><=,])|(?P<bracket>[()\[\]{}])"
)
PAIRS = {")": "(", "]": "[", "}": "{"}


class NotPromQL(ValueError):
    """An expression cannot be read."""


def tokens_of(text: str) -> list[tuple[str, str]]:
    """Return kind and word of each token; raise NotPromQL where none begins."""
    tokens: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        found = TOKEN.match(text, at)
        if found is None:
            raise NotPromQL(f"{text!r}: unexpected {text[at]!r}")
        at = found.end()
        if found.lastgroup:
            tokens.append((found.lastgroup, found[found.lastgroup]))
    return tokens


def read_promql(text: str) -> tuple[set[str], set[str]]:
    """Return the metrics and labels that an expression uses; raise NotPromQL."""
    tokens = [("", ""), *tokens_of(text), ("", "")]
    metrics: set[str] = set()
    labels: set[str] = set()
    opened: list[str] = []
    for (_, before), (kind, word), (_, after) in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if kind == "bracket" and word in "([{":
            opened.append("{" if before in ("by", "without", "on") else word)
        elif kind == "bracket":
            if not opened or opened.pop() not in (PAIRS[word], "{"):
                raise NotPromQL(f"{text!r}: {word!r} closes nothing")
        elif kind == "name" and opened[-1:] == ["{"]:
            labels.add(word)
        elif kind == "name" and word not in WORDS | FUNCTIONS:
            if after == "(":
                raise NotPromQL(f"{text!r}: {word} is no function we know")
            metrics.add(word)
    if opened:
        raise NotPromQL(f"{text!r}: a bracket stays open")
    return metrics, labels


def dashboard() -> list[tuple[str, set[str]]]:
    """Return each expression of the dashboard with the labels of its legend."""
    content = json.loads((OPS / "grafana-dashboard.json").read_text(encoding="utf-8"))
    targets = [target for panel in content["panels"] for target in panel["targets"]]
    return [
        (target["expr"], set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])))
        for target in targets
    ]


def alerts() -> list[tuple[str, set[str]]]:
    """Return each alert's expression with the labels that its words name."""
    content = yaml.safe_load((OPS / "alert-rules.yml").read_text(encoding="utf-8"))
    rules = [rule for group in content["groups"] for rule in group["rules"]]
    for rule in rules:
        assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert re.fullmatch(r"\d+[smh]", rule.get("for", "1m"))
    assert len({rule["alert"] for rule in rules}) == len(rules)
    return [
        (rule["expr"], set(re.findall(r"\$labels\.(\w+)", " ".join(rule["annotations"].values()))))
        for rule in rules
    ]


async def fill(pool: Pool) -> None:
    """Have something of everything that is measured."""
    now = datetime.now(UTC)
    letter = DeadLetter("x:1", "ingest", "s", "", None, "r", 1, b"", now)
    async with transaction(pool) as connection:
        await add_dead_letter(connection, letter)
        await promise_raw(
            connection, "route", stream="comments", subject="comments.routed.x", msg_id="1",
            body=b"{}",
        )  # fmt: skip
        await add_connection(
            connection, "sandbox:us", network="sandbox", settings={}, secrets=b"x", now=now
        )
        held = [Condition("age", "route_received", "700")]
        await settle_alarms(connection, held, now=now, calm=timedelta(minutes=2), ways=[])


@pytest.fixture
async def review(
    database_url: str, nats_url: str, pool: Pool
) -> AsyncIterator[tuple[Service, str]]:
    await fill(pool)
    settings = Settings(
        nats_url=nats_url, database_url=database_url, pseudonym_key=SecretStr("for tests only key")
    )
    service = build(settings, quick_passwords())
    async with hosting([service], host="127.0.0.1", first_port=0) as ports:
        yield service, f"http://127.0.0.1:{ports['review']}"


async def exposed(service: Service, address: str) -> dict[str, set[str]]:
    """Return every metric of a running service with its labels, once the board has looked."""
    # every service has these counters; they show when they count for the first time
    telemetry = service.bus.telemetry
    telemetry.retried.labels("review", "review_dead", "own")
    telemetry.buried.labels("review", "review_dead")
    telemetry.taken.labels("review", "sandbox", "new")
    await service.bus.publish_raw("dead.x", b"{}", stream="dead", msg_id="one")
    found: dict[str, set[str]] = {}
    async with asyncio.timeout(30), httpx.AsyncClient(base_url=address, timeout=30) as client:
        while not found.keys() >= LAST:
            text = (await client.get("/metrics")).text
            found = {}
            for family in text_string_to_metric_families(text):
                for sample in family.samples:
                    found.setdefault(sample.name, set()).update(sample.labels)
    return found


async def test_every_metric_and_label_exists(review: tuple[Service, str]) -> None:
    """INVARIANT: no panel stays empty and no alert silent because a name is wrong."""
    known = {**await exposed(*review), **GIVEN}
    for expression, named in [*dashboard(), *alerts()]:
        metrics, labels = read_promql(expression)
        assert metrics, expression
        assert metrics <= set(known), expression
        kept = set.union(*(known[metric] for metric in metrics))
        assert labels | named <= kept, expression


def test_grafana_can_import_the_dashboard() -> None:
    content = json.loads((OPS / "grafana-dashboard.json").read_text(encoding="utf-8"))
    panels = content["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        assert panel["datasource"]["uid"] == "${datasource}"
    cells = [
        (x, y)
        for panel in panels
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(cells) == len(set(cells))
    assert [one["name"] for one in content["templating"]["list"]] == ["datasource"]


@pytest.mark.parametrize(
    "text", ["sum(a", "sum(a))", "sum(a]", "a{b=1", "a & b", "shout(a)", 'a{b="c}']
)
def test_a_broken_expression_is_noticed(text: str) -> None:
    with pytest.raises(NotPromQL):
        read_promql(text)


def test_metrics_and_labels_are_told_apart() -> None:
    metrics, labels = read_promql('sum by (x) (rate(a_total{b="c", d=~"e.*"}[5m])) / max(f) > 0.5')
    assert (metrics, labels) == ({"a_total", "f"}, {"x", "b", "d"})
