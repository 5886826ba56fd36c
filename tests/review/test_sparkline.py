"""The small charts of the board."""

from datetime import UTC, datetime, timedelta

from services.review.sparkline import HEIGHT, WIDTH, chart_of, rate
from services.store.queues import Sample

NOW = datetime(2026, 11, 9, 12, tzinfo=UTC)


def sample(minutes: float, *, arrived: int = 0, seconds: float = 60, depth: int = 0) -> Sample:
    return Sample(NOW - timedelta(minutes=minutes), depth, 0.0, 0, arrived, arrived, seconds)


def places(points: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, _, y in (point.partition(",") for point in points.split())]


def test_an_hour_of_nothing_is_an_empty_chart() -> None:
    chart = chart_of([], NOW)
    assert chart.arrived.pieces == chart.depth.pieces == []
    assert rate([], NOW) is None


def test_the_line_keeps_to_its_frame_and_rises_to_the_peak() -> None:
    chart = chart_of([sample(30 - n, arrived=n, depth=n) for n in range(30)], NOW)
    (line,) = chart.handled.pieces
    drawn = places(line)
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in drawn)
    assert min(drawn, key=lambda place: place[1]) == drawn[-1]
    assert (chart.came, chart.handled.peak) == (sum(range(30)), 29.0)


def test_minutes_without_a_look_are_a_gap() -> None:
    chart = chart_of([sample(40), sample(39), sample(20), sample(5), sample(4)], NOW)
    assert [len(places(piece)) for piece in chart.depth.pieces] == [2, 2, 2]


def test_what_is_older_than_an_hour_is_left_out() -> None:
    assert chart_of([sample(61, arrived=9)], NOW).came == 0


def test_a_rate_is_of_the_time_in_which_somebody_looked() -> None:
    assert rate([sample(1, arrived=30, seconds=30), sample(9, arrived=999)], NOW) == (60.0, 60.0)
    assert rate([sample(1, arrived=0, seconds=0)], NOW) is None
    assert chart_of([sample(1, seconds=0)], NOW).arrived.pieces == []
