"""The regression as a graph: scaled or ranked numbers, circles, gaps, and a table of weights for each column."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from syllabus.designs import HARMONICS, LARGEST, Design
from syllabus.export.answers import probabilities
from syllabus.export.graph import Graph, Inexpressible
from syllabus.export.lines import interpolated


def answers(fitted: Any, graph: Graph, arrays: Mapping[str, str]) -> str:
    """Return probabilities `(rows, k)`, or values `(rows,)`."""
    design: Design = fitted.design
    if design.terms is not None:
        raise Inexpressible("linear reads each word of a text, and ONNX does not cut texts into words")
    found = graph.number(fitted.intercepts)
    first = 0
    if "numeric" in arrays:
        dense = graph.cast(_dense(graph, arrays["numeric"], design), graph.real)
        first = fitted.weights.shape[1] - int(design.sizes.sum())
        found = graph("Add", graph("MatMul", dense, graph.number(fitted.weights[:, :first].T)), found)
    for place, size in enumerate(design.sizes):
        # Code -1 picks the last entry, as it does in NumPy: no weight.
        table = np.pad(fitted.weights[:, first : first + size].T, ((0, 1), (0, 0)))
        codes = graph.picked(arrays["categorical"], place)
        found = graph("Add", found, graph("Gather", graph.number(table), codes))
        first += int(size)
    if fitted.identity:
        return graph.picked(found, 0)
    return probabilities(graph, found, max(2, len(fitted.weights)))


def _dense(graph: Graph, numeric: str, design: Design) -> str:
    """Return the columns that `Design.inputs` makes of numbers."""
    # No comparison with NaN holds.
    known = graph("Less", graph("Abs", numeric), graph.double(np.inf))
    bounded = graph("Min", graph("Max", numeric, graph.double(-LARGEST)), graph.double(LARGEST))
    filled = graph("Where", known, bounded, graph.double(design.medians))
    if len(design.quantiles):
        ranks = np.linspace(0, 1, len(design.quantiles))
        filled = interpolated(graph, filled, [(quantiles, ranks) for quantiles in design.quantiles.T])
    parts = [graph("Div", graph("Sub", filled, graph.double(design.centre)), graph.double(design.scale))]
    if len(design.cyclic):
        parts += _circles(graph, known, bounded, design)
    if len(design.gaps):
        parts.append(graph.cast(graph("Not", graph.picked(known, design.gaps)), np.float64))
    return graph("Concat", *parts, axis=1)


def _circles(graph: Graph, known: str, bounded: str, design: Design) -> list[str]:
    there = graph.picked(known, design.cyclic)
    turns = graph("Mul", graph.picked(bounded, design.cyclic), graph.double(2 * np.pi))
    angles = graph("Div", turns, graph.double(design.periods))
    steps = [graph("Mul", angles, graph.double(float(step))) for step in range(1, HARMONICS + 1)]
    turned = [graph(turn, step) for step in steps for turn in ("Sin", "Cos")]
    return [graph("Where", there, one, graph.double(0.0)) for one in turned]
