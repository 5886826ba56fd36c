"""A small library of publications in a real database, found by an embedding made of words."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np

from services.kit.db import Pool, transaction
from services.kit.embed.embedder import Vectors
from services.kit.embed.errors import EmbeddingError
from services.kit.grams import character_grams
from services.store import passages, publications
from services.store.passages import PassageRow, searchable
from services.store.publications import Publication

FUNDING = (
    "Die Stiftung übernimmt höchstens 65 Prozent der anerkannten Kosten, höchstens 18.000 Euro je"
    " Hof. Drei Haushalte müssen den Antrag gemeinsam stellen."
)
TREES = (
    "Abgestorbene Bäume ersetzt die Stiftung einmal innerhalb von zwei Jahren. Gepflanzt werden"
    " darf nur zwischen Oktober und April."
)
VOLUNTEERS = (
    "Volunteers get a flat allowance of 25 euros for every month with at least one alert day."
    " Training takes three hours and is free of charge."
)


class BagOfWords:
    """Deterministic unit vectors of hashed character grams, as close together as e5's are."""

    name = "bag-of-words"
    space = "words384"
    dimensions = 384

    def __init__(self) -> None:
        self.failures: list[EmbeddingError] = []
        """Raised first, one a call."""
        self.on_call: Callable[[], Awaitable[None]] | None = None
        """What happens elsewhere while texts are embedded."""

    async def embed_queries(self, texts: Sequence[str]) -> Vectors:
        if self.failures:
            raise self.failures.pop(0)
        if self.on_call is not None:
            await self.on_call()
            self.on_call = None
        return np.stack([self._embed(text) for text in texts])

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return await self.embed_queries(texts)

    def _embed(self, text: str) -> Vectors:
        bag = np.zeros(self.dimensions, np.float32)
        for gram in character_grams(text):
            digest = hashlib.sha256(gram.encode()).digest()
            bag[int.from_bytes(digest[:4]) % (self.dimensions - 1)] += 1
        bag /= max(1.0, float(np.linalg.norm(bag)))
        bag[-1] = 2.0
        return np.asarray(bag / np.linalg.norm(bag), np.float32)


@dataclass(frozen=True)
class Library:
    """Publications, each with passages, stored as index stores them."""

    pool: Pool
    embedder: BagOfWords

    async def add(self, title: str, *texts: str, url: str | None = None) -> str:
        """Store a publication with these passages, return its id."""
        now = datetime.now(UTC)
        publication_id = hashlib.sha256(title.encode()).hexdigest()[:16]
        publication = Publication(
            publication_id=publication_id, name=title, title=title, language="de",
            published_on=date(2026, 11, 9), author=None, url=url, media_type=None, digest=title,
            edition=1, warnings=[], indexed_at=now, removed_at=None, passages=0,
        )  # fmt: skip
        vectors = await self.embedder.embed_passages(texts)
        rows = [
            PassageRow(
                position=number, heading=None, page_from=number + 1, page_to=None, text=text,
                digest=text, grams=character_grams(searchable(title, None, text)), vector=vector,
            )
            for number, (text, vector) in enumerate(zip(texts, vectors, strict=True))
        ]  # fmt: skip
        async with transaction(self.pool) as connection:
            await passages.ensure_vector_index(
                connection, self.embedder.space, self.embedder.dimensions
            )
            await publications.save_publication(connection, publication)
            await passages.add_passages(connection, publication_id, 1, self.embedder.space, rows)
        return publication_id

    async def fill(self) -> None:
        """Store what the tests ask about, and what they do not."""
        await self.add("Förderrichtlinien Hofwende 2027", FUNDING, TREES)
        await self.add("Heat Neighbours", VOLUNTEERS)
        await self.add(
            "Satzung", "Der Vorstand besteht aus fünf Personen und tagt zweimal im Jahr."
        )
