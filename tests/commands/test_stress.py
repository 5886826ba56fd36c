"""What `dialogwerk stress` offers and how it counts: pure parts and the exit code."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from services.commands.stress_figures import (
    Limit,
    Trace,
    breaches,
    figures_of,
    lines,
    percentile,
    read_limit,
)
from services.commands.stress_load import Load, Script, UnfitLoad, read_mix, texts_of

NOW = datetime(2026, 11, 9, 12, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def through(seconds: float, lane: str = "discuss") -> Trace:
    """Return a comment that needed so long to each of the hops."""
    return Trace(
        offered=NOW, received=after(seconds), routed=after(2 * seconds), lane=lane,
        drafted=after(5 * seconds) if lane == "answer" else None, at_desk=after(3 * seconds),
    )  # fmt: skip


def test_a_steady_rate_and_bursts_on_top() -> None:
    moments = list(Load(rate=2, duration=3, burst=4, burst_every=1.5).moments())
    assert moments == [0.0, 0.5, 1.0, 1.5, 1.5, 1.5, 1.5, 1.5, 2.0, 2.5, 3.0, 3.0, 3.0, 3.0]
    assert len(list(Load(rate=2, duration=3, burst=4).moments())) == 6


def test_a_mix_is_drawn_by_weight_and_a_seed_draws_it_again() -> None:
    mix = read_mix("answer=3, discuss=1")
    assert mix == {"answer": 3.0, "discuss": 1.0}
    assert texts_of(mix, 50, Random(5)) == texts_of(mix, 50, Random(5))
    assert read_mix("") == {}
    assert len(texts_of({}, 10, Random(1))) == 10


@pytest.mark.parametrize("text", ["answers=1", "answer", "answer=x", "answer=-1", "answer=0"])
def test_a_mix_that_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(UnfitLoad):
        read_mix(text)


def test_a_deletion_is_about_the_same_comment() -> None:
    script = Script("stress-1", ["Wann?"])
    came, gone = script.event(0, NOW), script.event(0, NOW, gone=True)
    assert came.data.native_id == gone.data.native_id
    assert came.id != gone.id
    assert (came.data.text, gone.data.text) == ("Wann? [0]", "")
    assert script.key(0) != Script("stress-2", ["Wann?"]).key(0)


def test_percentiles_are_values_that_occurred() -> None:
    assert [percentile([4, 1, 3, 2], share) for share in (1, 50, 75, 99)] == [1, 2, 3, 4]
    assert percentile([7.0], 50) == 7.0


def test_each_hop_is_measured_between_its_two_moments() -> None:
    figures = figures_of([through(1.0, "answer"), through(1.0)])
    assert figures.times["in"][50] == 1.0
    assert figures.times["route"][99] == 1.0
    assert figures.times["desk"][95] == 1.0
    assert figures.times["answer"][50] == 3.0
    assert (figures.times["whole"][50], figures.times["whole"][95]) == (3.0, 5.0)
    assert figures.rate == pytest.approx(2 / 3)
    assert "whole" in "\n".join(lines(figures))


def test_clocks_that_differ_a_little_give_no_negative_times() -> None:
    assert Trace(offered=NOW, received=after(-0.2)).seconds("in") == 0.0


def test_what_did_not_arrive_counts_as_dropped_and_breaks_the_limit() -> None:
    """INVARIANT: a lost comment never looks like a fast one."""
    lost, buried = Trace(offered=NOW, received=NOW), Trace(offered=NOW, dead=True)
    figures = figures_of([through(0.1), lost, buried, through(0.1)])
    assert (figures.dropped, figures.dead, figures.drop_rate) == (1, 1, 0.5)
    assert breaches(figures, [], 0.5) == []
    assert len(breaches(figures, [], 0.0)) == 1
    assert breaches(figures_of([lost]), [Limit("whole", 95, 10)], 1.0) == [
        "whole.p95: no comment got so far"
    ]


def test_limits_are_read_and_kept() -> None:
    slow = figures_of([through(2.0)])
    assert read_limit("whole.p95=6") == Limit("whole", 95, 6.0)
    assert breaches(slow, [read_limit("whole.p95=6")], 0.0) == []
    assert len(breaches(slow, [read_limit("whole.p95=5.9"), read_limit("in.p50=1")], 0.0)) == 2


@pytest.mark.parametrize("text", ["whole=3", "whole.p90=3", "all.p95=3", "whole.p95=x", ""])
def test_a_limit_that_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(UnfitLoad):
        read_limit(text)
