"""The encoder written down a second time, in plain float32 numpy, to compare engines with."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from services.kit.embed.weights import Weights

Matrix = NDArray[np.float32]

_erf = np.vectorize(math.erf, otypes=[np.float32])


def encode(weights: Weights, token_ids: Sequence[int]) -> Matrix:
    """Return the unit vector (hidden,) of one text given as token ids."""
    shape = weights.shape
    words = weights.matrices["emb.word"]
    rows = (words.nibbles[token_ids].astype(np.float32) - 8).reshape(len(token_ids), -1, 32)
    hidden = (rows * words.scales[token_ids][:, :, None]).reshape(len(token_ids), shape.hidden)
    hidden += weights.floats["emb.pos"][: len(token_ids)] + weights.floats["emb.type"][0]
    hidden = _norm(weights, "emb.ln", hidden)
    for layer in range(shape.layers):
        name = f"l{layer}"
        context = _attend(weights, name, hidden)
        hidden = _norm(weights, f"{name}.aln", hidden + _linear(weights, f"{name}.ao", context))
        inner = _linear(weights, f"{name}.fi", hidden)
        inner = inner * 0.5 * (1 + _erf(inner / math.sqrt(2)))
        hidden = _norm(weights, f"{name}.oln", hidden + _linear(weights, f"{name}.fo", inner))
    mean = hidden.mean(axis=0)
    unit: Matrix = mean / np.linalg.norm(mean)
    return unit


def _linear(weights: Weights, name: str, rows: Matrix) -> Matrix:
    product: Matrix = rows @ weights.matrix(f"{name}.w").T + weights.floats[f"{name}.b"]
    return product


def _norm(weights: Weights, name: str, rows: Matrix) -> Matrix:
    centred = rows - rows.mean(axis=1, keepdims=True)
    deviation = np.sqrt((centred**2).mean(axis=1, keepdims=True) + weights.shape.epsilon)
    normed: Matrix = centred / deviation * weights.floats[f"{name}.w"] + weights.floats[f"{name}.b"]
    return normed


def _attend(weights: Weights, layer: str, hidden: Matrix) -> Matrix:
    heads = weights.shape.heads
    size = weights.shape.hidden // heads
    query, key, value = (
        _linear(weights, f"{layer}.{part}", hidden).reshape(-1, heads, size).swapaxes(0, 1)
        for part in "qkv"
    )
    scores = query @ key.swapaxes(1, 2) / math.sqrt(size)
    shares = np.exp(scores - scores.max(axis=2, keepdims=True))
    shares /= shares.sum(axis=2, keepdims=True)
    context: Matrix = (shares @ value).swapaxes(0, 1).reshape(len(hidden), -1)
    return context
