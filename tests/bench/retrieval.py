"""Finding passages among few and many, beside an exact search that looks at every vector.

At the greatest size also: what is withdrawn and not yet swept up, what comes in while others
search, and the sweeping.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pgvector import HalfVector

from services.answer.retrieve import retrieve
from services.kit.db import Connection, transaction
from services.kit.grams import character_grams
from services.store.ranking import CANDIDATES, rarities
from services.store.search import lexical_passages, nearest_passages, read_corpus
from tests.bench.ground import Ground
from tests.bench.measuring import Outcome, Size, p95, spread
from tests.bench.sayings import questions
from tests.bench.shelf import Shelf

QUESTIONS = 100
EXACT = 20
"""Questions that are also asked of every vector."""
NEAREST = 10
RECALL = 0.95
"""Share of the ten nearest that the index has to find."""
NOTICED = 1000.0
"""Milliseconds from which on a person who waits for a search loses the thread.

Nielsen, "Usability Engineering" (1993), chapter 5.
"""
WITHDRAWN = 0.95
"""Share of all passages that is withdrawn and still stands in the index."""
SWEPT = 50
"""One of so many passages is withdrawn for good."""
ADDED = 200
"""Passages of the publication that comes in while others search."""


@dataclass(frozen=True)
class Found:
    """How near the approximate search comes to the exact one."""

    near: list[float]
    """Milliseconds of the approximate search."""
    exact: list[float]
    """Milliseconds of the exact one."""
    ten: float
    """Recall of the ten nearest."""
    all: float
    """Recall of all candidates that an answer is chosen from."""


@dataclass(frozen=True)
class Asking:
    """Who asks what of which shelf."""

    on: Ground
    shelf: Shelf
    asked: Sequence[str]
    vectors: NDArray[np.float32]


async def run(on: Ground, size: Size) -> Outcome:
    """Grow a shelf and ask it the same questions at each size."""
    outcome = Outcome([])
    shelf = Shelf(on)
    await shelf.begin()
    asked = questions(QUESTIONS)
    vectors = await on.embedder.embed_queries(asked)
    for passages in size.passages:
        filled = await shelf.grow(passages)
        whole = await search(on, asked, vectors)
        words = await by_words(on, asked)
        async with transaction(on.pool) as connection:
            found = await against_exact(on, connection, vectors[:EXACT])
        outcome.lines += [
            (f"{passages:,d} passages, written in {filled.writing:.0f} s, words indexed in"
             f" {filled.words:.0f} s, vectors in {filled.vectors:.0f} s: {await shelf.takes()}"),
            f"  whole search      {spread(whole)}",
            f"  by words          {spread(words)}",
            f"  by vectors        {spread(found.near)}   {told(found)}",
            f"  exact             {spread(found.exact)}",
        ]  # fmt: skip
        judge(outcome, f"among {passages:,}", found, whole)
    asking = Asking(on, shelf, asked, vectors)
    outcome.lines += await withdrawn(asking, outcome)
    outcome.lines += await coming_in(asking)
    outcome.lines += await swept(asking, size.passages[-1] // SWEPT, outcome)
    return outcome


def told(found: Found) -> str:
    return f"recall@{NEAREST} {found.ten:.1%}, @{CANDIDATES} {found.all:.1%}"


def judge(outcome: Outcome, where: str, found: Found, whole: Sequence[float]) -> None:
    if found.ten < RECALL:
        outcome.missed.append(f"recall@{NEAREST} {where} {found.ten:.1%}, aim {RECALL:.0%}")
    if p95(whole) > NOTICED:
        outcome.missed.append(f"search {where}: p95 {p95(whole):.0f} ms, aim {NOTICED:.0f}")


async def search(on: Ground, asked: Sequence[str], vectors: NDArray[np.float32]) -> list[float]:
    """Return the milliseconds of the product's whole search for each question."""
    times = []
    for question, vector in zip(asked, vectors, strict=True):
        started = time.perf_counter()
        await retrieve(on.pool, question, vector, on.embedder.space)
        times.append((time.perf_counter() - started) * 1000)
    return times


async def by_words(on: Ground, asked: Sequence[str]) -> list[float]:
    """Return the milliseconds of the search by words alone."""
    times = []
    async with transaction(on.pool) as connection:
        for question in asked:
            started = time.perf_counter()
            corpus = await read_corpus(connection, character_grams(question))
            weights = rarities(question, corpus)
            await lexical_passages(connection, corpus, weights, limit=CANDIDATES)
            times.append((time.perf_counter() - started) * 1000)
    return times


async def against_exact(on: Ground, connection: Connection, vectors: NDArray[np.float32]) -> Found:
    """Ask both searches; passages that are as near as the last exact one count as found."""
    found = Found([], [], 0.0, 0.0)
    ten, everything = [], []
    for vector in vectors:
        started = time.perf_counter()
        near = await nearest_passages(connection, on.embedder.space, vector, limit=CANDIDATES)
        found.near.append((time.perf_counter() - started) * 1000)
        started = time.perf_counter()
        exact = await every_vector(connection, on.embedder.space, vector)
        found.exact.append((time.perf_counter() - started) * 1000)
        ten.append(len({*near[:NEAREST]} & {*exact[:NEAREST]}) / min(NEAREST, len(exact)))
        everything.append(len({*near} & {*exact}) / len(exact))
    return Found(found.near, found.exact, float(np.mean(ten)), float(np.mean(everything)))


async def every_vector(
    connection: Connection, space: str, vector: NDArray[np.float32]
) -> list[int]:
    """Return what is nearest in truth."""
    async with connection.transaction():
        await connection.execute("set local enable_indexscan = off")
        rows = await connection.execute(
            "select passage_id from passage_vectors where space = %s"
            " order by embedding <#> %s, passage_id limit %s",
            [space, HalfVector(vector), CANDIDATES],
        )
        nearest = [passage_id async for (passage_id,) in rows]
        await connection.execute("set local enable_indexscan = on")
    return nearest


async def withdrawn(asking: Asking, outcome: Outcome) -> list[str]:
    """Withdraw nearly all at random, search among what is left, and undo it."""
    on = asking.on
    async with on.pool.connection() as connection, connection.transaction(force_rollback=True):
        await connection.execute(
            "delete from passage_vectors where passage_id %% %s <> 0",
            [round(1 / (1 - WITHDRAWN))],
        )
        await connection.execute(
            "update corpus_size set passages = (select count(*) from passage_vectors)"
        )
        found = await against_exact(on, connection, asking.vectors[:EXACT])
    judge(outcome, f"with {WITHDRAWN:.0%} withdrawn", found, found.near)
    return [
        f"  {WITHDRAWN:.0%} withdrawn     {spread(found.near)}   {told(found)}",
        f"  exact             {spread(found.exact)}",
    ]


async def coming_in(asking: Asking) -> list[str]:
    """Store a publication, as index does, while others search."""

    async def stored() -> float:
        started = time.perf_counter()
        await asking.shelf.publish(ADDED)
        return (time.perf_counter() - started) * 1000 / ADDED

    taken, beside = await asyncio.gather(stored(), search(asking.on, asking.asked, asking.vectors))
    return [f"  coming in         {taken:.1f} ms a passage; search beside it {spread(beside)}"]


async def swept(asking: Asking, passages: int, outcome: Outcome) -> list[str]:
    """Withdraw some passages for good, and let the database sweep up."""
    clock = time.perf_counter()
    gone = await asking.shelf.withdraw(passages)
    took = time.perf_counter() - clock
    before = await search(asking.on, asking.asked, asking.vectors)
    swept = await asking.shelf.tidy()
    async with transaction(asking.on.pool) as connection:
        found = await against_exact(asking.on, connection, asking.vectors[:EXACT])
    judge(outcome, "after the sweep", found, before)
    return [
        f"  {gone:,d} withdrawn in {took:.0f} s, search then {spread(before)}",
        f"  swept up in {swept:.0f} s, by vectors {spread(found.near)}   {told(found)}",
    ]
