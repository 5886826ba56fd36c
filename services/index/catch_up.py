"""Embed what an engine's vector space lacks: it was taken in with another engine."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from services.index.add import Indexing
from services.index.embed import BATCH, embed_sentences
from services.kit.db import Connection, transaction
from services.kit.embed.embedder import Vectors
from services.store import passages
from services.store.claims import alone_at

LOOK_AGAIN = 1.0
"""Seconds after which a process looks again whether another is at it."""


class Find(Protocol):
    """Finds live passages that lack something in a vector space: id and words."""

    async def __call__(
        self, connection: Connection, space: str, *, limit: int
    ) -> list[tuple[int, str]]: ...


@dataclass(frozen=True)
class Lack:
    """What passages may lack, and how each gets it."""

    find: Find
    embed: Callable[[Sequence[str]], Awaitable[Iterable[Vectors]]]
    save: Callable[[Connection, int, str, Vectors], Awaitable[None]]


async def embed_missing(indexing: Indexing) -> int:
    """Embed live passages, and sentences of them, that the engine's vector space lacks.

    Several processes may do so at once: nothing is embedded twice, and each returns when nothing
    lacks any more. Return how many passages this one found without a vector.
    """
    embed = indexing.embedder.embed_passages
    whole = Lack(passages.passages_without_vector, embed, passages.save_passage_vector)
    sentences = Lack(
        passages.passages_without_sentences,
        partial(embed_sentences, indexing.embedder),
        passages.save_sentence_vectors,
    )
    done = await _by_turns(indexing, whole)
    await _by_turns(indexing, sentences)
    return done


async def _by_turns(indexing: Indexing, lack: Lack) -> int:
    """Embed batch after batch until one is empty; a lock for each, as it lives no longer than one.

    Return how many were embedded here.
    """
    done = 0
    while True:
        async with alone_at(indexing.pool, "embed missing") as alone:
            some = await _embed_some(indexing, lack) if alone else None
        if some is None:
            await asyncio.sleep(LOOK_AGAIN)
        elif some:
            done += some
        else:
            return done


async def _embed_some(indexing: Indexing, lack: Lack) -> int:
    space = indexing.embedder.space
    async with indexing.pool.connection() as connection:
        missing = await lack.find(connection, space, limit=BATCH)
    if not missing:
        return 0
    made = await lack.embed([text for _, text in missing])
    async with transaction(indexing.pool) as connection:
        for (passage_id, _), vectors in zip(missing, made, strict=True):
            await lack.save(connection, passage_id, space, vectors)
    return len(missing)
