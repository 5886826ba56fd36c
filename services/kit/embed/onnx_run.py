"""One encoder model in ONNX Runtime."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray

_PADDING_ID: Final = 1


class Encoder:
    """A loaded model; `run` may be called from several threads, each using one core."""

    def __init__(self, path: Path) -> None:
        """Load `path`, mapping its embeddings; raises onnxruntime's own errors on damage."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
        self.dimensions = int(self._session.get_outputs()[0].shape[1])

    def run(self, token_ids: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """Return L2-normalised vectors (texts, dimensions) of one batch of token id lists."""
        longest = max(map(len, token_ids))
        ids = np.full((len(token_ids), longest), _PADDING_ID, np.int32)
        mask = np.zeros_like(ids)
        for row, tokens in enumerate(token_ids):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        positions = np.broadcast_to(np.arange(longest, dtype=np.int32), ids.shape)
        feeds = {"ids": ids, "positions": np.ascontiguousarray(positions), "mask": mask}
        vectors: NDArray[np.float32] = self._session.run(None, feeds)[0]
        return vectors
