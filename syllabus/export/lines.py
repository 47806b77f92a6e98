"""Piecewise-linear functions as nodes of a graph: what `numpy.interp` gives, to the last digits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from syllabus.export.graph import Graph
from syllabus.export.trees import Tree, ensemble, stump

Floats = NDArray[np.float64]


def interpolated(graph: Graph, numbers: str, curves: Sequence[tuple[Floats, Floats]]) -> str:
    """Add what takes each column of `(rows, columns)` along its curve; NaN stays NaN.

    In double precision, whatever the graph's: next to a steep piece the last digits of single precision tell much.

    ONNX has no search among sorted numbers, but trees: one for each column finds the piece in which a number lies.

    Args:
        graph: that grows.
        numbers: finite or NaN.
        curves: for each column the places in rising order, of which some may be equal, and the value at each. Beyond
            the ends the values stay as they are there.
    """
    pieces, searches, first = [], [], 0
    for target, (places, values) in enumerate(curves):
        edges, starts, counts = np.unique(places, return_index=True, return_counts=True)
        ends = starts + counts - 1
        slopes = (values[starts[1:]] - values[ends[:-1]]) / np.diff(edges)
        begins = np.array([np.r_[edges[0], edges], np.r_[values[0], values[ends]], np.r_[0.0, slopes, 0.0]])
        searches.append(_search(edges, first, target))
        pieces.append(begins)
        first += begins.shape[1]
    at = graph.cast(ensemble(graph, numbers, searches, len(curves)), np.int64)
    begin, value, slope = (graph("Gather", graph.double(row), at) for row in np.concatenate(pieces, axis=1))
    return graph("Add", graph("Mul", slope, graph("Sub", numbers, begin)), value)


def _search(edges: Floats, first: int, target: int) -> Tree:
    """Return the balanced tree whose leaf is `first` plus how many edges are at most the number."""
    if not len(edges):
        return stump(float(first), target)
    left: list[int] = []
    right: list[int] = []
    asked: list[float] = []

    def grown(low: int, high: int) -> int:
        """Add the node that parts the leaves from `low` to `high`, and return it."""
        if low == high:
            return ~low
        middle, node = (low + high) // 2, len(asked)
        asked.append(float(edges[middle]))
        left.append(0)
        right.append(0)
        left[node], right[node] = grown(low, middle), grown(middle + 1, high)
        return node

    grown(0, len(edges))
    none = np.zeros(len(asked), np.int64)
    # Below an edge is at most the number before it.
    before = np.nextafter(np.array(asked), -np.inf)
    leaves = np.arange(first, first + len(edges) + 1, dtype=np.float64)
    return Tree(none + target, before, none, np.array(left), np.array(right), leaves, target)
