"""Passages as index keeps them: their words, their grams, their vectors and their sentences'."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from pgvector import HalfVector
from psycopg.rows import class_row
from psycopg.sql import SQL, Identifier

from services.kit.db import Connection
from services.kit.sentences import split_sentences

SHORTEST_SENTENCE = 15
"""Characters below which a sentence gets no vector of its own."""
MOST_SENTENCES = 60
"""Sentences of one passage that get vectors; a table cut into crumbs has more."""
COUNTING = 0x0D1A_106F
"""Advisory lock: two workers that count the same grams wait for each other in one order."""


def searchable(title: str, heading: str | None, text: str) -> str:
    """Return the words a passage is found by: its own, under the titles it stands under."""
    above = " › ".join(part for part in (title, heading) if part)
    return f"{above}\n{text}" if above else text


def sentences_of(text: str) -> list[str]:
    """Return the sentences of a passage that are compared with questions one by one, at least one.

    Where all are too short to say something, the text is one.
    """
    sentences = (text[span.start : span.end] for span in split_sentences(text))
    return [one for one in sentences if len(one) >= SHORTEST_SENTENCE][:MOST_SENTENCES] or [text]


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
    sentences: NDArray[np.float32] | None = None
    """Unit vectors of `sentences_of` the text, one a row; None: judged by `vector` alone."""


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
    new = list(rows)
    grams = [sorted(set(row.grams)) for row in new]
    cursor = connection.cursor()
    await cursor.executemany(
        "insert into passages (publication_id, edition, position, heading, page_from,"
        " page_to, text, digest, grams, gram_count) values (%s, %s, %s, %s, %s, %s, %s, %s,"
        " array_to_tsvector(%s), %s) returning passage_id",
        [
            [
                publication_id, edition, row.position, row.heading, row.page_from, row.page_to,
                row.text, row.digest, held, len(row.grams),
            ]
            for row, held in zip(new, grams, strict=True)
        ],
        returning=True,
    )  # fmt: skip
    passage_ids = [int(one[0]) async for result in cursor.results() async for one in result]
    for passage_id, row in zip(passage_ids, new, strict=True):
        await save_passage_vector(connection, passage_id, space, row.vector)
        if row.sentences is not None:
            await save_sentence_vectors(connection, passage_id, space, row.sentences)
    seen = [gram for held in grams for gram in held]
    await _count(connection, len(new), sum(len(row.grams) for row in new), seen, sign=1)


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
        " returning gram_count, tsvector_to_array(grams)",
        [now, list(passage_ids)],
    )
    retired = [row async for row in rows]
    for table in ("passage_vectors", "sentence_vectors"):
        delete = SQL("delete from {} where passage_id = any(%s)").format(Identifier(table))
        await connection.execute(delete, [list(passage_ids)])
    gone = [gram for _, held in retired for gram in held]
    await _count(connection, len(retired), sum(count for count, _ in retired), gone, sign=-1)


async def save_passage_vector(
    connection: Connection, passage_id: int, space: str, vector: NDArray[np.float32]
) -> None:
    """Store a passage's embedding in one vector space."""
    await connection.execute(
        "insert into passage_vectors (passage_id, space, embedding) values (%s, %s, %s)"
        " on conflict (passage_id, space) do update set embedding = excluded.embedding",
        [passage_id, space, HalfVector(vector)],
    )


async def save_sentence_vectors(
    connection: Connection, passage_id: int, space: str, vectors: NDArray[np.float32]
) -> None:
    """Store the embeddings of a passage's sentences in one vector space, in their order."""
    await connection.cursor().executemany(
        "insert into sentence_vectors (passage_id, space, number, embedding)"
        " values (%s, %s, %s, %s) on conflict (passage_id, space, number)"
        " do update set embedding = excluded.embedding",
        [[passage_id, space, number, HalfVector(one)] for number, one in enumerate(vectors)],
    )


async def passages_without_sentences(
    connection: Connection, space: str, *, limit: int
) -> list[tuple[int, str]]:
    """Return live passages with no sentence embedded in this space: id and text."""
    rows = await connection.execute(
        "select passage_id, text from passages p where retired_at is null"
        " and not exists (select from sentence_vectors s"
        " where s.passage_id = p.passage_id and s.space = %s) order by passage_id limit %s",
        [space, limit],
    )
    return [(passage_id, text) async for passage_id, text in rows]


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
    await connection.execute("select index_vectors(%s, %s)", [space, dimensions])


async def _count(
    connection: Connection, passages: int, length: int, grams: Sequence[str], *, sign: int
) -> None:
    """Count passages of `length` grams in all, and the passages that hold each gram."""
    if not passages:
        return
    await connection.execute("select pg_advisory_xact_lock(%s)", [COUNTING])
    await connection.execute(
        "update corpus_size set passages = passages + %s, grams = grams + %s",
        [sign * passages, sign * length],
    )
    counts = Counter(grams)
    names = sorted(counts)
    await connection.execute(
        "insert into gram_counts (gram, passages) select * from unnest(%s::text[], %s::integer[])"
        " on conflict (gram) do update set passages = gram_counts.passages + excluded.passages",
        [names, [sign * counts[name] for name in names]],
    )
    if sign < 0:
        await connection.execute(
            "delete from gram_counts where gram = any(%s) and passages <= 0", [names]
        )


@dataclass(frozen=True)
class ShownPassage:
    """A live passage as it is shown to people."""

    passage_id: int
    heading: str | None
    page_from: int | None
    page_to: int | None
    text: str


async def read_live_passages(
    connection: Connection, publication_id: str, *, limit: int = 2000, offset: int = 0
) -> list[ShownPassage]:
    """Return a publication's searchable passages in their order."""
    async with connection.cursor(row_factory=class_row(ShownPassage)) as cursor:
        await cursor.execute(
            "select passage_id, heading, page_from, page_to, text from passages"
            " where publication_id = %s and retired_at is null order by position"
            " limit %s offset %s",
            [publication_id, limit, offset],
        )
        return await cursor.fetchall()
