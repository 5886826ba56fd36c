"""Turns the bundled weights, once, into the model folders that the engines load."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Literal

import numpy as np
import onnx
from onnx import TensorProto

from services.kit.embed.model_folder import Origin, ensure_folder
from services.kit.embed.onnx_graph import Precision, StoredTensor, build_model
from services.kit.embed.onnx_precision import ExactPrecision, Int8Precision
from services.kit.embed.onnx_run import Encoder
from services.kit.embed.tokenizer_file import build_tokenizer
from services.kit.embed.transformers_layout import write_transformers_folder
from services.kit.embed.unigram import Unigram, save_vocabulary
from services.kit.embed.weights import QuantisedMatrix, Weights, bundled_weights_path, read_weights

CONVERTER_VERSION: Final = 2
MODEL_NAME: Final = "multilingual-e5-small"
TOKENIZER: Final = "tokenizer.json"
VOCABULARY: Final = "vocabulary.npz"
EXACT: Final = "exact.onnx"
INT8: Final = "int8.onnx"
PROBE: Final = "probe.npz"
_EMBEDDINGS: Final = "embeddings.bin"
_ALIGNMENT: Final = 4096
_PROBE_TEXTS: Final = (
    "query: Wann wird die Straße vor unserer Schule endlich saniert?",
    "passage: Der Ausbau beginnt im Mai 2026 und kostet rund 1,4 Millionen Euro.",
)

Step = Literal["reading", "tokenizer", "model", "checking", "ready"]
Progress = Callable[[Step, float], None]
"""Told which step of a conversion begins and the share already done, 0.0 to 1.0."""


def ensure_onnx_folder(data_dir: Path, on_progress: Progress) -> Path:
    """Return the folder of the ONNX models, converting when it is missing, old or damaged.

    Blocks for a few seconds when it converts. Raises BrokenWeightsError, OSError.
    """
    return _ensure(data_dir, "onnx", _write_onnx_folder, on_progress)


def ensure_sentence_transformers_folder(data_dir: Path, on_progress: Progress) -> Path:
    """Return the folder for sentence-transformers, converting when missing, old or damaged.

    Needs the package safetensors. Blocks for a few seconds when it converts. Raises
    BrokenWeightsError, OSError.
    """
    return _ensure(data_dir, "sentence-transformers", _write_transformers, on_progress)


def _ensure(
    data_dir: Path,
    flavour: str,
    write: Callable[[Weights, Path, Progress], None],
    on_progress: Progress,
) -> Path:
    source = bundled_weights_path()
    origin = Origin(source.name, source.stat().st_size, CONVERTER_VERSION)
    folder = data_dir / "models" / f"{MODEL_NAME}-{flavour}"

    def build(target: Path) -> None:
        on_progress("reading", 0.0)
        write(read_weights(source), target, on_progress)

    if ensure_folder(folder, origin, build):
        on_progress("ready", 1.0)
    return folder


def _write_transformers(weights: Weights, folder: Path, on_progress: Progress) -> None:
    on_progress("tokenizer", 0.2)
    build_tokenizer(weights.vocabulary).save(str(folder / TOKENIZER))
    on_progress("model", 0.5)
    write_transformers_folder(weights, folder)


def _write_onnx_folder(weights: Weights, folder: Path, on_progress: Progress) -> None:
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
