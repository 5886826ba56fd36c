"""Two ways to store and multiply the encoder's matrices: exactly as carried, and in 8 bits."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.kit.embed.onnx_graph import CONTRIB, Graph, Operand
from services.kit.embed.weights import BLOCK, Weights

# After a layer norm these channels of this model reach 20 times the median and would take the
# resolution from all others; damped fourfold (the weights are scaled up by as much).
_LOUD_CHANNELS: Final = (15, 35, 146, 351)
_DAMPING: Final = 4.0
_SYMMETRIC: Final = 128
# GELU never falls below -0.17, so 24 of the 256 steps suffice for its negative side.
_GELU_ZERO: Final = 24
_GELU_LOWEST: Final = 0.17
# Of 127: without instructions for int8 products a CPU adds two in 16 bits, which may overflow. With
# all steps vectors agreed to .9990 with the exact ones there (the least of 80), with 100 to .9996.
_WEIGHT_STEPS: Final = 100


class ExactPrecision:
    """Float32 arithmetic on the very 4-bit weights of the file: no loss, on any CPU."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights

    def normed(self, graph: Graph, rows: str) -> Operand:  # noqa: ARG002 - same for every source
        return Operand(rows)

    attended = normed
    activated = normed

    def product(self, graph: Graph, operand: Operand, matrix: str) -> str:
        stored = self._weights.matrices[matrix]
        outputs, inputs = stored.nibbles.shape
        pairs = stored.nibbles.reshape(outputs, inputs // BLOCK, BLOCK // 2, 2)
        packed = (pairs[..., 0] | (pairs[..., 1] << 4)).astype(np.uint8)
        return graph.add(
            "MatMulNBits",
            [
                operand.rows,
                graph.constant(matrix, packed),
                graph.constant(f"{matrix}.scale", stored.scales.reshape(-1)),
            ],
            CONTRIB,
            K=inputs,
            N=outputs,
            bits=4,
            block_size=BLOCK,
        )


class Int8Precision:
    """Int8 weights with one scale a column; activations get their own scale for every token.

    A token's numbers never depend on the other texts of its batch.
    """

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._damping: NDArray[np.float32] = np.ones(weights.shape.hidden, np.float32)
        self._damping[list(_LOUD_CHANNELS)] = _DAMPING

    def normed(self, graph: Graph, rows: str) -> Operand:
        quiet = graph.constant("quiet", 1 / self._damping)
        return self._symmetric(graph, graph.add("Mul", [rows, quiet]))

    def attended(self, graph: Graph, rows: str) -> Operand:
        return self._symmetric(graph, rows)

    def activated(self, graph: Graph, rows: str) -> Operand:
        return self._quantised(
            graph, rows, loudness=rows, zero=_GELU_ZERO, floor=_GELU_LOWEST / _GELU_ZERO
        )

    def product(self, graph: Graph, operand: Operand, matrix: str) -> str:
        values = self._weights.matrix(matrix).T
        if not matrix.endswith((".ao.w", ".fo.w")):
            values = values * self._damping[:, None]
        scales = np.maximum(np.abs(values).max(axis=0) / _WEIGHT_STEPS, 1e-12).astype(np.float32)
        quantised = np.rint(values / scales).astype(np.int8)
        product = graph.add(
            "MatMulIntegerToFloat",
            [
                operand.rows,
                graph.constant(matrix, quantised),
                graph.constant("one", np.ones((), np.float32)),
                graph.constant(f"{matrix}.scale", scales),
                operand.zero_point,
            ],
            CONTRIB,
        )
        return graph.add("Mul", [product, operand.scale])

    def _symmetric(self, graph: Graph, rows: str) -> Operand:
        loudness = graph.add("Abs", [rows])
        return self._quantised(graph, rows, loudness, zero=_SYMMETRIC, floor=1e-9)

    def _quantised(
        self, graph: Graph, rows: str, loudness: str, zero: int, floor: float
    ) -> Operand:
        """Quantise each row to uint8 around `zero`, scaled by the row's maximum of `loudness`."""
        last = graph.constant("last_axis", np.array([-1], np.int64))
        flat = graph.constant("flat", np.array([-1], np.int64))
        step = graph.constant(f"step{zero}", np.array(1 / (255 - zero), np.float32))
        lowest = graph.constant(f"floor{zero}", np.array(floor, np.float32))
        zero_point = graph.constant(f"zero{zero}", np.array(zero, np.uint8))
        peak = graph.add("ReduceMax", [loudness, last], keepdims=1)
        scale = graph.add("Max", [graph.add("Mul", [peak, step]), lowest])
        row_scales = graph.add("Reshape", [scale, flat])
        row_zeros = graph.add("Expand", [zero_point, graph.add("Shape", [row_scales])])
        quantised = graph.add("QuantizeLinear", [rows, row_scales, row_zeros], axis=0)
        return Operand(quantised, scale, zero_point)
