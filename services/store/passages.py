"""Passages as index keeps them: their words, vectors and grams."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from pgvector import HalfVector
from psycopg.rows import class_row
from psycopg.sql import SQL, Identifier, Literal

from services.kit.db import Connection


def searchable(title: str, heading: str | None, text: str) -> str:
    """Return the words a passage is found by: its own, under the titles it stands under."""
    return f"{title} › {heading or ''}\n{text}"


@dataclass(frozen=True)
class PassageRow:
    """A passage ready to store."""

    position: int
    heading: str | None
    page_from: int | None
    page_to: int | None
    text: str
    digest: str
    grams: Sequence[str]
    """Every character n-gram of the text, with repetitions."""
    vector: NDArray[np.float32]


async def live_passages(connection: Connection, publication_id: str) -> dict[str, int]:
    """Return the searchable passages of a publication: digest -> passage id."""
    rows = await connection.execute(
        "select digest, passage_id from passages where publication_id = %s and retired_at is null",
        [publication_id],
    )
    return {digest: passage_id async for digest, passage_id in rows}


async def add_passages(
    connection: Connection,
    publication_id: str,
    edition: int,
    space: str,
    rows: Iterable[PassageRow],
) -> None:
    """Store new passages with their vectors and count their grams."""
    seen: list[str] = []
    for row in rows:
        grams = sorted(set(row.grams))
        inserted = await (
            await connection.execute(
                "insert into passages (publication_id, edition, position, heading, page_from,"
                " page_to, text, digest, grams, gram_count) values (%s, %s, %s, %s, %s, %s, %s, %s,"
                " array_to_tsvector(%s), %s) returning passage_id",
                [
                    publication_id, edition, row.position, row.heading, row.page_from,
                    row.page_to, row.text, row.digest, grams, len(row.grams),
                ],
            )
        ).fetchone()  # fmt: skip
        if inserted is None:
            raise LookupError("a passage was inserted without an id")
        await save_passage_vector(connection, inserted[0], space, row.vector)
        seen += grams
    await _count_grams(connection, seen, sign=1)


async def move_passage(
    connection: Connection, passage_id: int, *, edition: int, position: int,
    page_from: int | None, page_to: int | None,
) -> None:  # fmt: skip
    """Take an unchanged passage over into the new edition, at its new place."""
    await connection.execute(
        "update passages set edition = %s, position = %s, page_from = %s, page_to = %s"
        " where passage_id = %s",
        [edition, position, page_from, page_to, passage_id],
    )


async def retire_passages(
    connection: Connection, passage_ids: Sequence[int], now: datetime
) -> None:
    """Take passages out of the search; drafts keep what they cited."""
    rows = await connection.execute(
        "update passages set retired_at = %s where passage_id = any(%s) and retired_at is null"
        " returning tsvector_to_array(grams)",
        [now, list(passage_ids)],
    )
    gone = [gram async for (grams,) in rows for gram in grams]
    await connection.execute(
        "delete from passage_vectors where passage_id = any(%s)", [list(passage_ids)]
    )
    await _count_grams(connection, gone, sign=-1)


async def save_passage_vector(
    connection: Connection, passage_id: int, space: str, vector: NDArray[np.float32]
) -> None:
    """Store a passage's embedding in one vector space."""
    await connection.execute(
        "insert into passage_vectors (passage_id, space, embedding) values (%s, %s, %s)"
        " on conflict (passage_id, space) do update set embedding = excluded.embedding",
        [passage_id, space, HalfVector(vector)],
    )


async def passages_without_vector(
    connection: Connection, space: str, *, limit: int
) -> list[tuple[int, str]]:
    """Return live passages that were never embedded in this space: id and words."""
    rows = await connection.execute(
        "select passage_id, title, heading, text from passages p"
        " join publications using (publication_id)"
        " where retired_at is null and not exists (select from passage_vectors v"
        " where v.passage_id = p.passage_id and v.space = %s) order by passage_id limit %s",
        [space, limit],
    )
    return [
        (passage_id, searchable(title, heading, text))
        async for passage_id, title, heading, text in rows
    ]


async def ensure_vector_index(connection: Connection, space: str, dimensions: int) -> None:
    """Create the approximate index of one vector space; pgvector needs its dimensions fixed."""
    name = f"passage_vectors_{space}"[:63]
    create = SQL(
        "create index if not exists {name} on passage_vectors using hnsw"
        " ((embedding::halfvec({size})) halfvec_ip_ops) where space = {space}"
    ).format(name=Identifier(name), size=Literal(dimensions), space=Literal(space))
    await connection.execute(create)


async def _count_grams(connection: Connection, grams: Sequence[str], *, sign: int) -> None:
    counts: dict[str, int] = {}
    for gram in grams:
        counts[gram] = counts.get(gram, 0) + sign
    names = sorted(counts)
    await connection.execute(
        "insert into gram_counts (gram, passages) select * from unnest(%s::text[], %s::integer[])"
        " on conflict (gram) do update set passages = gram_counts.passages + excluded.passages",
        [names, [counts[name] for name in names]],
    )
    await connection.execute("delete from gram_counts where gram = any(%s) and passages <= 0",
        [names])  # fmt: skip


@dataclass(frozen=True)
class ShownPassage:
    """A live passage as it is shown to people."""

    passage_id: int
    heading: str | None
    page_from: int | None
    page_to: int | None
    text: str


async def read_live_passages(
    connection: Connection, publication_id: str, *, limit: int = 2000
) -> list[ShownPassage]:
    """Return a publication's searchable passages in their order."""
    async with connection.cursor(row_factory=class_row(ShownPassage)) as cursor:
        await cursor.execute(
            "select passage_id, heading, page_from, page_to, text from passages"
            " where publication_id = %s and retired_at is null order by position limit %s",
            [publication_id, limit],
        )
        return await cursor.fetchall()
