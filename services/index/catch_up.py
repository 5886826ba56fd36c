"""Embed what an engine's vector space lacks: it was taken in with another engine."""

import asyncio
from collections.abc import Awaitable, Callable

from services.index.add import Indexing
from services.index.embed import BATCH, embed_sentences
from services.kit.db import transaction
from services.store import passages
from services.store.claims import alone_at

LOOK_AGAIN = 1.0
"""Seconds after which a process looks again whether another is at it."""


async def embed_missing(indexing: Indexing) -> int:
    """Embed live passages, and sentences of them, that the engine's vector space lacks.

    Several processes may do so at once: nothing is embedded twice, and each returns when nothing
    lacks any more. Return how many passages this one found without a vector.
    """
    done = await _by_turns(indexing, _embed_passages)
    await _by_turns(indexing, _embed_sentences)
    return done


async def _by_turns(indexing: Indexing, embed_some: Callable[[Indexing], Awaitable[int]]) -> int:
    """Embed batch after batch until one is empty; a lock for each, as it lives no longer than one.

    Return how many were embedded here.
    """
    done = 0
    while True:
        async with alone_at(indexing.pool, "embed missing") as alone:
            some = await embed_some(indexing) if alone else None
        if some is None:
            await asyncio.sleep(LOOK_AGAIN)
        elif some:
            done += some
        else:
            return done


async def _embed_passages(indexing: Indexing) -> int:
    space = indexing.embedder.space
    async with indexing.pool.connection() as connection:
        missing = await passages.passages_without_vector(connection, space, limit=BATCH)
    if not missing:
        return 0
    vectors = await indexing.embedder.embed_passages([text for _, text in missing])
    async with transaction(indexing.pool) as connection:
        for (passage_id, _), vector in zip(missing, vectors, strict=True):
            await passages.save_passage_vector(connection, passage_id, space, vector)
    return len(missing)


async def _embed_sentences(indexing: Indexing) -> int:
    space = indexing.embedder.space
    async with indexing.pool.connection() as connection:
        missing = await passages.passages_without_sentences(connection, space, limit=BATCH)
    if not missing:
        return 0
    sentences = await embed_sentences(indexing.embedder, [text for _, text in missing])
    async with transaction(indexing.pool) as connection:
        for (passage_id, _), own in zip(missing, sentences, strict=True):
            await passages.save_sentence_vectors(connection, passage_id, space, own)
    return len(missing)
