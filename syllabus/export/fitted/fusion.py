"""The network for rows of several parts as a graph: pixels, tokens, numbers and categories come in, those it reads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from syllabus import architectures
from syllabus.export import inputs
from syllabus.export.answers import learned
from syllabus.export.arrays import TOKENS
from syllabus.export.graph import Graph
from syllabus.export.pictures import residual
from syllabus.export.texts import Cutter, encoded
from syllabus.export.texts import cutter as cutter_of
from syllabus.export.weights import IN_LAYERS as TOLERANCE
from syllabus.export.weights import SMALLER, array, line, matrix, normal

__all__ = ["SMALLER", "TOLERANCE", "answers", "cutter", "opened"]
_PLAN = "network.json"


def answers(fitted: Any, graph: Graph, arrays: Mapping[str, str]) -> str:
    """Return probabilities `(rows, k)`, or values `(rows,)`."""
    network, whole = fitted.network, ""
    for part in fitted.read.parts:
        read = graph("Relu", normal(graph, _branch(part, fitted, graph, arrays), network.norms[part]))
        scores = line(graph, read, network.scores[part])
        whole = graph("Add", whole, scores) if whole else scores
    return learned(graph, whole, fitted.plan)


def cutter(fitted: Any) -> Cutter:
    """Return what makes its tokens."""
    return Cutter(fitted.read.tokenizer, fitted.read.length)


def opened(directory: Path) -> Cutter | None:
    """Return the same, as `save` wrote it; None where no text is read."""
    told = json.loads(architectures.read(directory / _PLAN))["reading"]
    return cutter_of(directory, told["length"]) if "text" in told["parts"] else None


def _branch(part: str, fitted: Any, graph: Graph, arrays: Mapping[str, str]) -> str:
    """Return what the network of a part makes of it, `(rows, width)`."""
    branch = fitted.network.branches[part]
    if part == "image":
        return residual(graph, arrays["image"], fitted.read.shape, branch)
    if part == "text":
        return encoded(graph, arrays[TOKENS], branch)
    return _columns(part, fitted, graph, arrays)


def _columns(part: str, fitted: Any, graph: Graph, arrays: Mapping[str, str]) -> str:
    """Return what becomes of numbers, of which those of this part are read, and of categories."""
    known, branch, read = fitted.read.known[part], fitted.network.branches[part], []
    if fitted.read.numbers[part]:
        numeric = graph.picked(arrays["numeric"], fitted.read.numbers[part])
        read += [inputs.placed(graph, numeric, known)] if len(known.numbers) else []
        read += [inputs.gaps(graph, numeric, known)] if len(known.gaps) else []
    for place, (size, embedding) in enumerate(zip(branch.sizes, branch.categories, strict=True)):
        code = graph("Add", graph.picked(arrays["categorical"], place), graph.constant(1))
        inside = graph("Where", graph("Less", code, graph.constant(size)), code, graph.constant(0))
        read.append(graph("Gather", matrix(graph, array(embedding.weight)), inside))
    first, _, _, last = branch.layers
    return line(graph, graph("Relu", line(graph, graph("Concat", *read, axis=1), first)), last)
