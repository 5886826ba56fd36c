"""Searching a real database: who is found, who never again, and what the counts say."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from services.answer.retrieve import retrieve
from services.kit.db import Pool, transaction
from services.kit.embed.embedder import Vectors
from services.kit.grams import character_grams
from services.store import passages, search
from services.store.passages import PassageRow, sentences_of
from services.store.ranking import gather
from tests.answer.library import FUNDING, BagOfWords, Library

SPACE = BagOfWords.space
ASKED = "Wie viele Haushalte müssen den Antrag stellen?"


async def embed(text: str) -> Vectors:
    vectors: Vectors = await BagOfWords().embed_queries([text])
    return np.asarray(vectors[0])


async def add(
    pool: Pool, texts: Sequence[str], publication: str, *, sentences: bool = False
) -> None:
    """Store passages as index does, in one transaction, under a publication that is there."""
    embedder = BagOfWords()
    vectors = await embedder.embed_passages(texts)
    rows = [
        PassageRow(
            position=position, heading=None, page_from=None, page_to=None, text=text, digest=text,
            grams=character_grams(text), vector=vector,
            sentences=await embedder.embed_passages(sentences_of(text)) if sentences else None,
        )
        for position, (text, vector) in enumerate(zip(texts, vectors, strict=True))
    ]  # fmt: skip
    async with transaction(pool) as connection:
        await connection.execute(
            "insert into publications (publication_id, name, title, language, digest, edition,"
            " indexed_at) values (%s, %s, '', 'de', '', 1, now()) on conflict do nothing",
            [publication, publication],
        )
        await passages.add_passages(connection, publication, 1, SPACE, rows)


async def live(pool: Pool, publication: str) -> dict[str, int]:
    """Return passage ids by text."""
    async with pool.connection() as connection:
        shown = await passages.read_live_passages(connection, publication)
    return {one.text: one.passage_id for one in shown}


async def retire(pool: Pool, passage_ids: Sequence[int]) -> None:
    async with transaction(pool) as connection:
        await passages.retire_passages(connection, passage_ids, datetime.now(UTC))


async def test_a_question_finds_its_passage_first(library: Library) -> None:
    found = await retrieve(library.pool, ASKED, await embed(ASKED), SPACE)
    assert found.ranked[0].passage.text == FUNDING
    assert (
        found.answerable
        > (
            await retrieve(library.pool, "Fliegt der Mond?", await embed("Fliegt der Mond?"), SPACE)
        ).answerable
    )


async def test_withdrawn_passages_are_found_by_neither_view_and_starve_nobody(
    library: Library,
) -> None:
    """INVARIANT: what was withdrawn is never found, and leaves its place to what is live."""
    pool = library.pool
    await add(pool, [f"{ASKED} Nummer {number}" for number in range(300)], "old")
    await retire(pool, list((await live(pool, "old")).values()))
    gathered = await gather(pool, ASKED, await embed(ASKED), SPACE)
    assert {one.publication_id for one in gathered.found}.isdisjoint({"old"})
    assert len(gathered.near) == 4
    assert gathered.shared


async def test_the_index_comes_past_what_was_withdrawn_to_what_is_live(pool: Pool) -> None:
    """INVARIANT: 19 of 20 passages withdrawn, and not yet swept up, hide no live one."""
    vectors = np.random.default_rng(1).normal(size=(2000, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    asked = vectors[0]
    nearest = np.argsort(-(vectors @ asked)).tolist()
    gone, stay = nearest[:1900], nearest[1900:]
    async with transaction(pool) as connection:
        await passages.ensure_vector_index(connection, "plane", 8)
        await connection.execute(
            "insert into publications (publication_id, name, title, language, digest, edition,"
            " indexed_at) values ('p', 'p', '', 'de', '', 1, now())"
        )
        await connection.execute(
            "insert into passages (passage_id, publication_id, edition, position, text, digest,"
            " grams, gram_count) overriding system value"
            " select n, 'p', 1, n, '', n, '', 0 from generate_series(0, 1999) n"
        )
        for passage_id, vector in enumerate(vectors):
            await passages.save_passage_vector(connection, passage_id, "plane", vector)
    async with transaction(pool) as connection:
        await connection.execute("delete from passage_vectors where passage_id = any(%s)", [gone])
        await connection.execute("update corpus_size set passages = %s", [search.FEW + 1])
    async with transaction(pool) as connection:
        await connection.execute("set local enable_seqscan = off")
        found = await search.nearest_passages(connection, "plane", asked, limit=50)
    assert len(set(found) & set(stay[:50])) >= 49
    nearness = vectors[found] @ asked
    assert all(np.diff(nearness) < 1e-3)


async def test_among_few_the_index_that_misses_some_is_not_asked(library: Library) -> None:
    vector = await embed(ASKED)
    for passages_in_all, asked in ((search.FEW, False), (search.FEW + 1, True)):
        async with transaction(library.pool) as connection:
            await connection.execute("update corpus_size set passages = %s", [passages_in_all])
            await connection.execute("set local enable_seqscan = off")
            assert await search.nearest_passages(connection, SPACE, vector, limit=3)
            scans = await connection.execute(
                "select pg_stat_get_xact_numscans(indexrelid) from pg_index join pg_class c"
                " on c.oid = indexrelid where c.relname = %s",
                [f"passage_vectors_{SPACE}"],
            )
            row = await scans.fetchone()
            assert row is not None
            assert bool(row[0]) is asked


async def test_passages_left_out_leave_their_place_to_the_next(library: Library) -> None:
    vector = await embed(ASKED)
    first = await gather(library.pool, ASKED, vector, SPACE)
    left_out = [first.near[0], first.shared[0]]
    rest = await gather(library.pool, ASKED, vector, SPACE, without=left_out)
    assert not {*rest.near, *rest.shared} & set(left_out)
    assert len(rest.near) == len(first.near) - len(set(left_out))


async def test_the_nearest_sentence_is_found_by_the_question_alone(pool: Pool) -> None:
    answer = "Gepflanzt werden darf nur zwischen Oktober und April."
    text = f"Der Beirat tagt im Mai und im September. {answer} Das Sommerfest ist im Garten."
    async with transaction(pool) as connection:
        await passages.ensure_vector_index(connection, SPACE, BagOfWords.dimensions)
    await add(pool, [text], "p", sentences=True)
    vector, alone = await embed(f"Unser Beirat\n{answer}"), await embed(answer)
    (found,) = (await retrieve(pool, answer, vector, SPACE, alone=alone)).ranked
    assert found.passage.nearest > 0.99 > found.passage.cosine
    (other,) = (await retrieve(pool, answer, vector, SPACE)).ranked
    assert other.passage.nearest < 0.99
    await retire(pool, [found.passage.passage_id])
    async with pool.connection() as connection:
        left = await (await connection.execute("select count(*) from sentence_vectors")).fetchone()
    assert left == (0,)


async def test_sentences_that_were_never_embedded_are_told(pool: Pool) -> None:
    await add(pool, ["Ein Satz, der lang genug ist."], "before")
    await add(pool, ["Ein anderer Satz, der lang genug ist."], "after", sentences=True)
    async with pool.connection() as connection:
        lacking = await passages.passages_without_sentences(connection, SPACE, limit=9)
        (one,) = lacking
        assert one[1] == "Ein Satz, der lang genug ist."
        vectors = np.stack([await embed(one[1])])
        await passages.save_sentence_vectors(connection, one[0], SPACE, vectors)
        assert not await passages.passages_without_sentences(connection, SPACE, limit=9)


async def test_the_size_of_the_corpus_follows_the_live_passages(pool: Pool) -> None:
    """INVARIANT: N and the mean length equal a recount, whoever adds and retires at once."""
    texts = [["Der Hof wird grün.", "Die Linde steht."], ["Der Hof bleibt."], ["Der Hof ist grau."]]
    await asyncio.gather(*(add(pool, some, f"p{number}") for number, some in enumerate(texts * 4)))
    gone = [min((await live(pool, f"p{number}")).values()) for number in range(5)]
    await asyncio.gather(*(retire(pool, [one]) for one in gone))
    await retire(pool, gone)
    async with pool.connection() as connection:
        counted = await (
            await connection.execute(
                "select count(*), sum(gram_count)::float8 / count(*) from passages"
                " where retired_at is null"
            )
        ).fetchone()
        corpus = await search.read_corpus(connection, character_grams("Hof Linde"))
        rows = await connection.execute(
            "select g, count(*) from passages, unnest(tsvector_to_array(grams)) g"
            " where retired_at is null and g in ('_hof_', '_lind', 'linde') group by g"
        )
        held = {gram: number async for gram, number in rows}
    assert counted == (corpus.passages, corpus.mean_grams)
    assert {gram: corpus.holding.get(gram) for gram in held} == held


async def test_common_grams_are_not_looked_up_beyond_what_a_search_may_cost(pool: Pool) -> None:
    await add(pool, ["Der Hof wird grün.", "Der Hof bleibt, die Linde auch."], "p")
    holding = {"_der_": search.LOOKED_UP, "linde": 1}
    async with pool.connection() as connection:
        corpus = search.Corpus(30_000, 20.0, holding)
        weights = {"_der_": 0.1, "linde": 9.0}
        found = await search.lexical_passages(connection, corpus, weights, limit=9)
    assert len(found) == 1


async def test_an_empty_library_and_a_question_without_words_find_nothing(pool: Pool) -> None:
    async with transaction(pool) as connection:
        await passages.ensure_vector_index(connection, SPACE, BagOfWords.dimensions)
    for question in (ASKED, "?!"):
        found = await retrieve(pool, question, await embed(question), SPACE)
        assert list(found.ranked) == []
        assert found.answerable < 0.01
