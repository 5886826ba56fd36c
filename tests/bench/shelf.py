"""Many passages in short time: sentences of the sample publications in new company.

A made-up passage has two to five real sentences with their grams and their vectors; its own vector
is made from theirs (`made_vectors`).
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pgvector import HalfVector

from services.demo import sample
from services.index.add import Indexing, add, submit
from services.kit.db import Connection, transaction
from services.kit.grams import character_grams
from services.store.passages import (
    PassageRow,
    add_passages,
    ensure_vector_index,
    retire_passages,
    sentences_of,
)
from tests.bench.ground import Ground
from tests.bench.made_vectors import MadeVectors

SEED = 1
PART = 10_000
"""Passages written at once."""
EACH = 500
"""Passages of one publication."""
LATER = 1_000_000
"""Numbers of publications that come in one by one begin here."""
MOST = 5
"""Sentences of one passage."""
PUBLICATIONS = """
insert into publications (publication_id, name, title, language, published_on, digest, edition,
    indexed_at)
select lpad(to_hex(n), 16, '0'), 'bench-' || n, 'Band ' || n, 'de', '2026-01-01', n::text, 1, now()
from generate_series(%s::integer, %s::integer) n on conflict do nothing
"""
SENTENCES = """
create temporary table kept_sentences (
    number integer primary key, text text, grams tsvector, gram_count integer, embedding halfvec
) on commit drop
"""
DRAWN = """
create temporary table drawn (passage_id bigint, sentences integer[]) on commit drop
"""
PASSAGES = """
insert into passages (passage_id, publication_id, edition, position, text, digest, grams,
    gram_count) overriding system value
select drawn.passage_id, lpad(to_hex(drawn.passage_id / {each}), 16, '0'), 1, drawn.passage_id,
    concat_ws(' ', a.text, b.text, c.text, d.text, e.text), drawn.passage_id::text,
    a.grams || b.grams || coalesce(c.grams, '') || coalesce(d.grams, '') || coalesce(e.grams, ''),
    a.gram_count + b.gram_count + coalesce(c.gram_count, 0) + coalesce(d.gram_count, 0)
        + coalesce(e.gram_count, 0)
from drawn
join kept_sentences a on a.number = sentences[1]
join kept_sentences b on b.number = sentences[2]
left join kept_sentences c on c.number = sentences[3]
left join kept_sentences d on d.number = sentences[4]
left join kept_sentences e on e.number = sentences[5]
order by drawn.passage_id
"""
SENTENCE_VECTORS = """
insert into sentence_vectors (passage_id, space, number, embedding)
select passage_id, %s, place - 1, embedding
from drawn cross join unnest(sentences) with ordinality as one (number, place)
join kept_sentences using (number)
"""
COUNTS = """
insert into gram_counts (gram, passages)
select word, ndoc from ts_stat('select grams from passages where passage_id >= {first}')
on conflict (gram) do update set passages = gram_counts.passages + excluded.passages
"""
NEXT_ID = """
select setval(pg_get_serial_sequence('passages', 'passage_id'), max(passage_id)) from passages
"""
SIZES = """
update corpus_size set passages = passages + found.number, grams = grams + found.held
from (select count(*) as number, sum(gram_count) as held from passages where passage_id >= %s) found
"""


class Sentence(NamedTuple):
    """A real sentence with what it is found by."""

    text: str
    grams: Sequence[str]
    vector: NDArray[np.float32]


@dataclass(frozen=True)
class Filled:
    """How long it took to fill the shelf up, in seconds."""

    writing: float
    words: float
    """Building the index of grams."""
    vectors: float
    """Building the index of vectors."""


class Shelf:
    """A shelf that grows; what is on it stays."""

    def __init__(self, on: Ground) -> None:
        self._on = on
        self._chance = np.random.default_rng(SEED)
        self._sentences: list[Sentence] = []
        self._held = 0
        self._published = 0

    async def begin(self) -> None:
        """Put the sample publications on it, read, cut and embedded as always."""
        on = self._on
        async with transaction(on.pool) as connection:
            await ensure_vector_index(connection, on.embedder.space, on.embedder.dimensions)
        indexing = Indexing(on.pool, on.embedder)
        for name, body in sample.publications():
            submission = await submit(on.pool, name=name, body=body, media_type=None, url=None)
            await add(indexing, submission)
        async with on.pool.connection() as connection:
            rows = await connection.execute(
                "select p.text, array_agg(s.embedding order by s.number) from passages p"
                " join sentence_vectors s using (passage_id) group by p.passage_id"
                " order by p.passage_id"
            )
            found = await rows.fetchall()
        texts = [one for text, _ in found for one in sentences_of(text)]
        vectors = [_floats(one) for _, own in found for one in own]
        self._sentences = [
            Sentence(text, character_grams(text), vector)
            for text, vector in zip(texts, vectors, strict=True)
        ]
        self._made = MadeVectors(np.stack(vectors))
        self._held = len(found)

    async def grow(self, passages: int) -> Filled:
        """Fill it up to so many passages, both indexes built anew: row by row they are slow."""
        filled = Filled(0.0, 0.0, 0.0)
        if passages > self._held:
            async with transaction(self._on.pool) as connection:
                await connection.execute("set local maintenance_work_mem = '1GB'")
                filled = await self._fill(connection, passages - self._held)
            self._held = passages
        await self.tidy()
        return filled

    async def tidy(self) -> float:
        """Vacuum and analyze, as the database does by itself in time; return the seconds."""
        started = time.perf_counter()
        async with self._on.pool.connection() as connection:
            await connection.set_autocommit(True)
            await connection.execute("vacuum analyze")
            await connection.set_autocommit(False)
        return time.perf_counter() - started

    async def publish(self, passages: int) -> None:
        """Store one more publication in one transaction, as index does."""
        drawn = list(self._drawn(passages))
        self._published += 1
        number = LATER + self._published
        vectors = self._made.of([number] * passages, drawn)
        texts = [" ".join(self._sentences[one].text for one in chosen) for chosen in drawn]
        rows = [
            PassageRow(
                position=n, heading=None, page_from=None, page_to=None, text=text,
                digest=f"{number}-{n}", grams=character_grams(text), vector=vectors[n],
                sentences=np.stack([self._sentences[one].vector for one in drawn[n]]),
            )
            for n, text in enumerate(texts)
        ]  # fmt: skip
        async with transaction(self._on.pool) as connection:
            name = f"bench-{number}"
            await connection.execute(
                "insert into publications (publication_id, name, title, language, digest, edition,"
                " indexed_at) values (%s, %s, %s, 'de', '', 1, now())",
                [name, name, f"Nachtrag {self._published}"],
            )
            await add_passages(connection, name, 1, self._on.embedder.space, rows)

    async def withdraw(self, passages: int) -> int:
        """Withdraw whole publications, one a transaction, until so many passages are gone."""
        async with self._on.pool.connection() as connection:
            rows = await connection.execute(
                "select array_agg(passage_id) from passages where digest = passage_id::text"
                " and retired_at is null group by publication_id order by publication_id limit %s",
                [-(-passages // EACH)],
            )
            publications = [ids async for (ids,) in rows]
        for ids in publications:
            async with transaction(self._on.pool) as connection:
                await retire_passages(connection, ids, datetime.now(UTC))
        return sum(len(ids) for ids in publications)

    async def takes(self) -> str:
        """Return the size of what a search reads."""
        async with self._on.pool.connection() as connection:
            rows = await connection.execute(
                "select relname::text, pg_table_size(oid) / 1048576 from pg_class"
                " where relname in ('passages', 'sentence_vectors', 'passages_grams',"
                " 'passage_vectors') or relname like 'passage_vectors\\_%'"
                " and relname <> 'passage_vectors_pkey' order by relname"
            )
            return ", ".join([f"{name} {size} MiB" async for name, size in rows])

    async def _fill(self, connection: Connection, missing: int) -> Filled:
        indexes = await _without_indexes(connection)
        clock = time.perf_counter()
        row = await (await connection.execute("select max(passage_id) from passages")).fetchone()
        first = int(row[0] or 0) + 1 if row else 1
        await connection.execute(PUBLICATIONS, [first // EACH, (first + missing) // EACH])
        await self._keep_sentences(connection)
        for start in range(first, first + missing, PART):
            drawn = list(self._drawn(min(PART, first + missing - start)))
            await self._write_texts(connection, start, drawn)
            await self._write_vectors(connection, start, drawn)
        await connection.execute(COUNTS.format(first=first).encode())
        await connection.execute(SIZES, [first])
        await connection.execute(NEXT_ID)
        times = [time.perf_counter() - clock]
        for definition in indexes:
            clock = time.perf_counter()
            await connection.execute(definition.encode())
            times.append(time.perf_counter() - clock)
        return Filled(*times)

    async def _keep_sentences(self, connection: Connection) -> None:
        await connection.execute(SENTENCES)
        await connection.execute(DRAWN)
        await connection.cursor().executemany(
            "insert into kept_sentences values (%s, %s, array_to_tsvector(%s), %s, %s)",
            [
                [number, text, sorted(set(grams)), len(grams), HalfVector(vector)]
                for number, (text, grams, vector) in enumerate(self._sentences)
            ],
        )

    def _drawn(self, count: int) -> Iterator[list[int]]:
        """Yield the sentences of so many passages, by number."""
        for size in self._chance.integers(2, MOST + 1, count):
            yield self._chance.integers(0, len(self._sentences), size).tolist()

    async def _write_texts(
        self, connection: Connection, first: int, drawn: list[list[int]]
    ) -> None:
        await connection.execute("truncate drawn")
        async with connection.cursor().copy("copy drawn from stdin (format binary)") as copy:
            copy.set_types(["int8", "int4[]"])
            for n, sentences in enumerate(drawn):
                await copy.write_row([first + n, sentences])
        await connection.execute(PASSAGES.format(each=EACH).encode())
        await connection.execute(SENTENCE_VECTORS, [self._on.embedder.space])

    async def _write_vectors(
        self, connection: Connection, first: int, drawn: list[list[int]]
    ) -> None:
        space = self._on.embedder.space
        publications = [(first + n) // EACH for n in range(len(drawn))]
        async with connection.cursor().copy(
            "copy passage_vectors (passage_id, space, embedding) from stdin (format binary)"
        ) as copy:
            copy.set_types(["int8", "text", "halfvec"])
            for n, vector in enumerate(self._made.of(publications, drawn)):
                await copy.write_row([first + n, space, HalfVector(vector)])


async def _without_indexes(connection: Connection) -> list[str]:
    """Drop the index of grams and that of vectors; return how to make them, in this order."""
    found = await connection.execute(
        "select indexname, indexdef from pg_indexes where indexname = 'passages_grams'"
        " or (tablename = 'passage_vectors' and indexdef like '%hnsw%')"
        " order by indexname = 'passages_grams' desc"
    )
    indexes = await found.fetchall()
    for name, _ in indexes:
        await connection.execute(f'drop index "{name}"'.encode())
    return [definition for _, definition in indexes]


def _floats(stored: object) -> NDArray[np.float32]:
    values = stored.to_numpy() if isinstance(stored, HalfVector) else stored
    return np.asarray(values, np.float32)
