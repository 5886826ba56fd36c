"""Turns tried cases into shares with 95 % intervals, and those into a table. Pure."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from statistics import median
from typing import Any

from services.commands.eval_cases import Tried
from services.networks.length import fits
from services.networks.places import ELSEWHERE
from services.route.measure import Figure, share

FORMAT = 1
"""Of the JSON; a key changes its meaning only together with this number."""

Rows = Sequence[Tried]
Count = tuple[int, int]
"""How many of how many."""

MEASURES: Mapping[str, Callable[[Rows], Count]] = {
    "right": lambda rows: _count(rows, lambda one: one.is_right),
    "drafted": lambda rows: _count(rows, lambda one: one.drafted),
    "wrongly_drafted": lambda rows: _count(_unanswerable(rows), lambda one: one.drafted),
    "wrongly_silent": lambda rows: _count(_answerable(rows), lambda one: not one.drafted),
    "supported_sentences": lambda rows: (
        sum(one.supported for one in rows),
        sum(len(one.facts) for one in rows),
    ),
    "right_citation": lambda rows: _count(_answered(rows), lambda one: one.cites_right),
    "all_facts": lambda rows: _count(_answered(rows), lambda one: one.holds_facts),
    "said_what_it_must_not": lambda rows: _count(
        [one for one in rows if one.drafted and one.case.must_not], lambda one: one.says_wrong
    ),
    "deflects": lambda rows: _count(
        [one for one in rows if one.drafted or one.deflects], lambda one: one.deflects
    ),
    "fits": lambda rows: _count(_drafted(rows), lambda one: fits(one.made.text, ELSEWHERE)),
}
"""Each by name: how many rows it holds for, and of how many."""
TOLD = {
    "right": "right from end to end",
    "drafted": "drafted",
    "wrongly_drafted": "  though nothing answers",
    "wrongly_silent": "silent though answered",
    "supported_sentences": "supported sentences",
    "right_citation": "right citation",
    "all_facts": "all facts said",
    "said_what_it_must_not": "says what is wrong",
    "deflects": "sends people elsewhere",
    "fits": "within the limit",
}


def answer_figures(
    tried: Mapping[str, Sequence[Tried]], version: str, currency: str
) -> dict[str, Any]:
    """Return what each engine did as JSON; `tried` has its rows by the engine's name."""
    return {
        "format": FORMAT,
        "set": version,
        "currency": currency,
        "engines": {name: _engine(rows) for name, rows in tried.items()},
    }


def _engine(rows: Rows) -> dict[str, Any]:
    drafted = _drafted(rows)
    stopped = Counter(one.made.reason.rule for one in rows if one.made.reason is not None)
    return {
        "cases": len(rows),
        "shares": _shares(rows),
        "by_kind": _grouped(rows, lambda one: one.case.kind),
        "by_language": _grouped(rows, lambda one: one.case.language),
        "silent_because": dict(sorted(stopped.items(), key=lambda pair: (-pair[1], pair[0]))),
        "median_length": median(one.length for one in drafted) if drafted else 0,
        "median_seconds": round(median(one.seconds for one in rows), 3) if rows else 0,
        "tokens_in": sum(one.made.tokens_in for one in rows),
        "tokens_out": sum(one.made.tokens_out for one in rows),
        "cost": str(sum((one.cost for one in rows), Decimal(0))),
        "answers": [_answer(one) for one in rows],
    }


def _answer(one: Tried) -> dict[str, Any]:
    """One case for reading: what was said and how it was judged."""
    return {
        "id": one.case.id,
        "kind": one.case.kind,
        "question": one.case.question,
        "outcome": one.made.outcome,
        "rule": one.made.reason.rule if one.made.reason else None,
        "right": one.is_right,
        "cites_right": one.cites_right,
        "holds_facts": one.holds_facts,
        "says_wrong": one.says_wrong,
        "deflects": one.deflects,
        "supported": one.supported,
        "facts": len(one.facts),
        "text": one.made.text,
    }


def _shares(rows: Rows) -> dict[str, Any]:
    found = {}
    for name, measured in MEASURES.items():
        hits, of = measured(rows)
        found[name] = {"rows": of, **{k: round(v, 4) for k, v in asdict(share(hits, of)).items()}}
    return found


def _grouped(rows: Rows, key: Callable[[Tried], str]) -> dict[str, Any]:
    groups: dict[str, list[Tried]] = {}
    for one in rows:
        groups.setdefault(key(one), []).append(one)
    return {name: _shares(groups[name]) for name in sorted(groups)}


def _count(rows: Rows, holds: Callable[[Tried], bool]) -> Count:
    return sum(holds(one) for one in rows), len(rows)


def _drafted(rows: Rows) -> list[Tried]:
    return [one for one in rows if one.drafted]


def _answerable(rows: Rows) -> list[Tried]:
    return [one for one in rows if one.case.answerable]


def _unanswerable(rows: Rows) -> list[Tried]:
    return [one for one in rows if not one.case.answerable]


def _answered(rows: Rows) -> list[Tried]:
    """Drafts for questions that have an answer."""
    return _drafted(_answerable(rows))


def answer_lines(report: dict[str, Any]) -> list[str]:
    """Return the figures as tables for a terminal, the engines side by side."""
    engines = report["engines"]
    cases = max((one["cases"] for one in engines.values()), default=0)
    lines = [f"{cases} cases of set {report['set']}; percent, in brackets the 95 % interval", ""]
    lines.append(f"{'':26s}" + "".join(f"{name[:26]:>28s}" for name in engines))
    for name, told in TOLD.items():
        cells = "".join(f"{_shown(one['shares'][name]):>28s}" for one in engines.values())
        lines.append(f"{told:26s}{cells}")
    for key, told in (
        ("median_length", "characters, median"), ("median_seconds", "seconds, median"),
        ("tokens_in", "tokens read"), ("tokens_out", "tokens written"),
        ("cost", f"cost in {report['currency']}"),
    ):  # fmt: skip
        lines.append(f"{told:26s}" + "".join(f"{one[key]!s:>28s}" for one in engines.values()))
    for group in ("by_kind", "by_language"):
        lines += ["", f"right from end to end, {group.replace('_', ' ')}"]
        for name in next(iter(engines.values()))[group]:
            cells = "".join(f"{_shown(one[group][name]['right']):>28s}" for one in engines.values())
            lines.append(f"  {name:24s}{cells}")
    for name, one in engines.items():
        reasons = ", ".join(f"{rule} {count}" for rule, count in one["silent_because"].items())
        lines += ["", f"{name} was silent because: {reasons or '-'}"]
    return lines


def _shown(figure: dict[str, Any]) -> str:
    if not figure["rows"]:
        return "-"
    value = Figure(figure["value"], figure["low"], figure["high"])
    low, high = 100 * value.low, 100 * value.high
    return f"{100 * value.value:.1f} ({low:.0f}-{high:.0f}) of {figure['rows']}"
