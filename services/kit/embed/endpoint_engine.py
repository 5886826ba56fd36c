"""The engine for an OpenAI-compatible embeddings endpoint."""

from collections.abc import Sequence
from typing import Final, Self

import numpy as np
import openai

from services.kit.embed.clean import clean
from services.kit.embed.embedder import PASSAGE_PREFIX, QUERY_PREFIX, Vectors
from services.kit.embed.errors import EmbeddingError

_BATCH: Final = 64
_PROBE: Final = "Guten Tag"


class EndpointEmbedder:
    """Embeds by HTTP requests of up to 64 texts; every failure becomes an EmbeddingError."""

    def __init__(
        self, client: openai.AsyncOpenAI, model: str, dimensions: int, *, e5_prefixes: bool
    ) -> None:
        self.name = f"endpoint {model}"
        self.space = f"endpoint/{model}"
        self.dimensions = dimensions
        self._client = client
        self._model = model
        self._e5_prefixes = e5_prefixes

    @classmethod
    async def open(
        cls,
        base_url: str,
        *,
        api_key: str,
        model: str,
        e5_prefixes: bool,
        timeout_seconds: float,
        retries: int,
    ) -> Self:
        """Connect and learn the vector length from one request; raises EmbeddingError."""
        client = openai.AsyncOpenAI(
            base_url=base_url,
            # Local servers take no key, but the client insists on a non-empty one.
            api_key=api_key or "none",
            timeout=timeout_seconds,
            max_retries=retries,
        )
        try:
            (vector,) = await _request(client, model, [_PROBE])
        except BaseException:
            await client.close()
            raise
        return cls(client, model, len(vector), e5_prefixes=e5_prefixes)

    async def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return await self._embed(QUERY_PREFIX if self._e5_prefixes else "", texts)

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return await self._embed(PASSAGE_PREFIX if self._e5_prefixes else "", texts)

    async def close(self) -> None:
        await self._client.close()

    async def _embed(self, prefix: str, texts: Sequence[str]) -> Vectors:
        vectors = np.empty((len(texts), self.dimensions), np.float32)
        for start in range(0, len(texts), _BATCH):
            # Some servers refuse an empty text; a full stop has as little to say.
            batch = [prefix + (clean(text) or ".") for text in texts[start : start + _BATCH]]
            found = await _request(self._client, self._model, batch)
            if found.shape[1] != self.dimensions:
                raise EmbeddingError(
                    f"the endpoint changed its vectors from {self.dimensions} to {found.shape[1]}"
                    " dimensions"
                )
            vectors[start : start + len(batch)] = found
        return vectors


async def _request(client: openai.AsyncOpenAI, model: str, texts: list[str]) -> Vectors:
    try:
        answer = await client.embeddings.create(model=model, input=texts, encoding_format="float")
        rows = [item.embedding for item in sorted(answer.data, key=lambda item: item.index)]
        vectors = np.asarray(rows, np.float32)
    except (openai.APIConnectionError, openai.RateLimitError, openai.InternalServerError) as error:
        raise EmbeddingError(f"the embeddings endpoint failed: {error}", temporary=True) from error
    except openai.OpenAIError as error:
        raise EmbeddingError(f"the embeddings endpoint refused: {error}") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise EmbeddingError(f"the embeddings endpoint talks another language: {error}") from error
    return _unit_vectors(vectors, len(texts))


def _unit_vectors(vectors: Vectors, expected: int) -> Vectors:
    if vectors.ndim != 2 or len(vectors) != expected:
        raise EmbeddingError(f"the embeddings endpoint sent {len(vectors)} vectors, not {expected}")
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.all(np.isfinite(lengths) & (lengths > 0)):
        raise EmbeddingError("the embeddings endpoint sent a vector that is zero or not finite")
    unit: Vectors = vectors / lengths
    return unit
