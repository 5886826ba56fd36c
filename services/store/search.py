"""Finding passages: nearest vectors and rarest shared character grams, both by index."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray
from pgvector import HalfVector
from psycopg.rows import class_row
from psycopg.sql import SQL, Composed, Literal

from services.kit.db import Connection

LOOKED_UP = 10_000
"""Passages that the lexical search looks at in all: rare grams first, common ones only cost time.

A gram that too many passages share is looked up no further than that.
"""
MOST_GRAMS = 64
"""Grams of one question that are looked up."""
FEW = 30_000
"""Passages up to which every vector is compared: that takes 20 ms, and misses none.

The index takes 12 there, and misses the more, the more of what it holds was withdrawn.
"""
EXPLORED = 800
"""Passages the vector index weighs at once (`hnsw.ef_search`); it goes on until enough are live."""
FURTHEST = 200_000
"""Passages it looks at in all (`hnsw.max_scan_tuples`) before every vector is looked at instead.

So far it comes past some 10,000 withdrawn passages that are nearer than any live one.
"""
MEMORY = 16
"""How much memory that may take, in multiples of `work_mem` (`hnsw.scan_mem_multiplier`)."""


@dataclass(frozen=True)
class FoundPassage:
    """A live passage with its publication and how near it is to the query."""

    passage_id: int
    publication_id: str
    title: str
    edition: int
    published_on: date | None
    author: str | None
    url: str | None
    heading: str | None
    page_from: int | None
    page_to: int | None
    text: str
    language: str
    cosine: float
    """Of the whole passage to the query."""
    sentence_cosine: float | None = None
    """Of its nearest sentence to the question; None where sentences were never embedded."""

    @property
    def nearest(self) -> float:
        """How near its best part is to the question."""
        return self.cosine if self.sentence_cosine is None else self.sentence_cosine


@dataclass(frozen=True)
class Corpus:
    """What the lexical score must know of all passages."""

    passages: int
    mean_grams: float
    holding: dict[str, int]
    """Number of live passages that hold each of the query's grams; 0 is left out."""


async def read_corpus(connection: Connection, grams: Sequence[str]) -> Corpus:
    """Return how rare the given grams are among the live passages."""
    row = await (
        await connection.execute("select passages, grams::float8 from corpus_size")
    ).fetchone()
    counts = await connection.execute(
        "select gram, passages from gram_counts where gram = any(%s)", [sorted(set(grams))]
    )
    holding = {gram: number async for gram, number in counts}
    passages, total = row or (0, 0.0)
    return Corpus(int(passages), total / max(1, passages), holding)


async def nearest_passages(
    connection: Connection,
    space: str,
    vector: NDArray[np.float32],
    *,
    limit: int,
    without: Sequence[int] = (),
) -> list[int]:
    """Return ids of live passages by cosine, nearest first.

    Among more than `FEW` the approximate index finds them. It also holds what was withdrawn since
    the last vacuum: where that stands between the query and the live passages, so that it runs
    out before `limit` are found, every vector is compared too. Its settings hold until the
    transaction ends.
    """
    asked = await connection.execute(
        SQL(
            "select passages <= {}, set_config('hnsw.ef_search', {}::text, true),"
            " set_config('hnsw.iterative_scan', 'relaxed_order', true),"
            " set_config('hnsw.max_scan_tuples', {}::text, true),"
            " set_config('hnsw.scan_mem_multiplier', {}::text, true) from corpus_size"
        ).format(*map(Literal, (FEW, EXPLORED, FURTHEST, MEMORY)))
    )
    few, *_ = await asked.fetchone() or (True,)
    distance = SQL("embedding::halfvec({size}) <#> %s::halfvec({size})").format(
        size=Literal(len(vector))
    )
    values = [HalfVector(vector), list(without), limit]
    found = [] if few else await _by_distance(connection, space, distance, values)
    if len(found) < limit:
        found = await _by_distance(connection, space, SQL("({}) + 0").format(distance), values)
    return found


async def _by_distance(
    connection: Connection, space: str, distance: Composed, values: Sequence[object]
) -> list[int]:
    """Sort again what an index hands in: it goes on where it left off, not always in order."""
    nearest = SQL(
        "with near as materialized (select passage_id, {distance} as distance from passage_vectors"
        " where space = {space} and passage_id <> all(%s::bigint[]) order by distance limit %s)"
        " select passage_id from near order by distance, passage_id"
    ).format(space=Literal(space), distance=distance)
    rows = await connection.execute(nearest, values)
    return [passage_id async for (passage_id,) in rows]


async def lexical_passages(
    connection: Connection,
    corpus: Corpus,
    weights: Mapping[str, float],
    *,
    limit: int,
    without: Sequence[int] = (),
) -> list[int]:
    """Return ids of live passages that share the heaviest sum of the query's rare grams."""
    grams = _affordable(corpus)
    if not grams:
        return []
    rows = await connection.execute(
        "select passage_id from unnest(%s::text[], %s::float8[]) as wanted (gram, weight)"
        " cross join lateral (select passage_id from passages"
        " where grams @@ cast(quote_literal(wanted.gram) as tsquery) and retired_at is null"
        " limit %s) as holding where passage_id <> all(%s::bigint[])"
        " group by passage_id order by sum(weight) desc, passage_id limit %s",
        [grams, [weights[gram] for gram in grams], LOOKED_UP, list(without), limit],
    )
    return [passage_id async for (passage_id,) in rows]


def _affordable(corpus: Corpus) -> list[str]:
    """The rarest grams that together lead to no more than `LOOKED_UP` passages, at least one."""
    chosen: list[str] = []
    looked_up = 0
    rarest = sorted(corpus.holding, key=lambda gram: (corpus.holding[gram], gram))
    for gram in rarest[:MOST_GRAMS]:
        looked_up += corpus.holding[gram]
        if chosen and looked_up > LOOKED_UP:
            break
        chosen.append(gram)
    return chosen


async def read_passages(
    connection: Connection,
    passage_ids: Sequence[int],
    space: str,
    vector: NDArray[np.float32],
    alone: NDArray[np.float32],
) -> list[FoundPassage]:
    """Return live passages with their cosine to `vector` and their sentences' to `alone`."""
    wanted = SQL(
        "select p.passage_id, p.publication_id, b.title, p.edition, b.published_on, b.author,"
        " b.url, p.heading, p.page_from, p.page_to, p.text, b.language,"
        " -(v.embedding::halfvec({size}) <#> %s::halfvec({size})) as cosine,"
        " (select max(-(s.embedding::halfvec({size}) <#> %s::halfvec({size})))"
        "  from sentence_vectors s where s.passage_id = p.passage_id and s.space = v.space)"
        " as sentence_cosine"
        " from passages p join publications b using (publication_id)"
        " join passage_vectors v on v.passage_id = p.passage_id and v.space = {space}"
        " where p.passage_id = any(%s) and p.retired_at is null"
    ).format(space=Literal(space), size=Literal(len(vector)))
    async with connection.cursor(row_factory=class_row(FoundPassage)) as cursor:
        await cursor.execute(wanted, [HalfVector(vector), HalfVector(alone), list(passage_ids)])
        return await cursor.fetchall()
