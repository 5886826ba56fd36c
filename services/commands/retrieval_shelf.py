"""Puts what retrieval is measured on into a database, as index would."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

from services.commands.retrieval_data import Asked, BadData, Text, holding
from services.commands.shell import Say
from services.index.chunk import chunk
from services.index.embed import embed_chunks
from services.index.read.document import Block, Document, Kind
from services.index.read.read import read_document
from services.index.read.unreadable import Unreadable
from services.kit.db import Pool, transaction
from services.kit.embed.embedder import Embeds
from services.kit.language import detect_language
from services.kit.pseudonym import long_key, short_key
from services.store import passages, publications
from services.store.publications import Publication

TELL_SECONDS = 5.0


@dataclass
class Shelf:
    """Which passages each text became."""

    texts: dict[str, Text]
    text_of: dict[int, str] = field(default_factory=dict)
    passages_of: dict[str, list[int]] = field(default_factory=dict)
    words_of: dict[int, str] = field(default_factory=dict)

    def whole(self, asked: Asked) -> bool:
        """True when texts are sought and not passages of them."""
        return all(self.texts[key].whole for key in asked.texts)

    def golds(self, asked: Asked) -> set[int]:
        """Return the passages that answer; none where a document's reader lost the place."""
        golds: set[int] = set()
        for key in asked.texts:
            own = self.passages_of[key]
            if self.texts[key].whole:
                golds |= set(own)
            elif asked.answer_start is not None:
                words = [self.words_of[one] for one in own]
                golds |= {own[i] for i in holding(self.texts[key].text, words, asked.answer_start)}
        return golds


async def index_texts(pool: Pool, embedder: Embeds, texts: dict[str, Text], say: Say) -> Shelf:
    """Index texts with the product's own reader, chunks and vectors; raises BadData."""
    async with transaction(pool) as connection:
        await passages.ensure_vector_index(connection, embedder.space, embedder.dimensions)
    shelf = Shelf(texts)
    told = time.monotonic()
    for number, text in enumerate(texts.values(), start=1):
        await _index_one(pool, embedder, text, shelf)
        if time.monotonic() - told > TELL_SECONDS or number == len(texts):
            told = time.monotonic()
            say(f"indexed {number} of {len(texts)} texts, {len(shelf.text_of)} passages")
    async with pool.connection() as connection:
        await connection.set_autocommit(True)
        await connection.execute("analyze")
        await connection.set_autocommit(False)
    return shelf


async def _index_one(pool: Pool, embedder: Embeds, text: Text, shelf: Shelf) -> None:
    document = _document(text)
    rows = await embed_chunks(embedder, document.title, chunk(document))
    key = short_key("eval", text.key)
    now = datetime.now(UTC)
    publication = Publication(
        publication_id=key, name=text.key, title=document.title,
        language=detect_language(text.text), published_on=None, author=None, url=None,
        media_type=None, digest=long_key(text.text), edition=1, warnings=[], indexed_at=now,
        removed_at=None, passages=0,
    )  # fmt: skip
    async with transaction(pool) as connection:
        await publications.save_publication(connection, publication)
        await passages.add_passages(connection, key, 1, embedder.space, rows)
        live = await passages.read_live_passages(connection, key, limit=len(rows) + 1)
    shelf.passages_of[text.key] = [one.passage_id for one in live]
    shelf.text_of |= {one.passage_id: text.key for one in live}
    shelf.words_of |= {one.passage_id: one.text for one in live}


def _document(text: Text) -> Document:
    """Read a document as production reads a text file; a paragraph has no title to be read."""
    if text.whole:
        return Document(title="", blocks=(Block(text.text, (), Kind.PARAGRAPH),))
    try:
        return read_document(f"{text.key}.txt", text.text.encode(), "text/plain", None)
    except Unreadable as error:
        raise BadData(f"{text.key}: {error}") from error
