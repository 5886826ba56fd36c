"""How much a comment resembles typical comments of each kind."""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray

from schemas.comments import Kind
from services.kit.embed.embedder import Embeds

NEIGHBOURS = 3
"""So many of the nearest examples of a kind are averaged."""

Example = Kind | Literal["question_unmarked"]
Prototypes = Mapping[Example, NDArray[np.float32]]


def read_examples() -> dict[Example, list[str]]:
    """Load the typical comments that ship with the service."""
    text = files(__package__).joinpath("prototypes.toml").read_text(encoding="utf-8")
    return cast("dict[Example, list[str]]", tomllib.loads(text))


async def embed_prototypes(embedder: Embeds) -> Prototypes:
    """Embed the examples once; one matrix (examples, dimensions) per kind."""
    return {
        kind: await embedder.embed_queries(examples) for kind, examples in read_examples().items()
    }


def likeness(vector: NDArray[np.float32], prototypes: Prototypes) -> dict[Example, float]:
    """Return the mean cosine to the nearest examples of each kind; vectors are normalised."""
    return {
        kind: float(np.sort(matrix @ vector)[-NEIGHBOURS:].mean())
        for kind, matrix in prototypes.items()
    }
