"""From passages as they were cut to rows that can be found."""

from collections.abc import Sequence
from itertools import accumulate

import numpy as np

from services.index.chunk import Chunk
from services.kit.embed.embedder import Embeds, Vectors
from services.kit.grams import character_grams
from services.store.passages import PassageRow, searchable, sentences_of

BATCH = 32
"""Passages embedded at once."""


async def embed_chunks(embedder: Embeds, title: str, chunks: Sequence[Chunk]) -> list[PassageRow]:
    """Return a row a passage: its grams, its vector and those of its sentences."""
    rows: list[PassageRow] = []
    for start in range(0, len(chunks), BATCH):
        part = chunks[start : start + BATCH]
        texts = [searchable(title, one.heading, one.text) for one in part]
        vectors = await embedder.embed_passages(texts)
        sentences = await embed_sentences(embedder, [one.text for one in part])
        rows += [
            PassageRow(
                position=one.position,
                heading=one.heading,
                page_from=one.page_from,
                page_to=one.page_to,
                text=one.text,
                digest=one.digest,
                grams=character_grams(text),
                vector=vector,
                sentences=own,
            )
            for one, text, vector, own in zip(part, texts, vectors, sentences, strict=True)
        ]
    return rows


async def embed_sentences(embedder: Embeds, texts: Sequence[str]) -> list[Vectors]:
    """Return for each passage the vectors of its sentences, one a row."""
    sentences = [sentences_of(text) for text in texts]
    vectors = await embedder.embed_passages([sentence for one in sentences for sentence in one])
    ends = list(accumulate(len(one) for one in sentences))
    return np.split(vectors, ends[:-1])
