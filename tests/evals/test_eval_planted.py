"""The planted errors: a sound set, right arithmetic, and rates on the desk that are true."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from services.answer.checked import folded
from services.commands.eval_planted import (
    Bench,
    Found,
    Plant,
    TrueSentence,
    judge_all,
    measured_toml,
    planted_figures,
    planted_lines,
    read_planted,
)
from services.kit.measured import Rate, measured
from services.route.measure import share


@pytest.fixture(scope="module")
def found() -> list[Found]:
    return judge_all(read_planted())


def test_the_set_is_large_and_mixed_enough() -> None:
    sentences = read_planted()
    assert len({one.id for one in sentences}) == len(sentences) >= 120
    languages = Counter(one.language for one in sentences)
    assert languages["de"] >= 90
    assert languages["en"] >= 30
    kinds = Counter(plant.kind for one in sentences for plant in one.planted)
    assert min(kinds.values()) >= 20
    halves = Counter(one.half for one in sentences)
    assert min(halves.values()) >= 60


def test_every_sentence_has_its_quotation_and_every_error_changes_it() -> None:
    bench = Bench()
    for one in read_planted():
        assert folded(one.quote) in folded(bench.shown(one)[0].text)
        texts = [one.text, *(plant.text for plant in one.planted)]
        assert len(set(texts)) == len(texts), one.id


def test_the_desk_shows_the_rates_that_the_checks_have_today(found: list[Found]) -> None:
    """INVARIANT: the hit rate beside a draft is that of the checks that looked at it.

    `dialogwerk eval planted --update` writes them anew after a change.
    """
    shipped = measured()
    held_out = planted_figures(found)["held_out"]
    assert shipped.set == planted_figures(found)["set"]
    told = {"caught": held_out["caught"], "false_alarms": held_out["false_alarms"]}
    assert {name: getattr(shipped, name) for name in told} == {
        name: _rate(one) for name, one in told.items()
    }
    assert shipped.by_kind == {kind: _rate(one) for kind, one in held_out["by_kind"].items()}


def test_seven_of_ten_planted_errors_are_caught(found: list[Found]) -> None:
    """INVARIANT: the promise holds, with its interval, where no rule was written for it."""
    held_out = planted_figures(found)["held_out"]
    assert held_out["caught"]["low"] >= 0.7


def test_true_sentences_of_another_kind_mostly_pass() -> None:
    """Many of them deny, list or limit: what the checks once took for a contradiction."""
    lines = Path(__file__).with_name("true_sentences.jsonl").read_text(encoding="utf-8")
    sentences = [TrueSentence.model_validate_json(line) for line in lines.splitlines()]
    stopped = [one.text for one in judge_all(sentences) if one.rule is not None]
    assert len(stopped) <= 0.1 * len(sentences), stopped


def _rate(one: dict[str, float]) -> Rate:
    return Rate(
        share=round(one["value"], 4), low=round(one["low"], 4), high=round(one["high"], 4),
        rows=int(one["rows"]),
    )  # fmt: skip


def test_shares_are_counted_by_kind_and_half_with_wilson_intervals() -> None:
    plants = tuple(Plant(kind="figure", text=f"{number}") for number in range(4))
    sentences = [
        TrueSentence(
            id=f"x-{number}", language="de", publication="p", quote="q", text="t", planted=plants
        )
        for number in range(20)
    ]
    rows = [
        Found(one, kind, "", rule)
        for one in sentences
        for kind, rule in [
            (None, None), ("figure", "a"), ("figure", "b"), ("name", None), ("name", "a"),
        ]
    ]  # fmt: skip
    report = planted_figures(rows)
    tune, held_out = report["tune"], report["held_out"]
    assert tune["caught"]["rows"] + held_out["caught"]["rows"] == 80
    every = report["all"]
    assert every["caught"]["value"] == 0.75
    assert every["caught"]["low"] == share(60, 80).low
    assert every["caught"]["rules"] == {"a": 40, "b": 20}
    assert every["by_kind"]["figure"]["value"] == 1
    assert every["by_kind"]["name"]["value"] == 0.5
    assert every["false_alarms"]["value"] == 0
    assert any(line.startswith("all planted") and "0.750" in line for line in planted_lines(report))
    assert "on = 2026-11-22" in measured_toml(report, date(2026, 11, 22))
