"""Finding passages among few and many, beside an exact search that looks at every vector."""

import time

import numpy as np
from numpy.typing import NDArray
from pgvector import HalfVector

from services.answer.retrieve import retrieve
from services.kit.db import Connection, transaction
from services.store.search import nearest_passages
from tests.bench.ground import Ground
from tests.bench.measuring import Outcome, Size, spread
from tests.bench.sayings import questions
from tests.bench.shelf import Shelf

QUESTIONS = 100
EXACT = 20
"""Questions that are also asked of every vector."""
NEAREST = 10
TARGET = 0.95
"""Share of the ten nearest that the index has to find."""


async def run(on: Ground, size: Size) -> Outcome:
    """Grow a shelf and ask it the same questions at each size."""
    outcome = Outcome(
        [(f"{'passages':>9s} {'filled in':>10s}  {'product, whole search':33s}"
         f"{'exact, vectors only':33s} recall@{NEAREST}")]
    )  # fmt: skip
    shelf = Shelf(on)
    await shelf.begin()
    asked = questions(QUESTIONS)
    vectors = await on.embedder.embed_queries(asked)
    for passages in size.passages:
        filled = await shelf.grow(passages)
        times = []
        for question, vector in zip(asked, vectors, strict=True):
            started = time.perf_counter()
            await retrieve(on.pool, question, vector, on.embedder.space)
            times.append((time.perf_counter() - started) * 1000)
        taken, recall = await against_exact(on, vectors[:EXACT])
        outcome.lines.append(
            f"{passages:9,d} {filled:8.0f} s  {spread(times)}   {spread(taken)}   {recall:.1%}"
        )
        if recall < TARGET:
            outcome.missed.append(f"recall at {passages:,} passages {recall:.1%}, aim 95 %")
    return outcome


async def against_exact(on: Ground, vectors: NDArray[np.float32]) -> tuple[list[float], float]:
    """Return the exact search's milliseconds, and the share of its finds that the index finds."""
    taken, shares = [], []
    for vector in vectors:
        async with transaction(on.pool) as connection:
            near = await nearest_passages(connection, on.embedder.space, vector, limit=NEAREST)
            started = time.perf_counter()
            exact = await every_vector(connection, on.embedder.space, vector)
            taken.append((time.perf_counter() - started) * 1000)
        shares.append(len(set(near) & set(exact)) / len(exact))
    return taken, sum(shares) / len(shares)


async def every_vector(
    connection: Connection, space: str, vector: NDArray[np.float32]
) -> list[int]:
    await connection.execute("set local enable_indexscan = off")
    rows = await connection.execute(
        "select passage_id from passage_vectors where space = %s"
        " order by embedding <#> %s limit %s",
        [space, HalfVector(vector), NEAREST],
    )
    return [passage_id async for (passage_id,) in rows]
