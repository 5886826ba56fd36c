"""From a question to the passages that may answer it, and whether they do."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.answer.editions import current
from services.answer.trust import Evidence, probability, weigh
from services.kit.db import Pool
from services.store.ranking import Gathered, Ranked, gather, rank
from services.store.search import Corpus


@dataclass(frozen=True)
class Retrieval:
    """A ranking, best first, with the query it answers and how sure it can be."""

    query: NDArray[np.float32]
    alone: NDArray[np.float32]
    """The bare question, without what it was asked under."""
    ranked: Sequence[Ranked]
    corpus: Corpus
    evidence: Evidence

    @property
    def answerable(self) -> float:
        """Probability that the passages answer the question."""
        return probability(self.evidence)


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
