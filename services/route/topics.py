"""Which publications a comment touches: the nearest ones, each with how likely it is meant."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

MIDDLE, SPREAD = 0.885, 0.02
"""Cosine to the nearest passage at which a publication is as likely meant as not, and the slope.

Fitted on the sample world with the bundled engine; other engines have other cosines.
"""
LEAST = 0.2
MOST = 3


@dataclass(frozen=True)
class Topic:
    """A publication and the probability that the comment touches it."""

    publication_id: str
    probability: float


def topics(nearest: Sequence[tuple[str, float]]) -> tuple[Topic, ...]:
    """Return the likely ones of `nearest`, pairs of publication and best cosine, best first."""
    found = [
        Topic(publication, round(1 / (1 + exp((MIDDLE - cosine) / SPREAD)), 3))
        for publication, cosine in sorted(nearest, key=lambda pair: -pair[1])[:MOST]
    ]
    return tuple(topic for topic in found if topic.probability >= LEAST)
