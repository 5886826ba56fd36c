"""Figures about readings, against values that can be counted by hand."""

import math

import numpy as np
import pytest

from services.route.measure import (
    Judged,
    auc,
    average_precision,
    calibration_error,
    germeval_f,
    macro_f1,
    measure,
    reliability,
    share,
)


def judged(gold: list[int], positive: list[float], cut: float = 0.5) -> Judged:
    said = np.array(positive)
    return Judged(np.array(gold), (said >= cut).astype(int), np.stack([1 - said, said], axis=1))


def test_a_perfect_reading_has_perfect_figures() -> None:
    perfect = judged([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9])
    for work in (macro_f1, germeval_f, average_precision, auc):
        assert work(perfect) == pytest.approx(1)


def test_germeval_f_is_the_harmonic_mean_of_the_macro_means() -> None:
    one = judged([0, 0, 0, 1], [0.1, 0.1, 0.9, 0.9])
    precision, recall = (1 + 0.5) / 2, (2 / 3 + 1) / 2
    assert germeval_f(one) == pytest.approx(2 * precision * recall / (precision + recall))
    assert macro_f1(one) == pytest.approx((0.8 + 2 / 3) / 2)


def test_ranking_counts_ties_half() -> None:
    assert auc(judged([0, 1], [0.5, 0.5])) == pytest.approx(0.5)
    assert average_precision(judged([0, 1, 0, 0], [0.5] * 4)) == pytest.approx(0.25)
    assert average_precision(judged([1, 0, 1], [0.9, 0.8, 0.7])) == pytest.approx((1 + 2 / 3) / 2)
    assert math.isnan(auc(judged([0, 0], [0.5, 0.6])))


def test_calibration_is_the_gap_between_saying_and_being() -> None:
    honest = judged([1, 0] * 50, [0.5] * 100)
    boasting = judged([1, 0] * 50, [0.9] * 100)
    assert calibration_error(honest) == pytest.approx(0, abs=0.01)
    assert calibration_error(boasting) == pytest.approx(0.4, abs=0.01)
    assert sum(one.rows for one in reliability(honest)) == 100


def test_an_unknown_label_counts_as_missed() -> None:
    known = judged([0, 1], [0.1, 0.9])
    strange = Judged(np.array([0, 2]), known.given, known.probabilities)
    assert macro_f1(strange) < macro_f1(known)


def test_intervals_hold_their_value_and_repeat() -> None:
    random = np.random.RandomState(1)
    one = judged(random.randint(0, 2, 200).tolist(), random.rand(200).tolist())
    figures = measure(one)
    assert figures == measure(one)
    assert all(figure.low <= figure.value <= figure.high for figure in figures.values())


def test_a_share_of_nothing_and_of_few_is_told_with_its_doubt() -> None:
    assert share(0, 0).high == 1
    assert share(0, 20).low == 0
    assert 0.1 < share(0, 20).high < 0.2
