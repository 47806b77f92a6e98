"""Columns as a network reads them, as nodes of a graph: `deep.inputs`."""

from __future__ import annotations

from typing import Any

import numpy as np

from syllabus.export.graph import Graph
from syllabus.export.lines import interpolated

_FAR = 1e300


def placed(graph: Graph, numeric: str, inputs: Any) -> str:
    """Return the places `(rows, numbers)` that `Inputs.rows` gives; 0 where a number is missing."""
    given = graph.picked(numeric, inputs.numbers)
    gone = graph("IsNaN", given)
    # What is infinite lies beyond the ends, where a curve is flat.
    known = graph("Where", gone, graph.double(0.0), given)
    bounded = graph("Min", graph("Max", known, graph.double(-_FAR)), graph.double(_FAR))
    places = interpolated(graph, bounded, list(zip(inputs.values, inputs.places, strict=True)))
    return graph.cast(graph("Where", gone, graph.double(0.0), places), np.float32)


def gaps(graph: Graph, numeric: str, inputs: Any) -> str:
    """Return 1 where a number is missing, `(rows, gaps)`, for the columns in which train has gaps."""
    return graph.cast(graph("IsNaN", graph.picked(numeric, inputs.gaps)), np.float32)
