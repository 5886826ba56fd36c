"""From a question to the passages that may answer it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.answer.rank import Ranked, rank
from services.answer.trust import Evidence, weigh
from services.kit.db import Pool
from services.kit.grams import character_grams
from services.store import search

CANDIDATES = 50
"""Passages each of the two retrievers hands in."""


@dataclass(frozen=True)
class Retrieval:
    """A ranking, best first, with the query it answers and how sure it can be."""

    query: NDArray[np.float32]
    ranked: Sequence[Ranked]
    corpus: search.Corpus
    evidence: Evidence


async def retrieve(
    pool: Pool, question: str, vector: NDArray[np.float32], space: str, *, limit: int = 8
) -> Retrieval:
    """Return at most `limit` passages for a question and its embedding."""
    grams = character_grams(question)
    async with pool.connection() as connection:
        corpus = await search.read_corpus(connection, grams)
        near = await search.nearest_passages(connection, space, vector, limit=CANDIDATES)
        shared = await search.lexical_passages(connection, corpus, limit=CANDIDATES)
        found = await search.read_passages(connection, sorted({*near, *shared}), space, vector)
    ranked = rank(question, found, corpus)
    return Retrieval(vector, ranked[:limit], corpus, weigh(ranked))
