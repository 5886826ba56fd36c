"""Runs a BERT sentence encoder over texts laid end to end, so that no time goes into padding."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, Final

import numpy as np

from services.kit.embed.batch_plan import plan_batches
from services.kit.embed.embedder import Vectors

# Enough rows to keep the matrix units busy; more fall out of the cache.
_TOKENS_PER_BATCH: Final = 1280


class PackedBert:
    """The weights of a loaded SentenceTransformer made of BERT, mean pooling and normalisation."""

    def __init__(self, torch: Any, model: Any) -> None:
        bert = model[0].auto_model
        self._torch = torch
        self._tokenizer = model.tokenizer
        self._max_tokens = model.max_seq_length
        self._embeddings = bert.embeddings
        self._heads = bert.config.num_attention_heads
        self._layers = [_Layer(torch, layer) for layer in bert.encoder.layer]

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return L2-normalised vectors (texts, dimensions) of at least one text."""
        encoded = self._tokenizer(list(texts), truncation=True, max_length=self._max_tokens)
        token_ids: list[list[int]] = encoded["input_ids"]
        lengths = [len(tokens) for tokens in token_ids]
        # nothing is padded: few and full batches
        batches = plan_batches(lengths, _TOKENS_PER_BATCH, start_cost=_TOKENS_PER_BATCH)
        found = [self._encode_batch([token_ids[index] for index in batch]) for batch in batches]
        vectors = np.empty((len(texts), found[0].shape[1]), np.float32)
        for batch, batch_vectors in zip(batches, found, strict=True):
            vectors[batch] = batch_vectors
        return vectors

    def _encode_batch(self, token_ids: Sequence[Sequence[int]]) -> Vectors:
        torch = self._torch
        lengths = [len(tokens) for tokens in token_ids]
        with torch.inference_mode():
            hidden = self._embed(token_ids)
            for layer in self._layers:
                hidden = layer.forward(hidden, self._heads, lengths)
            means = [text.float().mean(0) for text in hidden.split(lengths)]
            vectors: Vectors = torch.nn.functional.normalize(torch.stack(means)).numpy()
        return vectors

    def _embed(self, token_ids: Sequence[Sequence[int]]) -> Any:
        torch, embeddings = self._torch, self._embeddings
        ids = torch.tensor([token for tokens in token_ids for token in tokens])
        positions = torch.cat([torch.arange(len(tokens)) for tokens in token_ids])
        return embeddings.LayerNorm(
            embeddings.word_embeddings(ids)
            + embeddings.position_embeddings(positions)
            + embeddings.token_type_embeddings.weight[0]
        )


class _Layer:
    """One encoder layer with the three projections of attention merged into one matrix."""

    def __init__(self, torch: Any, layer: Any) -> None:
        attention = layer.attention.self
        parts = (attention.query, attention.key, attention.value)
        self._torch = torch
        self._weight = torch.cat([part.weight.detach() for part in parts])
        self._bias = torch.cat([part.bias.detach() for part in parts])
        self._attention_output = layer.attention.output
        self._inner = layer.intermediate.dense
        self._output = layer.output

    def forward(self, hidden: Any, heads: int, lengths: Sequence[int]) -> Any:
        """Return the next hidden states (tokens, hidden) of texts of ascending `lengths`."""
        functional = self._torch.nn.functional
        projected = functional.linear(hidden, self._weight, self._bias)
        context = self._torch.cat(
            [
                self._attend(projected[start:end], heads, length)
                for start, end, length in _equal_lengths(lengths)
            ]
        )
        attended = self._attention_output
        hidden = attended.LayerNorm(hidden + attended.dense(context))
        inner = functional.gelu(self._inner(hidden))
        return self._output.LayerNorm(hidden + self._output.dense(inner))

    def _attend(self, projected: Any, heads: int, length: int) -> Any:
        rows, width = projected.shape
        size = width // 3 // heads
        query, key, value = projected.view(-1, length, 3, heads, size).permute(2, 0, 3, 1, 4)
        scores = (query * size**-0.5) @ key.transpose(-1, -2)
        # A bfloat16 softmax over rows this short is five times slower than a float32 one.
        shares = self._torch.softmax(scores, -1, dtype=self._torch.float32).to(scores.dtype)
        return (shares @ value).transpose(1, 2).reshape(rows, heads * size)


def _equal_lengths(lengths: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Yield (first token, end token, length) of each run of texts of one length."""
    start = 0
    for length, run in groupby(lengths):
        end = start + length * len(list(run))
        yield start, end, length
        start = end
