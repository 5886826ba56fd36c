"""From a question to the passages that may answer it, and whether they do."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.answer.editions import current
from services.answer.rank import Ranked, rank, rarities
from services.answer.trust import Evidence, probability, weigh
from services.kit.db import Pool
from services.kit.grams import character_grams
from services.store import search

CANDIDATES = 50
"""Passages each of the two retrievers hands in."""


@dataclass(frozen=True)
class Retrieval:
    """A ranking, best first, with the query it answers and how sure it can be."""

    query: NDArray[np.float32]
    alone: NDArray[np.float32]
    """The bare question, without what it was asked under."""
    ranked: Sequence[Ranked]
    corpus: search.Corpus
    evidence: Evidence

    @property
    def answerable(self) -> float:
        """Probability that the passages answer the question."""
        return probability(self.evidence)


@dataclass(frozen=True)
class Gathered:
    """What each retriever alone hands in, best first by its own measure, and all of it read."""

    near: Sequence[int]
    shared: Sequence[int]
    found: Sequence[search.FoundPassage]
    corpus: search.Corpus


async def retrieve(
    pool: Pool,
    question: str,
    vector: NDArray[np.float32],
    space: str,
    *,
    alone: NDArray[np.float32] | None = None,
    limit: int = 8,
) -> Retrieval:
    """Return at most `limit` passages for a question.

    `vector` embeds the question with what it was asked under and finds passages; `alone` embeds
    the bare question and finds sentences in them, by default with the same vector.
    """
    gathered = await gather(pool, question, vector, space, alone=alone)
    return settle(question, vector, gathered, alone=alone, limit=limit)


async def gather(
    pool: Pool,
    question: str,
    vector: NDArray[np.float32],
    space: str,
    *,
    alone: NDArray[np.float32] | None = None,
    without: Sequence[int] = (),
) -> Gathered:
    """Return the candidates of both retrievers, as if the passages `without` did not exist."""
    grams = character_grams(question)
    async with pool.connection() as connection:
        corpus = await search.read_corpus(connection, grams)
        near = await search.nearest_passages(
            connection, space, vector, limit=CANDIDATES, without=without
        )
        shared = await search.lexical_passages(
            connection, corpus, rarities(question, corpus), limit=CANDIDATES, without=without
        )
        found = await search.read_passages(
            connection,
            sorted({*near, *shared}),
            space,
            vector,
            vector if alone is None else alone,
        )
    return Gathered(near, shared, found, corpus)


def settle(
    question: str,
    vector: NDArray[np.float32],
    gathered: Gathered,
    *,
    limit: int,
    alone: NDArray[np.float32] | None = None,
) -> Retrieval:
    """Rank what was gathered and judge it. Pure."""
    ranked = current(question, rank(question, gathered.found, gathered.corpus))
    evidence = weigh(question, ranked, gathered.corpus)
    bare = vector if alone is None else alone
    return Retrieval(vector, bare, ranked[:limit], gathered.corpus, evidence)
