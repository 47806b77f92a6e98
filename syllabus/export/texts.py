"""Texts as tokens, and encoders of them as nodes of a graph, in single precision as they have learned."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from syllabus import architectures
from syllabus.errors import Unmet
from syllabus.export.graph import Graph
from syllabus.export.weights import line, matrix, normal, picked

if TYPE_CHECKING:
    from tokenizers import Tokenizer

NEEDS = {"tokenizers": "text"}
_FILE = "tokens.json"
_HIDDEN = -1e30
"""What is added to the weight of a token that is not there."""


@dataclass(frozen=True)
class Cutter:
    """What makes the tokens of a text.

    Args:
        tokenizer: of the package.
        length: the most tokens of a text.
        first: the code of the first token; see `deep.tokens.codes`.
    """

    tokenizer: Tokenizer
    length: int
    first: int = 0

    def cut(self, texts: NDArray[Any]) -> NDArray[np.int32]:
        """Return the codes of texts `(n,)`, `(n, t)`, 0 beyond the end of each."""
        from syllabus.deep import tokens

        return tokens.encoded(self.tokenizer, texts.tolist(), self.length, first=self.first)

    def content(self) -> bytes:
        """Return the tokenizer as JSON."""
        from syllabus.deep import tokens

        return tokens.text(self.tokenizer)


def cutter(directory: Path, length: int, first: int = 0) -> Cutter:
    """Read the tokenizer in the folder of a fitted model.

    Raises:
        Unmet: it is missing or damaged, or what reads it is not installed.
    """
    return _parsed(architectures.read(directory / _FILE), length, first)


def read(file: Path, length: int, first: int) -> Cutter:
    """Read a tokenizer that stands in a file by itself.

    Raises:
        Unmet: what reads it is not installed.
    """
    return _parsed(file.read_bytes(), length, first)


def _parsed(content: bytes, length: int, first: int) -> Cutter:
    from syllabus.deep import tokens

    if said := architectures.missing(NEEDS, f"{_FILE}, which cuts texts,"):
        raise Unmet(said)
    return Cutter(tokens.parsed(content), length, first)


@dataclass(frozen=True)
class Tokens:
    """Where tokens stand, by name.

    Args:
        bias: `(rows, 1, 1, t)`, what is added to how much each counts.
        share: `(rows, t, 1)`, 1 for each that is read.
        count: `(t)` as an array of one.
    """

    bias: str
    share: str
    count: str


def standing(graph: Graph, tokens: str, *, always: bool = False) -> Tokens:
    """Return where tokens `(rows, t)` stand: those that are not 0, and the first one where there is no other.

    Args:
        graph: that grows.
        tokens: as they come in.
        always: whether the first is read in any case.
    """
    there = graph("Not", graph("Equal", tokens, graph.constant(0)))
    first = graph("Slice", there, graph.constant([0]), graph.constant([1]), graph.constant([1]))
    others = graph("Slice", there, graph.constant([1]), graph.constant([np.iinfo(np.int64).max]), graph.constant([1]))
    if always:
        read = graph("Or", first, graph("Not", first))
    else:
        any_there = graph("ReduceMax", graph.cast(there, np.int64), graph.constant([1]), keepdims=1)
        read = graph("Or", first, graph("Equal", any_there, graph.constant(0)))
    kept = graph("Concat", read, others, axis=1)
    zero, hidden = (graph.constant(value, np.float32) for value in (0.0, _HIDDEN))
    bias = graph("Unsqueeze", graph("Where", kept, zero, hidden), graph.constant([1, 2]))
    share = graph("Unsqueeze", graph.cast(kept, np.float32), graph.constant([2]))
    return Tokens(bias, share, graph("Shape", tokens, start=1))


def encoded(graph: Graph, tokens: str, network: Any) -> str:
    """Return the scores `(rows, outputs)` of tokens `(rows, t) int64`, as `deep.attention.Encoder` does."""
    where = standing(graph, tokens)
    places = placed(graph, network.places.weight, where)
    found = graph("Add", picked(graph, network.tokens.weight, tokens), places)
    for block in network.blocks:
        read = line(graph, normal(graph, found, block.first_norm), block.asked)
        width = block.joined.in_features
        parts = (
            graph("Slice", read, graph.constant([at * width]), graph.constant([(at + 1) * width]), graph.constant([2]))
            for at in range(3)
        )
        seen = attended(graph, *parts, where=where, heads=block.heads, width=width)
        found = graph("Add", found, line(graph, seen, block.joined))
        wide = graph("Gelu", line(graph, normal(graph, found, block.second_norm), block.wide))
        found = graph("Add", found, line(graph, wide, block.narrow))
    return line(graph, mean(graph, normal(graph, found, network.norm), where), network.scores)


def placed(graph: Graph, table: Any, where: Tokens) -> str:
    """Return `(t, width)`: what stands for each place."""
    return graph("Slice", matrix(graph, table), graph.constant([0]), where.count, graph.constant([0]))


def mean(graph: Graph, said: str, where: Tokens) -> str:
    """Return the mean `(rows, width)` of `(rows, t, width)` over the tokens that are read."""
    middle = graph.constant([1])
    whole = graph("ReduceSum", graph("Mul", said, where.share), middle, keepdims=0)
    return graph("Div", whole, graph("ReduceSum", where.share, middle, keepdims=0))


def attended(graph: Graph, query: str, key: str, value: str, *, where: Tokens, heads: int, width: int) -> str:
    """Return what tokens see of each other, `(rows, t, width)`, for what they ask, show and say, of the same shape."""
    shape = graph.constant([0, 0, heads, width // heads])

    def apart(name: str, order: list[int]) -> str:
        return graph("Transpose", graph("Reshape", name, shape), perm=order)

    asked, shown, said = apart(query, [0, 2, 1, 3]), apart(key, [0, 2, 3, 1]), apart(value, [0, 2, 1, 3])
    near = graph("Mul", graph("MatMul", asked, shown), graph.constant((width // heads) ** -0.5, np.float32))
    shares = graph("Softmax", graph("Add", near, where.bias), axis=-1)
    seen = graph("Transpose", graph("MatMul", shares, said), perm=[0, 2, 1, 3])
    return graph("Reshape", seen, graph.constant([0, 0, width]))
