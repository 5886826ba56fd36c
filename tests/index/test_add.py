"""Publications come in whole or not at all, and a new edition changes only what changed."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from services.index.add import Added, Indexing, add, remove, submit
from services.index.catch_up import embed_missing
from services.index.overtaken import Overtaken
from services.kit.db import Pool
from services.kit.embed.embedder import Vectors
from services.kit.grams import character_grams
from services.store import passages, publications

FIRST = """---
title: Leitfaden Baumpatenschaft
date: 2026-02-01
---
# Gießen

Junge Bäume brauchen im Sommer hundert Liter Wasser in der Woche.

# Anmeldung

Wer eine Patenschaft möchte, meldet den Baum mit seiner Nummer an.
"""
SECOND = FIRST.replace("hundert Liter", "achtzig Liter").replace("2026-02-01", "2026-09-01")


class WordVectors:
    """An engine for tests: a text's grams, hashed into a vector."""

    name = "words"
    space = "words"
    dimensions = 64

    def __init__(self) -> None:
        self.embedded = 0

    async def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self._vector(text) for text in texts])

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        self.embedded += len(texts)
        return np.stack([self._vector(text) for text in texts])

    def _vector(self, text: str) -> Vectors:
        vector = np.full(self.dimensions, 1e-3, dtype=np.float32)
        for gram in character_grams(text):
            vector[sum(gram.encode()) % self.dimensions] += 1
        return vector / np.float32(np.linalg.norm(vector))


@pytest.fixture
def indexing(pool: Pool) -> Indexing:
    return Indexing(pool, WordVectors())


async def submitted(indexing: Indexing, text: str, name: str = "leitfaden.md") -> str:
    return await submit(indexing.pool, name=name, body=text.encode(), media_type=None, url=None)


async def handed_in(indexing: Indexing, text: str, name: str = "leitfaden.md") -> Added:
    added = await add(indexing, await submitted(indexing, text, name))
    assert added is not None
    return added


async def texts_of(pool: Pool, publication_id: str) -> list[str]:
    async with pool.connection() as connection:
        shown = await passages.read_live_passages(connection, publication_id)
    return [passage.text for passage in shown]


async def counted(pool: Pool) -> dict[str, int]:
    async with pool.connection() as connection:
        rows = await connection.execute("select gram, passages from gram_counts")
        return {gram: number async for gram, number in rows}


async def test_a_new_edition_replaces_what_changed_and_keeps_the_rest(indexing: Indexing) -> None:
    first = await handed_in(indexing, FIRST)
    assert first.outcome == "indexed"
    before = indexing.embedder
    assert isinstance(before, WordVectors)
    embedded = before.embedded
    second = await handed_in(indexing, SECOND)
    assert second.publication_id == first.publication_id
    assert 0 < before.embedded - embedded < embedded
    assert second.fresh < second.passages
    texts = " ".join(await texts_of(indexing.pool, first.publication_id or ""))
    assert "achtzig Liter" in texts
    assert "hundert Liter" not in texts
    async with indexing.pool.connection() as connection:
        found = await publications.find_publication(connection, "leitfaden.md")
    assert found is not None
    assert (found.edition, str(found.published_on)) == (2, "2026-09-01")


async def test_the_same_file_again_changes_nothing(indexing: Indexing) -> None:
    first = await handed_in(indexing, FIRST)
    grams = await counted(indexing.pool)
    again = await handed_in(indexing, FIRST)
    assert (again.outcome, again.fresh, again.passages) == ("unchanged", 0, first.passages)
    assert await counted(indexing.pool) == grams


async def test_gram_counts_follow_the_live_passages(indexing: Indexing) -> None:
    """INVARIANT: the counts that rank words equal what a recount finds."""
    await handed_in(indexing, FIRST)
    await handed_in(indexing, SECOND)
    kept = await handed_in(indexing, "# Zweites\n\nEin anderer Text über Schatten.", "zwei.md")
    async with indexing.pool.connection() as connection:
        rows = await connection.execute(
            "select g, count(*) from passages, unnest(tsvector_to_array(grams)) g"
            " where retired_at is null group by g"
        )
        recounted = {gram: number async for gram, number in rows}
    assert await counted(indexing.pool) == recounted
    async with indexing.pool.connection() as connection:
        found = await publications.find_publication(connection, kept.publication_id or "")
    assert found is not None
    await remove(indexing.pool, found)
    assert set(await counted(indexing.pool)) < set(recounted)


async def test_a_removed_publication_is_found_by_nobody(indexing: Indexing) -> None:
    added = await handed_in(indexing, FIRST)
    async with indexing.pool.connection() as connection:
        found = await publications.find_publication(connection, "leitfaden.md")
    assert found is not None
    assert await remove(indexing.pool, found) == added.passages
    async with indexing.pool.connection() as connection:
        assert await publications.find_publication(connection, "leitfaden.md") is None
        row = await (await connection.execute("select count(*) from passage_vectors")).fetchone()
    assert row == (0,)
    back = await handed_in(indexing, FIRST)
    assert (back.outcome, back.fresh) == ("indexed", added.passages)


@pytest.mark.parametrize(("name", "body"), [("leer.md", b""), ("kaputt.pdf", b"%PDF-1.7 nothing")])
async def test_an_unreadable_file_leaves_nothing_half_indexed(
    indexing: Indexing, name: str, body: bytes
) -> None:
    """INVARIANT: a refused file leaves its reason and nothing else."""
    submission = await submit(indexing.pool, name=name, body=body, media_type=None, url=None)
    added = await add(indexing, submission)
    assert added is not None
    assert added.outcome == "refused"
    assert added.refusal
    again = await add(indexing, submission)
    assert again == added
    async with indexing.pool.connection() as connection:
        for table in ("publications", "passages", "passage_vectors", "gram_counts"):
            row = await (await connection.execute(f"select count(*) from {table}")).fetchone()
            assert row == (0,), table
        body_left = await (await connection.execute("select body from submissions")).fetchone()
    assert body_left == (None,)


async def test_two_workers_make_one_edition(indexing: Indexing) -> None:
    """INVARIANT: a submission delivered twice at once is taken in once."""
    submission = await submitted(indexing, FIRST)
    both = await asyncio.gather(add(indexing, submission), add(indexing, submission))
    assert [one.outcome for one in both if one] == ["indexed", "indexed"]
    assert {one.publication_id for one in both if one} == {both[0].publication_id if both[0] else 0}
    async with indexing.pool.connection() as connection:
        found = await publications.find_publication(connection, "leitfaden.md")
        row = await (
            await connection.execute("select count(*), count(distinct digest) from passages")
        ).fetchone()
    assert found is not None
    assert found.edition == 1
    assert row is not None
    assert row[0] == row[1] == found.passages


class Interrupted(WordVectors):
    """An engine during whose first work something else happens, as in another instance."""

    def __init__(self, meanwhile: Callable[[], Awaitable[object]]) -> None:
        super().__init__()
        self._meanwhile: Callable[[], Awaitable[object]] | None = meanwhile

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        meanwhile, self._meanwhile = self._meanwhile, None
        if meanwhile is not None:
            await meanwhile()
        return await super().embed_passages(texts)


async def test_no_passage_is_lost_between_two_editions_at_once(indexing: Indexing) -> None:
    """INVARIANT: an edition is whole, though another instance changes what it builds on."""
    first = await handed_in(indexing, FIRST)
    shorter = await submitted(indexing, FIRST.partition("# Anmeldung")[0])
    longer = await submitted(indexing, f"{FIRST}\n# Pflege\n\nMulch hält den Boden feucht.\n")
    interrupted = Interrupted(lambda: add(indexing, shorter))
    added = await add(replace(indexing, embedder=interrupted), longer)
    assert added is not None
    assert (added.outcome, added.passages) == ("indexed", first.passages + 1)
    texts = await texts_of(indexing.pool, first.publication_id or "")
    assert len(texts) == added.passages
    assert any("meldet den Baum" in text for text in texts)


async def test_what_was_handed_in_last_is_what_stands(indexing: Indexing) -> None:
    """INVARIANT: an older version that takes longer to read never replaces a newer one."""
    older, newer = await submitted(indexing, FIRST), await submitted(indexing, SECOND)
    interrupted = Interrupted(lambda: add(indexing, newer))
    added = await add(replace(indexing, embedder=interrupted), older)
    assert added is not None
    assert (added.outcome, added.refusal) == ("refused", Overtaken.english)
    async with indexing.pool.connection() as connection:
        found = await publications.find_publication(connection, "leitfaden.md")
    assert found is not None
    texts = await texts_of(indexing.pool, found.publication_id)
    assert any("achtzig Liter" in text for text in texts)
    assert not any("hundert Liter" in text for text in texts)


async def test_a_changed_engine_embeds_what_it_lacks_once(indexing: Indexing) -> None:
    """INVARIANT: however many instances start at once, each passage is embedded by one of them."""
    added = await handed_in(indexing, FIRST)
    engines = WordVectors(), WordVectors()
    for engine in engines:
        engine.space = "other"
    others = [replace(indexing, embedder=engine) for engine in engines]
    assert sum(await asyncio.gather(*map(embed_missing, others))) == added.passages
    async with indexing.pool.connection() as connection:
        assert not await passages.passages_without_sentences(connection, "other", limit=1)
    assert await embed_missing(others[0]) == 0
