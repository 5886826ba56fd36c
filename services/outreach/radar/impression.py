"""How a post sounds as a whole: two logistic heads on its vector, fitted to the shipped examples.

They are fitted in the running process, so that every embedding engine has heads of its own space.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from services.kit.embed.embedder import Embeds, Vectors

LOOKED_AT = 2000
"""Characters of a post that are embedded."""
SCALE = 20.0
"""Unit vectors of short texts lie close together; stretched, one step size fits all spaces."""
RIDGE = 1.0
STEPS = 800
STEP = 0.5

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Impression:
    """Probabilities that a post tells of a success, and of trouble; both may be high."""

    success: float
    trouble: float


class Impressions(Protocol):
    """Tells how posts sound."""

    async def of(self, texts: Sequence[str]) -> list[Impression]:
        """Return one for each text."""
        ...


@dataclass(frozen=True)
class Heads:
    """Fitted weights: features (dimensions, 2) after centring and stretching."""

    centre: Floats
    weights: Floats
    bias: Floats

    def read(self, vectors: Vectors) -> Floats:
        """Return probabilities (texts, 2): success, trouble."""
        return _sigmoid((vectors - self.centre) * SCALE @ self.weights + self.bias)


def fit(vectors: Vectors, targets: Floats) -> Heads:
    """Fit ridge-penalised logistic regressions to unit vectors (rows, dimensions) by descent.

    `targets` (rows, 2) are 0 or 1 (Hastie et al., "The Elements of Statistical Learning", 4.4).
    """
    centre = vectors.mean(axis=0)
    rows = (vectors - centre) * SCALE
    weights = np.zeros((rows.shape[1], targets.shape[1]), np.float32)
    bias = np.zeros(targets.shape[1], np.float32)
    for _ in range(STEPS):
        gap = _sigmoid(rows @ weights + bias) - targets
        weights -= STEP * (rows.T @ gap + RIDGE * weights) / len(rows)
        bias -= STEP * gap.mean(axis=0)
    return Heads(centre, weights, bias)


class Trained:
    """Heads on the engine's vectors; fitted at the first post, and again in another space."""

    def __init__(self, embedder: Embeds) -> None:
        self._embedder = embedder
        self._heads: tuple[str, Heads] | None = None

    async def of(self, texts: Sequence[str]) -> list[Impression]:
        """Return how each text sounds; raises EmbeddingError."""
        space = self._embedder.space
        if self._heads is None or self._heads[0] != space:
            said, targets = examples()
            self._heads = (space, fit(await self._embedder.embed_queries(said), targets))
        vectors = await self._embedder.embed_queries([one[:LOOKED_AT] for one in texts])
        return [Impression(*map(float, row)) for row in self._heads[1].read(vectors)]


@cache
def examples() -> tuple[list[str], Floats]:
    """Return the shipped posts and what they tell of (rows, 2): success, trouble."""
    folder = files(__package__) / "examples"
    lines = [
        line
        for name in ("first.jsonl", "later.jsonl", "more.jsonl")
        for line in folder.joinpath(name).read_text(encoding="utf-8").splitlines()
    ]
    posts = [post for post in map(json.loads, lines) if post["truth"] != "unsure"]
    told = [
        (post["truth"] in ("success", "mixed"), post["truth"] in ("trouble", "mixed"))
        for post in posts
    ]
    return [post["text"] for post in posts], np.array(told, np.float32)


def _sigmoid(values: NDArray[np.floating[Any]]) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(values, -30, 30))), np.float32)
