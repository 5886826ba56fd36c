"""What every embedding engine offers."""

from collections.abc import Callable, Sequence
from typing import Final, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

QUERY_PREFIX: Final = "query: "
PASSAGE_PREFIX: Final = "passage: "

Vectors = NDArray[np.float32]
Step = Literal["reading", "tokenizer", "model", "checking", "ready"]
Progress = Callable[[Step, float], None]
"""Told which step of a conversion begins and the share already done, 0.0 to 1.0."""


class Embeds(Protocol):
    """Turns texts into unit vectors; any text is accepted, however hostile."""

    @property
    def name(self) -> str:
        """Engine as shown to operators, e.g. `onnx-int8`."""
        ...

    @property
    def space(self) -> str:
        """Vector space; only vectors of the same space may be compared."""
        ...

    @property
    def dimensions(self) -> int:
        """Length of each vector."""
        ...

    async def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Return L2-normalised vectors (texts, dimensions) of short texts that ask or claim."""
        ...

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return L2-normalised vectors (texts, dimensions) of texts that are to be found."""
        ...


class Embedder(Embeds, Protocol):
    """An engine that is open and must be closed."""

    async def close(self) -> None:
        """Release threads, memory and connections; calls already under way are finished first."""
        ...
