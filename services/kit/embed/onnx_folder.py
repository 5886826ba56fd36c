"""The folder that the default engine loads, written from the bundled weights."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import onnx
from onnx import TensorProto

from services.kit.embed.convert import EXACT, INT8, PROBE, VOCABULARY
from services.kit.embed.embedder import Progress
from services.kit.embed.onnx_graph import Precision, StoredTensor, build_model
from services.kit.embed.onnx_precision import ExactPrecision, Int8Precision
from services.kit.embed.onnx_run import Encoder
from services.kit.embed.unigram import Unigram, save_vocabulary
from services.kit.embed.weights import QuantisedMatrix, Weights

_EMBEDDINGS: Final = "embeddings.bin"
_ALIGNMENT: Final = 4096
_PROBE_TEXTS: Final = (
    "query: Wann wird die Straße vor unserer Schule endlich saniert?",
    "passage: Der Ausbau beginnt im Mai 2026 und kostet rund 1,4 Millionen Euro.",
)


def write_onnx_folder(weights: Weights, folder: Path, on_progress: Progress) -> None:
    """Write the vocabulary, the exact and the int8 model, and vectors that they must reproduce."""
    on_progress("tokenizer", 0.2)
    save_vocabulary(weights.vocabulary, folder / VOCABULARY)
    on_progress("model", 0.5)
    embeddings = _write_embeddings(weights, folder / _EMBEDDINGS)
    precisions: dict[str, Precision] = {
        EXACT: ExactPrecision(weights),
        INT8: Int8Precision(weights),
    }
    for name, precision in precisions.items():
        onnx.save(build_model(weights, precision, embeddings, _EMBEDDINGS), folder / name)
    on_progress("checking", 0.8)
    tokenizer = Unigram(weights.vocabulary)
    token_ids = [tokenizer.encode(text, weights.shape.positions) for text in _PROBE_TEXTS]
    exact = Encoder(folder / EXACT)
    vectors = np.concatenate([exact.run([ids]) for ids in token_ids])
    np.savez(folder / PROBE, vectors=vectors, first=token_ids[0], second=token_ids[1])


def _write_embeddings(weights: Weights, path: Path) -> Sequence[StoredTensor]:
    words = weights.matrices["emb.word"]
    positions = weights.floats["emb.pos"] + weights.floats["emb.type"][0]
    contents = (
        ("word", TensorProto.INT4, words.nibbles.shape, _as_int4(words)),
        ("word_scale", TensorProto.FLOAT, words.scales.shape, words.scales.tobytes()),
        ("position", TensorProto.FLOAT, positions.shape, positions.tobytes()),
    )
    stored = []
    with path.open("wb") as file:
        for name, kind, dimensions, data in contents:
            file.write(bytes(-file.tell() % _ALIGNMENT))
            stored.append(StoredTensor(name, kind, dimensions, file.tell(), len(data)))
            file.write(data)
    return stored


def _as_int4(matrix: QuantisedMatrix) -> bytes:
    """Pack nibbles 0..15 as signed 4-bit numbers -8..7, the first of each pair in the low half."""
    signed = (matrix.nibbles ^ 0x08).reshape(-1, 2)
    return (signed[:, 0] | (signed[:, 1] << 4)).tobytes()
