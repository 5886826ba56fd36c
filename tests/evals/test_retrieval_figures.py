"""The figures against small cases counted by hand."""

import math

import numpy as np
import pytest

from services.commands.retrieval_figures import (
    answer_figures,
    answered_at,
    auroc,
    found,
    place_figures,
)


def test_places_become_the_usual_measures() -> None:
    hits = [[True, False], [False, False, True], [], [False] * 10 + [True]]
    figures = place_figures(hits, [1, 1, 1, 1])
    values = {name: figure["value"] for name, figure in figures.items()}
    assert values == {
        "recall@1": 0.25,
        "recall@5": 0.5,
        "ndcg@10": pytest.approx((1 + 1 / math.log2(4)) / 4, abs=1e-4),
        "mrr": pytest.approx((1 + 1 / 3 + 1 / 11) / 4, abs=1e-4),
    }
    assert all(one["low"] <= one["value"] <= one["high"] for one in figures.values())


def test_two_golds_must_both_be_up_for_a_full_gain() -> None:
    half = place_figures([[True, False, False]], [2])["ndcg@10"]["value"]
    assert half == pytest.approx(1 / (1 + 1 / math.log2(3)), abs=1e-4)
    assert place_figures([[True, True]], [2])["ndcg@10"]["value"] == 1


def test_a_text_counts_where_its_first_passage_stands() -> None:
    assert found(["a", "a", "b", "a", "c"], {"b"}) == [False, True, False]


def test_auroc_counts_pairs_and_halves_ties() -> None:
    assert auroc(np.array([0.9, 0.5]), np.array([0.5, 0.1])) == pytest.approx(3.5 / 4)
    assert auroc(np.array([0.9]), np.array([0.1])) == 1


def test_the_headline_allows_one_wrong_answer_in_twenty() -> None:
    without = np.arange(20) / 100
    assert answered_at(np.array([0.17, 0.185, 0.3, 0.4]), without) == 0.75
    assert answered_at(np.array([0.17, 0.3]), np.zeros(20)) == 1


def test_a_probability_that_says_what_is_true_is_calibrated() -> None:
    chance = np.random.default_rng(1)
    said = chance.permutation(np.repeat([0.05, 0.25, 0.75, 0.95], 400))
    true = chance.random(len(said)) < said
    some = min(int(true.sum()), int((~true).sum()))
    with_it, without = said[true][:some].tolist(), said[~true][:some].tolist()
    figures = answer_figures(with_it, without, [0.5, 0.9])
    assert figures["calibration"]["expected_error"] < 0.06
    half, more = figures["at_thresholds"]
    assert half["answered"]["value"] > 0.75
    assert half["wrongly_answered"]["value"] < 0.25
    assert more["answered"]["value"] < half["answered"]["value"]
    flipped = answer_figures([1 - one for one in with_it], [1 - one for one in without], [0.5])
    assert flipped["calibration"]["expected_error"] > 0.4
