"""The network for tables as a graph: `deep.inputs`, then `deep.tabular`, in single precision as it has learned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from syllabus.export import inputs
from syllabus.export.graph import Graph
from syllabus.export.weights import SMALLER, array, matrix, single

__all__ = ["SMALLER", "answers"]


def answers(fitted: Any, graph: Graph, arrays: Mapping[str, str]) -> str:
    """Return probabilities `(rows, k)`, or values `(rows,)`."""
    network = fitted.network
    parts = []
    if network.numbers is not None:
        parts.append(_embedded(graph, inputs.placed(graph, arrays["numeric"], fitted.inputs), network.numbers))
    if len(fitted.inputs.gaps):
        parts.append(inputs.gaps(graph, arrays["numeric"], fitted.inputs))
    if network.categories is not None:
        parts.append(_categories(graph, arrays["categorical"], network))
    scores = graph.cast(_members(graph, graph("Concat", *parts, axis=1), network), np.float64)
    if network.classes:
        return graph("ReduceMean", graph("Softmax", scores, axis=2), graph.constant([1]), keepdims=0)
    mean = graph.picked(graph("ReduceMean", scores, graph.constant([1]), keepdims=0), 0)
    return graph("Add", graph("Mul", mean, graph.double(fitted.plan.deviation)), graph.double(fitted.plan.mean))


def _embedded(graph: Graph, places: str, embeddings: Any) -> str:
    """Return `(rows, numbers * embedding)`: a straight line and a bent one for each of the numbers."""
    one = graph("Unsqueeze", places, graph.constant([2]))
    straight = _line(graph, one, embeddings.linear0)
    bent = _line(graph, one, embeddings.impl)
    width = embeddings.impl.weight.shape[1]
    low, high = np.zeros((len(embeddings.impl.weight), width)), np.ones(width)
    # The first range goes on below its begin and the last one beyond its end.
    low[:, 0], high[-1] = -np.inf, np.inf
    if embeddings.impl.single_bin_mask is not None:
        low[array(embeddings.impl.single_bin_mask), -1] = -np.inf
    bent = graph("Min", graph("Max", bent, single(graph, low)), single(graph, high))
    turned = graph("Transpose", bent, perm=[1, 0, 2])
    weighed = graph("Transpose", graph("MatMul", turned, matrix(graph, embeddings.linear.weight)), perm=[1, 0, 2])
    return graph("Flatten", graph("Add", straight, weighed), axis=1)


def _categories(graph: Graph, codes: str, network: Any) -> str:
    """Return `(rows, columns * embedding)`; the first of a column's vectors is that of none of its categories."""
    own = graph("Add", codes, graph.constant(1))
    places = graph("Add", own, graph.constant(array(network.first)))
    return graph("Flatten", graph("Gather", matrix(graph, network.categories.weight), places), axis=1)


def _members(graph: Graph, read: str, network: Any) -> str:
    """Return every member's scores `(rows, members, outputs)`."""
    found = graph("Unsqueeze", read, graph.constant([1]))
    for layer in (layer for layer in network.layers if hasattr(layer, "r")):
        mixed = graph("MatMul", graph("Mul", found, single(graph, layer.r)), matrix(graph, layer.weight.T))
        scaled = graph("Mul", mixed, single(graph, layer.s))
        found = graph("Relu", graph("Add", scaled, single(graph, layer.bias)))
    turned = graph("Transpose", found, perm=[1, 0, 2])
    scores = graph("Transpose", graph("MatMul", turned, matrix(graph, network.scores.weight)), perm=[1, 0, 2])
    return graph("Add", scores, single(graph, network.scores.bias))


def _line(graph: Graph, numbers: str, line: Any) -> str:
    return graph("Add", graph("Mul", numbers, single(graph, line.weight)), single(graph, line.bias))
