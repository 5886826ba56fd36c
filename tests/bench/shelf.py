"""Many passages in short time: sentences of the sample publications in new company.

A made-up passage has some real sentences, their words' grams, the mean of the vectors of the
passages that they stand in, with noise, and their own vectors, with noise.
"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pgvector import HalfVector

from services.demo import sample
from services.index.add import Indexing, add, submit
from services.kit.db import Connection, transaction
from services.kit.grams import character_grams
from services.store.passages import ensure_vector_index, sentences_of
from tests.bench.ground import Ground

SEED = 1
PART = 2000
"""Passages written at once."""
PUBLICATION = """
insert into publications (publication_id, name, title, language, published_on, digest, edition,
    indexed_at)
select lpad(to_hex(n), 16, '0'), 'bench-' || n, 'Band ' || n, 'de', '2026-01-01', n::text, 1, now()
from generate_series(%s::integer, %s::integer) n on conflict do nothing
"""
EACH = 500
"""Passages of one publication."""


@dataclass(frozen=True)
class Sentence:
    """A real sentence, where it stands, and its vectors."""

    text: str
    grams: Sequence[str]
    passage: NDArray[np.float32]
    own: NDArray[np.float32]


class Shelf:
    """A shelf that grows; what is on it stays."""

    def __init__(self, on: Ground) -> None:
        self._on = on
        self._chance = np.random.default_rng(SEED)
        self._sentences: list[Sentence] = []
        self._held = 0

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
                "select p.text, v.embedding, array_agg(s.embedding order by s.number)"
                " from passages p join passage_vectors v using (passage_id)"
                " join sentence_vectors s using (passage_id) group by p.passage_id, v.embedding"
            )
            found = await rows.fetchall()
        for text, vector, own in found:
            self._sentences += [
                Sentence(one, character_grams(one), _floats(vector), _floats(sentence))
                for one, sentence in zip(sentences_of(text), own, strict=True)
            ]
        self._held = len(found)

    async def grow(self, passages: int) -> float:
        """Fill it up to so many passages, with both indexes; return the seconds it took."""
        started = time.perf_counter()
        missing = passages - self._held
        if missing > 0:
            async with transaction(self._on.pool) as connection:
                await connection.execute("set local maintenance_work_mem = '1GB'")
                await self._without_indexes(connection, missing)
            self._held = passages
        async with self._on.pool.connection() as connection:
            await connection.set_autocommit(True)
            await connection.execute("vacuum analyze")
            await connection.set_autocommit(False)
        return time.perf_counter() - started

    async def _without_indexes(self, connection: Connection, missing: int) -> None:
        """Write passages and build the two search indexes anew: both are slow row by row."""
        found = await connection.execute(
            "select indexname, indexdef from pg_indexes where indexname = 'passages_grams'"
            " or (tablename = 'passage_vectors' and indexdef like '%hnsw%')"
        )
        indexes = await found.fetchall()
        for name, _ in indexes:
            await connection.execute(f'drop index "{name}"'.encode())
        counts: Counter[str] = Counter()
        total = 0
        for start in range(0, missing, PART):
            total += await self._write(connection, min(PART, missing - start), counts)
        await connection.execute(
            "update corpus_size set passages = passages + %s, grams = grams + %s", [missing, total]
        )
        await connection.execute(
            "insert into gram_counts (gram, passages) select * from unnest(%s::text[],"
            " %s::integer[]) on conflict (gram) do update"
            " set passages = gram_counts.passages + excluded.passages",
            [list(counts), list(counts.values())],
        )
        for _, definition in indexes:
            await connection.execute(definition.encode())

    async def _write(self, connection: Connection, count: int, counts: Counter[str]) -> int:
        """Write so many passages, add who holds which gram, return how many grams there are."""
        row = await (await connection.execute("select max(passage_id) from passages")).fetchone()
        first = int(row[0] or 0) + 1 if row else 1
        await connection.execute(PUBLICATION, [first // EACH, (first + count) // EACH])
        made = [list(self._drawn()) for _ in range(count)]
        grams = [sorted({gram for one in chosen for gram in one.grams}) for chosen in made]
        sizes = [sum(len(one.grams) for one in chosen) for chosen in made]
        for held in grams:
            counts.update(held)
        await connection.cursor().executemany(
            "insert into passages (passage_id, publication_id, edition, position, text, digest,"
            " grams, gram_count) overriding system value"
            " values (%s, lpad(to_hex(%s::integer), 16, '0'), 1, %s, %s, %s,"
            " array_to_tsvector(%s), %s)",
            [
                [
                    first + n, (first + n) // EACH, first + n,
                    " ".join(one.text for one in chosen), str(first + n), grams[n], sizes[n],
                ]
                for n, chosen in enumerate(made)
            ],
        )  # fmt: skip
        space = self._on.embedder.space
        async with connection.cursor().copy(
            "copy passage_vectors (passage_id, space, embedding) from stdin"
        ) as copy:
            for n, chosen in enumerate(made):
                vector = self._noisy(np.mean([one.passage for one in chosen], axis=0))
                await copy.write_row([first + n, space, vector.to_text()])
        async with connection.cursor().copy(
            "copy sentence_vectors (passage_id, space, number, embedding) from stdin"
        ) as copy:
            for n, chosen in enumerate(made):
                for number, one in enumerate(chosen):
                    vector = self._noisy(one.own)
                    await copy.write_row([first + n, space, number, vector.to_text()])
        return sum(sizes)

    def _drawn(self) -> Iterator[Sentence]:
        for number in self._chance.integers(0, len(self._sentences), self._chance.integers(2, 6)):
            yield self._sentences[number]

    def _noisy(self, vector: NDArray[np.float32]) -> HalfVector:
        noise = self._chance.standard_normal(len(vector)).astype(np.float32)
        moved = vector + 0.3 * np.linalg.norm(vector) * noise / np.linalg.norm(noise)
        return HalfVector(moved / np.linalg.norm(moved))


def _floats(stored: object) -> NDArray[np.float32]:
    values = stored.to_numpy() if isinstance(stored, HalfVector) else stored
    return np.asarray(values, np.float32)
