"""The encoder as an ONNX graph, from token ids to a normalised sentence vector.

Tokens of a batch are laid out as rows (tokens, hidden) everywhere but in attention. Layer norms are
spelled out in elementary operations because those are vectorised in the runtime; the fused operator
is not.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from services.kit.embed.weights import BLOCK, Weights

CONTRIB: Final = "com.microsoft"
INPUTS: Final = ("ids", "positions", "mask")
OUTPUT: Final = "vectors"
_OPSET, _IR_VERSION = 21, 10


@dataclass
class Graph:
    """Nodes and constants collected while a model is written down."""

    nodes: list[NodeProto] = field(default_factory=list)
    constants: dict[str, TensorProto] = field(default_factory=dict)

    def constant(self, name: str, values: NDArray[np.generic]) -> str:
        """Add `values` under `name` once and return the name."""
        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(values), name)
        return name

    def add(self, operator: str, inputs: Sequence[str], domain: str = "", **attributes: Any) -> str:
        """Append one operator and return the name of its output."""
        output = f"{operator}_{len(self.nodes)}"
        self.nodes.append(
            helper.make_node(operator, inputs, [output], name=output, domain=domain, **attributes)
        )
        return output


@dataclass(frozen=True)
class Operand:
    """Rows ready to be multiplied; quantised ones carry one scale a row and a zero point."""

    rows: str
    scale: str = ""
    zero_point: str = ""


class Precision(Protocol):
    """How matrices are stored and multiplied."""

    def normed(self, graph: Graph, rows: str) -> Operand:
        """Prepare the output of a layer norm (a few channels are far louder than the rest)."""
        ...

    def attended(self, graph: Graph, rows: str) -> Operand:
        """Prepare the output of attention (even, symmetric)."""
        ...

    def activated(self, graph: Graph, rows: str) -> Operand:
        """Prepare the output of GELU (never below -0.17, a long positive tail)."""
        ...

    def product(self, graph: Graph, operand: Operand, matrix: str) -> str:
        """Multiply prepared rows by the transposed `matrix`; the result is float32."""
        ...


@dataclass(frozen=True)
class StoredTensor:
    """Where a tensor's bytes lie in the file both models share."""

    name: str
    kind: int
    dimensions: tuple[int, ...]
    offset: int
    length: int

    def reference(self, file_name: str) -> TensorProto:
        """Return a tensor that the runtime maps from `file_name` beside the model."""
        tensor = TensorProto(name=self.name, data_type=self.kind, dims=self.dimensions)
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in (
            ("location", file_name),
            ("offset", self.offset),
            ("length", self.length),
        ):
            tensor.external_data.add(key=key, value=str(value))
        return tensor


def build_model(
    weights: Weights, precision: Precision, embeddings: Sequence[StoredTensor], file_name: str
) -> ModelProto:
    """Return the encoder: int32 ids, positions, mask (batch, length) -> float32 (batch, hidden)."""
    graph = Graph()
    for tensor in embeddings:
        graph.constants[tensor.name] = tensor.reference(file_name)
    _Encoder(weights, precision, graph).write()
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT32, ["batch", "length"])
        for name in INPUTS
    ]
    output = helper.make_tensor_value_info(
        OUTPUT, TensorProto.FLOAT, ["batch", weights.shape.hidden]
    )
    body = helper.make_graph(
        graph.nodes, "encoder", inputs, [output], list(graph.constants.values())
    )
    opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(CONTRIB, 1)]
    return helper.make_model(body, opset_imports=opsets, ir_version=_IR_VERSION)


class _Encoder:
    """Writes the encoder of `weights` into `graph`."""

    def __init__(self, weights: Weights, precision: Precision, graph: Graph) -> None:
        self._weights = weights
        self._precision = precision
        self._graph = graph

    def write(self) -> None:
        graph, shape = self._graph, self._weights.shape
        hidden = graph.constant("hidden", np.array([shape.hidden], np.int64))
        batch_shape = graph.add("Concat", [graph.add("Shape", ["ids"]), hidden], axis=0)
        rows = self._normalised(self._embedded(), "emb.ln")
        for layer in range(shape.layers):
            rows = self._attention(rows, f"l{layer}", batch_shape)
            rows = self._feed_forward(rows, f"l{layer}")
        self._pool(graph.add("Reshape", [rows, batch_shape]))

    def _flat(self, name: str) -> str:
        one_axis = self._graph.constant("flat", np.array([-1], np.int64))
        return self._graph.add("Reshape", [name, one_axis])

    def _embedded(self) -> str:
        words = self._graph.add(
            "GatherBlockQuantized",
            ["word", self._flat("ids"), "word_scale"],
            CONTRIB,
            gather_axis=0,
            quantize_axis=1,
            block_size=BLOCK,
        )
        places = self._graph.add("Gather", ["position", self._flat("positions")])
        return self._graph.add("Add", [words, places])

    def _normalised(self, rows: str, name: str) -> str:
        graph, floats = self._graph, self._weights.floats
        last = graph.constant("last_axis", np.array([-1], np.int64))
        epsilon = graph.constant("epsilon", np.array(self._weights.shape.epsilon, np.float32))
        centred = graph.add("Sub", [rows, graph.add("ReduceMean", [rows, last], keepdims=1)])
        squares = graph.add("Mul", [centred, centred])
        variance = graph.add("ReduceMean", [squares, last], keepdims=1)
        deviation = graph.add("Sqrt", [graph.add("Add", [variance, epsilon])])
        unit = graph.add("Div", [centred, deviation])
        scaled = graph.add("Mul", [unit, graph.constant(f"{name}.w", floats[f"{name}.w"])])
        return graph.add("Add", [scaled, graph.constant(f"{name}.b", floats[f"{name}.b"])])

    def _residual(self, product: str, bias: str, rows: str, norm: str) -> str:
        shift = self._graph.constant(bias, self._weights.floats[bias])
        total = self._graph.add("Add", [self._graph.add("Add", [product, rows]), shift])
        return self._normalised(total, norm)

    def _attention(self, rows: str, layer: str, batch_shape: str) -> str:
        graph, floats, shape = self._graph, self._weights.floats, self._weights.shape
        operand = self._precision.normed(graph, rows)
        projected = [
            graph.add(
                "Reshape",
                [self._precision.product(graph, operand, f"{layer}.{part}.w"), batch_shape],
            )
            for part in "qkv"
        ]
        bias = np.concatenate([floats[f"{layer}.{part}.b"] for part in "qkv"])
        context = graph.add(
            "MultiHeadAttention",
            [*projected, graph.constant(f"{layer}.qkv.b", bias), "mask"],
            CONTRIB,
            num_heads=shape.heads,
        )
        as_rows = graph.constant("as_rows", np.array([-1, shape.hidden], np.int64))
        attended = self._precision.attended(graph, graph.add("Reshape", [context, as_rows]))
        product = self._precision.product(graph, attended, f"{layer}.ao.w")
        return self._residual(product, f"{layer}.ao.b", rows, f"{layer}.aln")

    def _feed_forward(self, rows: str, layer: str) -> str:
        graph = self._graph
        inner = self._precision.product(graph, self._precision.normed(graph, rows), f"{layer}.fi.w")
        bias = graph.constant(f"{layer}.fi.b", self._weights.floats[f"{layer}.fi.b"])
        activated = self._precision.activated(graph, graph.add("BiasGelu", [inner, bias], CONTRIB))
        product = self._precision.product(graph, activated, f"{layer}.fo.w")
        return self._residual(product, f"{layer}.fo.b", rows, f"{layer}.oln")

    def _pool(self, hidden: str) -> None:
        graph = self._graph
        middle = graph.constant("middle_axis", np.array([1], np.int64))
        present = graph.add("Cast", ["mask"], to=TensorProto.FLOAT)
        total = graph.add("MatMul", [graph.add("Unsqueeze", [present, middle]), hidden])
        graph.add("LpNormalization", [graph.add("Squeeze", [total, middle])], axis=-1, p=2)
        graph.nodes[-1].output[0] = OUTPUT
