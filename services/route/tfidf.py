"""Hashed counts as sparse matrices, weighted by how rare a bucket is."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from scipy import sparse  # type: ignore[import-untyped]

from services.route.grams import BUCKETS, Counts

Matrix: TypeAlias = Any
"""A sparse matrix (texts, buckets); scipy ships no types."""


class Lexical:
    """TF-IDF of unit length over the buckets that two texts share, or over all if none is."""

    def __init__(self, counts: Matrix) -> None:
        texts = counts.shape[0]
        found = np.bincount(counts.indices, minlength=BUCKETS)
        shared = np.flatnonzero(found >= 2)
        self.buckets = (shared if len(shared) else np.flatnonzero(found)).astype(np.int32)
        rarity = np.log((1 + texts) / (1 + found[self.buckets])) + 1
        self.rarity = rarity.astype(np.float16).astype(np.float32)
        values = counts[:, self.buckets].astype(np.float32)
        values.data = 1 + np.log(values.data)
        values = values @ sparse.diags(self.rarity)
        lengths = np.sqrt(np.asarray(values.multiply(values).sum(axis=1)).ravel())
        self.matrix: Matrix = (sparse.diags(1 / np.maximum(lengths, 1e-9)) @ values).tocsr()


def matrix_of(rows: Sequence[Counts]) -> Matrix:
    """Return counts as a matrix (texts, buckets)."""
    ends = np.concatenate([[0], np.cumsum([len(row.buckets) for row in rows])])
    return sparse.csr_matrix(
        (np.concatenate([row.counts for row in rows]),
         np.concatenate([row.buckets for row in rows]), ends),
        shape=(len(rows), BUCKETS),
    )  # fmt: skip
