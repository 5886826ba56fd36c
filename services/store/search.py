"""Finding passages: nearest vectors and rarest shared character grams, both by index."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray
from pgvector import HalfVector
from psycopg.rows import class_row
from psycopg.sql import SQL, Literal

from services.kit.db import Connection

RAREST = 16
"""So many of a question's rarest grams look for lexical candidates; common ones only cost time."""


@dataclass(frozen=True)
class FoundPassage:
    """A live passage with its publication and its cosine to the query."""

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
        await connection.execute(
            "select count(*), coalesce(avg(gram_count), 1)::float8 from passages"
            " where retired_at is null"
        )
    ).fetchone()
    counts = await connection.execute(
        "select gram, passages from gram_counts where gram = any(%s)", [sorted(set(grams))]
    )
    holding = {gram: number async for gram, number in counts}
    passages, mean = row or (0, 1.0)
    return Corpus(int(passages), float(mean), holding)


async def nearest_passages(
    connection: Connection, space: str, vector: NDArray[np.float32], *, limit: int
) -> list[int]:
    """Return ids of live passages by cosine, nearest first, through the approximate index."""
    nearest = SQL(
        "select passage_id from passage_vectors where space = %s"
        " order by embedding::halfvec({size}) <#> %s::halfvec({size}) limit %s"
    ).format(size=Literal(len(vector)))
    rows = await connection.execute(
        nearest,
        [space, HalfVector(vector), limit],
    )
    return [passage_id async for (passage_id,) in rows]


async def lexical_passages(connection: Connection, corpus: Corpus, *, limit: int) -> list[int]:
    """Return ids of live passages that share the query's rarest grams, most shared first."""
    rarest = sorted(corpus.holding, key=lambda gram: corpus.holding[gram])[:RAREST]
    if not rarest:
        return []
    query = " | ".join(f"'{gram}'" for gram in rarest)
    rows = await connection.execute(
        "select passage_id from passages, cast(%s as tsquery) q"
        " where grams @@ q and retired_at is null order by ts_rank(grams, q) desc limit %s",
        [query, limit],
    )
    return [passage_id async for (passage_id,) in rows]


async def read_passages(
    connection: Connection, passage_ids: Sequence[int], space: str, vector: NDArray[np.float32]
) -> list[FoundPassage]:
    """Return live passages with their cosine to the query vector, in no order."""
    wanted = SQL(
        "select p.passage_id, p.publication_id, b.title, p.edition, b.published_on, b.author,"
        " b.url, p.heading, p.page_from, p.page_to, p.text, b.language,"
        " -(v.embedding::halfvec({size}) <#> %s::halfvec({size})) as cosine"
        " from passages p join publications b using (publication_id)"
        " join passage_vectors v on v.passage_id = p.passage_id and v.space = %s"
        " where p.passage_id = any(%s) and p.retired_at is null"
    ).format(size=Literal(len(vector)))
    async with connection.cursor(row_factory=class_row(FoundPassage)) as cursor:
        await cursor.execute(wanted, [HalfVector(vector), space, list(passage_ids)])
        return await cursor.fetchall()
