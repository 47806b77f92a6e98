"""What a network has learned, as constants of a graph: in single precision, or, where it is to be small, in 8 bits."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from syllabus.export.graph import Graph

SMALLER = "its matrices hold whole numbers of 8 bits, each column in a unit of its own"
IN_LAYERS = 1e-5
"""How far an answer of a network of many layers may be off: both round in each, and add up in unlike orders. Neither
is nearer to what both would say in double precision."""
_LARGEST = 127


def line(graph: Graph, given: str, layer: Any) -> str:
    """Return what a dense layer makes of `(…, numbers)`."""
    found = graph("MatMul", given, matrix(graph, array(layer.weight).T))
    return graph("Add", found, single(graph, layer.bias))


def normal(graph: Graph, given: str, layer: Any) -> str:
    """Return what a layer's norm makes of `(…, numbers)`."""
    return graph(
        "LayerNormalization", given, single(graph, layer.weight), single(graph, layer.bias), axis=-1, epsilon=layer.eps
    )


def matrix(graph: Graph, weights: Any, axis: int = -1) -> str:
    """Add a matrix; in a graph that is to be small, as whole numbers, which it multiplies by their units when it runs.

    What is multiplied with it stays in single precision: its own unit would follow from all rows that are asked at
    once, and an answer would depend on the rows beside it.

    Args:
        graph: that grows.
        weights: of any number of sides.
        axis: along which each place has a unit of its own: that of what comes out.
    """
    held = array(weights)
    if not graph.small:
        return graph.constant(held, np.float32)
    side = axis % held.ndim
    whole, units = _whole(held, side)
    return graph("DequantizeLinear", graph.constant(whole, np.int8), graph.constant(units, np.float32), axis=side)


def picked(graph: Graph, table: Any, codes: str) -> str:
    """Return the rows `(…, width)` of a table that codes `(rows, tokens)` name; only these are multiplied by units."""
    held = array(table)
    if not graph.small:
        return graph("Gather", graph.constant(held, np.float32), codes, axis=0)
    whole, units = _whole(held, 1)
    found = graph("Gather", graph.constant(whole, np.int8), codes, axis=0)
    return graph("DequantizeLinear", found, graph.constant(units, np.float32), axis=2)


def single(graph: Graph, values: Any) -> str:
    """Add numbers in single precision; what is too large for it is its largest number."""
    ends = np.finfo(np.float32)
    return graph.constant(np.clip(array(values), ends.min, ends.max), np.float32)


def array(values: Any) -> NDArray[Any]:
    """Return what a tensor holds."""
    return values if isinstance(values, np.ndarray) else np.asarray(values.detach().cpu().numpy())


def _whole(held: NDArray[Any], axis: int) -> tuple[NDArray[Any], NDArray[np.float32]]:
    """Return numbers as multiples of units, and the unit of each place along an axis."""
    others = tuple(side for side in range(held.ndim) if side != axis)
    units = abs(held).max(axis=others) / _LARGEST
    units = np.where(units > 0, units, 1.0).astype(np.float32)
    shape = [-1 if side == axis else 1 for side in range(held.ndim)]
    return np.rint(held / units.reshape(shape)), units
