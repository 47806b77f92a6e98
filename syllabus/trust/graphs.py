"""ONNX, looked at without trust: which operations it has, and that all its numbers stand in the file itself.

The few fields of onnx.proto (https://onnx.ai/onnx/repo-docs/IR.html) that an export writes are read, by protobuf's wire
format; any other field is refused, so that nothing has to be known of it: data in other files, functions, graphs within
nodes, training.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from syllabus.trust.words import Wrong

OPERATIONS = frozenset(
    {
        "Abs", "Add", "And", "ArgMax", "BatchNormalization", "Cast", "Ceil", "Clip", "Concat", "Conv", "Cos",
        "DequantizeLinear", "Div", "Equal", "Erf", "Exp", "Flatten", "Floor", "GRU", "Gather", "Gelu", "Gemm",
        "Greater", "GreaterOrEqual", "Identity", "InstanceNormalization", "IsInf", "IsNaN", "LSTM", "LabelEncoder",
        "LayerNormalization", "LeakyRelu", "Less", "LessOrEqual", "Log", "LogSoftmax", "MatMul", "Max", "Mean", "Min",
        "Mul", "Neg", "Not", "Or", "Pow", "QuantizeLinear", "Reciprocal", "ReduceMax", "ReduceMean", "ReduceMin",
        "ReduceSum", "Relu", "Reshape", "Round", "Shape", "Sigmoid", "Sign", "Sin", "Slice", "Softmax", "Softplus",
        "Split", "Sqrt", "Squeeze", "Sub", "Sum", "Tanh", "Transpose", "TreeEnsemble", "Unsqueeze", "Where",
    }
)  # fmt: skip
"""What a graph may do: no loops, and nothing that gives as much as it is told to, such as `Expand`.

Several together can still ask for much, as `Concat` doubles what it is given twice: whoever runs a graph bounds its
memory, `syllabus.serving.graphs`."""
SIDES, PADS, STEPS = "kernel_shape", "pads", "strides"
"""What a convolution is told; more would be dilations, groups, and pads that are found by themselves."""
DOMAINS = frozenset({"", "ai.onnx.ml"})
_VARINT, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5


class Field(NamedTuple):
    """A field of a message: its number and what it holds, bytes or a whole number."""

    number: int
    value: memoryview | int


class Message(NamedTuple):
    """What a message may hold: fields that are skipped, and those that are messages, by number."""

    name: str
    plain: frozenset[int]
    parts: Mapping[int, Message] = {}


# ir_version, producer's name and version, domain, model_version, doc_string, metadata; as the others, by onnx.proto.
# A tensor holds no texts (6): ONNX Runtime does not count what their copies take.
_TENSOR = Message("a tensor", frozenset({1, 2, 4, 5, 7, 8, 9, 10, 11, 12}))
_ATTRIBUTE = Message("an attribute", frozenset({1, 2, 3, 4, 7, 8, 9, 13, 20}), {5: _TENSOR})
_NODE = Message("a node", frozenset({1, 2, 3, 4, 6, 7}), {5: _ATTRIBUTE})
_GRAPH = Message("the graph", frozenset({2, 10, 11, 12, 13}), {1: _NODE, 5: _TENSOR})
_OPERATORS = Message("an import", frozenset({1, 2}))
_MODEL = Message("the model", frozenset({1, 2, 3, 4, 5, 6, 14}), {7: _GRAPH, 8: _OPERATORS})
_OUTSIDE = {(_TENSOR.name, 13), (_TENSOR.name, 14)}


def check(file: Path) -> None:
    """Refuse operations that are not known here, and data that stand elsewhere."""
    held = memoryview(file.read_bytes())
    if not len(held):
        raise Wrong("it is empty")
    graphs = [one.value for one in _fields(held) if one.number == 7]
    _look(held, _MODEL)
    if len(graphs) != 1:
        raise Wrong(f"it holds {len(graphs)} graphs, and needs one")


def _look(held: memoryview, message: Message) -> None:
    """Refuse a message with a field that is not among those of its kind."""
    for field in _fields(held):
        if field.number in message.parts:
            if isinstance(field.value, int):
                raise Wrong(f"{message.name} is no message of onnx.proto")
            _look(field.value, message.parts[field.number])
        elif (message.name, field.number) in _OUTSIDE:
            raise Wrong("its numbers stand in another file")
        elif field.number not in message.plain:
            raise Wrong(f"{message.name} has field {field.number}, which no export writes")
    if message is _NODE:
        _operation(held)
    elif message is _OPERATORS:
        _domain(_text(held, 1))


def _operation(node: memoryview) -> None:
    kind = _text(node, 4)
    _domain(_text(node, 7))
    if kind not in OPERATIONS:
        raise Wrong(f"the operation {kind[:50]!r} is none that a package may ask for")
    if kind == "Conv":
        _convolution(node)
    if kind == "LabelEncoder" and "values_strings" in _told(node):
        raise Wrong("a LabelEncoder gives texts, and no export asks it to")


def _convolution(node: memoryview) -> None:
    """Refuse a convolution that gives larger maps than come in, but for its kernel's sides, or that takes no steps."""
    told = _told(node)
    found = {name: _numbers(one, 8) for name, one in told.items()}
    if len(told) != 3 or found.keys() != {SIDES, PADS, STEPS}:
        raise Wrong(f"a convolution is told other than {SIDES}, {PADS} and {STEPS}")
    sides, pads, steps = (found[name] for name in (SIDES, PADS, STEPS))
    if not len(sides) == len(steps) == len(pads) / 2:
        raise Wrong("a convolution's sides, pads and steps do not go together")
    # ONNX Runtime holds the sides against the kernel; a number below zero is a very large one here.
    small = all(pad < side for pad, side in zip(pads, sides * 2, strict=True))
    if not small or not all(0 < step < 2**31 for step in steps):
        raise Wrong("a convolution pads by its kernel's side or more, or takes no steps")


def _told(node: memoryview) -> dict[str, memoryview]:
    """Return the attributes of a node, by name."""
    told = [one.value for one in _fields(node) if one.number == 5 and not isinstance(one.value, int)]
    found = {_text(one, 1): one for one in told}
    if len(found) < len(told):
        raise Wrong("a node is told one thing twice")
    return found


def _numbers(held: memoryview, number: int) -> list[int]:
    """Return a field of several whole numbers; as bytes, which protobuf also reads, no export writes them."""
    found = [one.value for one in _fields(held) if one.number == number]
    if not all(isinstance(one, int) for one in found):
        raise Wrong("whole numbers are packed, as no export packs them")
    return [one for one in found if isinstance(one, int)]


def _domain(name: str) -> None:
    if name not in DOMAINS:
        raise Wrong(f"operations of {name[:50]!r} are none that a package may ask for")


def _text(held: memoryview, number: int) -> str:
    """Return a field that is a text; of several the last counts."""
    found = b""
    for field in _fields(held):
        if field.number == number and not isinstance(field.value, int):
            found = bytes(field.value)
    return found.decode("utf-8", "replace")


def _fields(held: memoryview) -> Iterator[Field]:
    """Yield the fields of a message, one after the other."""
    at, end = 0, len(held)
    while at < end:
        key, at = _varint(held, at)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            value, at = _varint(held, at)
            yield Field(number, value)
            continue
        if kind == _BYTES:
            length, at = _varint(held, at)
        elif kind in (_EIGHT, _FOUR):
            length = 8 if kind == _EIGHT else 4
        else:
            raise Wrong("no protobuf")
        if length > end - at:
            raise Wrong("it is cut off")
        yield Field(number, held[at : at + length])
        at += length


def _varint(held: memoryview, at: int) -> tuple[int, int]:
    """Return a whole number of one to ten bytes, and where the next field begins."""
    value = 0
    for place in range(10):
        if at >= len(held):
            raise Wrong("it is cut off")
        byte = held[at]
        value |= (byte & 127) << (7 * place)
        at += 1
        if byte < 128:
            return value, at
    raise Wrong("no protobuf")
