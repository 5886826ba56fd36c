"""Readers that vote when examples are few."""

import numpy as np
import pytest

from services.route.vote import fair_offsets, vote


def test_a_reader_that_guesses_has_next_to_no_say() -> None:
    random = np.random.RandomState(0)
    gold = np.array([0, 1] * 30)
    knows = (gold * 2.0 - 1)[:, None] + random.standard_normal((60, 1)) * 0.2
    guesses = random.standard_normal((60, 1))
    linear, said = vote([knows, guesses], gold, 2)
    assert abs(linear.weights[0, 0]) > 20 * abs(linear.weights[1, 0])
    assert ((said[:, 1] > 0.5) == (gold == 1)).all()


@pytest.mark.parametrize("labels", [2, 4])
def test_probabilities_add_up_and_follow_the_shares(labels: int) -> None:
    gold = np.array([0] * 40 + list(range(1, labels)) * 4)
    outputs = 1 if labels == 2 else labels
    nothing = np.random.RandomState(1).standard_normal((len(gold), outputs)) * 1e-3
    _, said = vote([nothing], gold, labels)
    assert said.sum(axis=1) == pytest.approx(1)
    assert said[:, 0].mean() > 0.5
    assert np.argmax(fair_offsets(gold)) != 0
