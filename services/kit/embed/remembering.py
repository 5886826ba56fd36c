"""Remembers the vectors of passages' sentences: many people ask for the same ones."""

from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from services.kit.embed.embedder import Embeds, Vectors

MOST = 8192
"""Vectors that are kept, the latest used: 12 MiB at 384 dimensions."""


class Remembering:
    """An embedder that asks another one only for passages that it does not remember.

    Questions are never remembered: they are strangers' words, which have to be gone when erased.
    """

    def __init__(self, embedder: Embeds, *, most: int = MOST) -> None:
        self._embedder = embedder
        self._most = most
        self._known: OrderedDict[tuple[str, str], NDArray[np.float32]] = OrderedDict()

    @property
    def name(self) -> str:
        return self._embedder.name

    @property
    def space(self) -> str:
        return self._embedder.space

    @property
    def dimensions(self) -> int:
        return self._embedder.dimensions

    async def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return await self._embedder.embed_queries(texts)

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return await self._embedder.embed_passages(texts)
        space = self.space
        found = {text: self._known[space, text] for text in texts if (space, text) in self._known}
        new = [text for text in dict.fromkeys(texts) if text not in found]
        if new:
            vectors = await self._embedder.embed_passages(new)
            # copies: a row of the whole answer would keep all of it alive
            found |= {text: row.copy() for text, row in zip(new, vectors, strict=True)}
        for text, row in found.items():
            self._known[space, text] = row
            self._known.move_to_end((space, text))
        while len(self._known) > self._most:
            self._known.popitem(last=False)
        return np.stack([found[text] for text in texts])
