"""The tree as a graph: it finds the leaf, whose answer stands in a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from syllabus.architectures.tree import LARGEST
from syllabus.export.graph import Graph
from syllabus.export.trees import Tree, ensemble, stump


def answers(fitted: Any, graph: Graph, arrays: Mapping[str, str]) -> str:
    """Return probabilities `(rows, k)`, or values `(rows,)`."""
    nodes = fitted.nodes
    inner, outer = np.flatnonzero(nodes["left"] >= 0), np.flatnonzero(nodes["left"] < 0)
    number = np.empty(len(nodes["left"]), np.int64)
    number[inner], number[outer] = np.arange(len(inner)), ~np.arange(len(outer))
    told = {name: nodes[name][inner] for name in ("feature", "threshold", "missing_left")}
    sides = {side: number[nodes[side][inner]] for side in ("left", "right")}
    # The leaf's number, not its answer: one sum for any number of classes, and exact in both precisions.
    leaves = np.arange(len(outer), dtype=np.float64)
    grown = Tree(**told, **sides, leaves=leaves) if len(inner) else stump(0.0)
    found = ensemble(graph, _matrix(fitted, graph, arrays), [grown], real=graph.real)
    leaf = graph.picked(graph.cast(found, np.int64), 0)
    return graph("Gather", graph.number(nodes["answers"][outer]), leaf)


def _matrix(fitted: Any, graph: Graph, arrays: Mapping[str, str]) -> str:
    """Return what `Axes.matrix` does: numbers in single precision, whatever the graph's, and ordered categories."""
    parts = []
    if "numeric" in arrays:
        bounded = graph("Min", graph("Max", arrays["numeric"], graph.double(-LARGEST)), graph.double(LARGEST))
        parts.append(graph.cast(graph.cast(bounded, np.float32), graph.real))
    for place, order in enumerate(fitted.axes.orders):
        # Code -1 picks the last entry, NaN.
        table = graph.constant(np.append(order, np.nan)[:, None], graph.real)
        parts.append(graph("Gather", table, graph.picked(arrays["categorical"], place)))
    return graph("Concat", *parts, axis=1)
