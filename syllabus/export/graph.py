"""An ONNX graph as it grows: plain lists, so that who adds to it imports nothing; `content` makes the bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

OPSET = {"": 21, "ai.onnx.ml": 5}
"""The operators that are used. TreeEnsemble, which compares and adds in double precision, came with 5."""
IR_VERSION = 10
ML = "ai.onnx.ml"
MOST_BYTES = 2_000_000_000
"""What a protobuf message may hold."""


class Inexpressible(Exception):
    """What is asked has no graph; the message says why, in the words that stand on the card."""


class Input(NamedTuple):
    """What comes in, `(rows, …)`: its name, what it holds, what is said of it, and the rest of its shape.

    A side that differs from request to request has a name instead of a number.
    """

    name: str
    kind: type[np.generic]
    says: str
    sides: tuple[int | str, ...] = ()


class Node(NamedTuple):
    """An operation on named arrays, which gives one named array."""

    kind: str
    inputs: tuple[str, ...]
    output: str
    attributes: Mapping[str, Any]


Real = type[np.float64 | np.float32]


@dataclass
class Graph:
    """Nodes, constants and inputs, in the order in which they were added.

    Columns come in, and are prepared, in double precision; pictures come in as bytes, and tokens as whole numbers.
    Answers come out in double precision.

    Args:
        small: whether an architecture shall hold what is its own in as few bytes as it bears.
    """

    small: bool = False
    inputs: list[Input] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    constants: dict[str, NDArray[Any]] = field(default_factory=dict)
    _named: dict[tuple[str, tuple[int, ...], bytes], str] = field(default_factory=dict)

    @property
    def real(self) -> Real:
        """The precision of an architecture that bears single precision."""
        return np.float32 if self.small else np.float64

    def column(self, name: str, says: str, *, text: bool = False) -> str:
        """Add a column that comes in.

        Raises:
            Inexpressible: it has no name.
        """
        if not name:
            raise Inexpressible("a column has no name, and ONNX takes a nameless input for a missing one")
        self.inputs.append(Input(name, np.str_ if text else np.float64, says))
        return name

    def array(self, name: str, kind: type[np.generic], says: str, *sides: int | str) -> str:
        """Add an array that comes in, `(rows, *sides)`."""
        self.inputs.append(Input(name, kind, says, sides))
        return name

    def __call__(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Add a node and return the name of what it gives; an attribute that is an array becomes a tensor."""
        name = self._fresh(f"{kind} {len(self.nodes)}")
        self.nodes.append(Node(kind, inputs, name, attributes))
        return name

    def constant(self, values: Any, kind: type[np.generic] = np.int64) -> str:
        """Add a constant; what is there already is not added again."""
        array = np.ascontiguousarray(values, dtype=kind).reshape(np.shape(values))
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self._named:
            self._named[key] = self._fresh(f"constant {len(self.constants)}")
            self.constants[self._named[key]] = array
        return self._named[key]

    def number(self, values: Any) -> str:
        """Add a constant in the precision of the architecture; what is too large for it is its largest number."""
        ends = np.finfo(self.real)
        return self.constant(np.clip(values, ends.min, ends.max), self.real)

    def double(self, values: Any) -> str:
        """Add a constant in double precision."""
        return self.constant(values, np.float64)

    def cast(self, name: str, kind: type[np.generic]) -> str:
        """Convert an array."""
        return self("Cast", name, to=np.dtype(kind))

    def stacked(self, columns: list[str]) -> str:
        """Put columns `(rows,)` beside each other, `(rows, columns)`."""
        one = self.constant([1])
        return self("Concat", *(self("Unsqueeze", column, one) for column in columns), axis=1)

    def picked(self, name: str, places: Any) -> str:
        """Return some columns of `(rows, columns)`; of a number as the place, one as `(rows,)`."""
        return self("Gather", name, self.constant(places), axis=1)

    def _fresh(self, name: str) -> str:
        """Return a name that no column has."""
        while any(name == given.name for given in self.inputs):
            name += "'"
        return name

    def content(self, output: str, called: str, shape: tuple[int | str, ...], about: Mapping[str, str]) -> bytes:
        """Return the file: the same graph gives the same bytes.

        Args:
            output: the array that is the answer; it comes out in double precision.
            called: its name outside.
            shape: of one row's answer.
            about: what stands beside the graph.

        Raises:
            Inexpressible: it is larger than an ONNX file may be.
        """
        import onnx
        from onnx import helper

        called = self._fresh(called)
        self.nodes.append(Node("Cast", (output,), called, {"to": np.dtype(np.float64)}))
        real = onnx.TensorProto.DOUBLE
        inputs = [
            helper.make_tensor_value_info(
                one.name, helper.np_dtype_to_tensor_dtype(np.dtype(one.kind)), ["rows", *one.sides], doc_string=one.says
            )
            for one in self.inputs
        ]
        graph = helper.make_graph(
            [_node(node) for node in self.nodes],
            "syllabus",
            inputs,
            [helper.make_tensor_value_info(called, real, ["rows", *shape])],
            [onnx.numpy_helper.from_array(array, name) for name, array in self.constants.items()],
        )
        used = [helper.make_opsetid(domain, version) for domain, version in OPSET.items()]
        made = helper.make_model(graph, opset_imports=used, ir_version=IR_VERSION, producer_name="syllabus")
        helper.set_model_props(made, dict(sorted(about.items())))
        if made.ByteSize() > MOST_BYTES:
            raise Inexpressible(f"it takes {made.ByteSize():,} bytes, and an ONNX file holds {MOST_BYTES:,}")
        content: bytes = made.SerializeToString(deterministic=True)
        return content


def _node(node: Node) -> Any:
    from onnx import helper, numpy_helper

    def told(value: Any) -> Any:
        if isinstance(value, np.dtype):
            return helper.np_dtype_to_tensor_dtype(value)
        return numpy_helper.from_array(value) if isinstance(value, np.ndarray) else value

    domain = ML if node.kind in ("LabelEncoder", "TreeEnsemble") else ""
    held = {name: told(value) for name, value in node.attributes.items()}
    return helper.make_node(node.kind, list(node.inputs), [node.output], name=node.output, domain=domain, **held)
