"""The recurrent network for series as a graph: sequences come in, quantiles of each step ahead go out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from syllabus import architectures
from syllabus.architectures.lstm import Feature, Plan
from syllabus.export.arrays import SCALE, SEQUENCES
from syllabus.export.graph import Graph
from syllabus.export.weights import IN_LAYERS as TOLERANCE
from syllabus.export.weights import SMALLER, array, line, matrix, single

__all__ = ["SMALLER", "TOLERANCE", "answers", "opened", "sequences"]
_PLAN, _FEATURES = "network.json", ("past", "known", "static")
_NAIVE = 2
"""As in `deep.recurrent`."""
_GATES = {"lstm": (0, 3, 1, 2), "gru": (1, 0, 2)}
"""Of torch's order of the parts of a cell, that of ONNX."""
_END = np.iinfo(np.int64).max


def answers(fitted: Any, graph: Graph, arrays: Mapping[str, str]) -> str:
    """Return quantiles `(rows, horizon, quantiles)`."""
    plan, network, given = fitted.plan, fitted.network, arrays[SEQUENCES]
    found = graph("Transpose", given, perm=[1, 0, 2])
    for layer in network.layers:
        found = _layer(graph, found, layer, plan)
    ahead = [graph.constant(value) for value in ([-plan.horizon], [_END], [1])]
    last = graph("Slice", graph("Transpose", found, perm=[1, 0, 2]), *ahead)
    naive = graph("Slice", given, *ahead)
    naive = graph("Gather", naive, graph.constant([_NAIVE]), axis=2)
    quantiles = graph.cast(_ordered(graph, graph("Add", line(graph, last, network.answer), naive), plan), np.float64)
    middle, deviation = (graph("Unsqueeze", graph.picked(arrays[SCALE], [at]), graph.constant([2])) for at in (0, 1))
    return graph("Add", graph("Mul", quantiles, deviation), middle)


def sequences(fitted: Any, some: Mapping[str, Any]) -> Any:
    """Return what comes in of some rows."""
    plan: Plan = getattr(fitted, "plan", fitted)
    return plan.sequences(some)


def opened(directory: Path) -> Plan:
    """Return what makes sequences, as `save` wrote it."""
    told = json.loads(architectures.read(directory / _PLAN))
    return Plan(**told | {name: tuple(Feature(**one) for one in told[name]) for name in _FEATURES})


def _layer(graph: Graph, given: str, layer: Any, plan: Plan) -> str:
    """Return the states `(steps, rows, width)` of a layer that goes through `(steps, rows, numbers)`."""
    order = _GATES[plan.kind]

    def parted(weights: Any) -> Any:
        return np.concatenate([np.split(array(weights), len(order))[at] for at in order])

    read, kept = (matrix(graph, parted(held)[None], axis=1) for held in (layer.weight_ih_l0, layer.weight_hh_l0))
    biases = np.concatenate([parted(layer.bias_ih_l0), parted(layer.bias_hh_l0)])[None]
    # torch resets a gated unit's state behind the product, which ONNX must be told.
    more = {"linear_before_reset": 1} if plan.kind == "gru" else {}
    states = graph(plan.kind.upper(), given, read, kept, single(graph, biases), hidden_size=plan.width, **more)
    return graph("Squeeze", states, graph.constant([1]))


def _ordered(graph: Graph, quantiles: str, plan: Plan) -> str:
    """Return quantiles `(rows, horizon, quantiles)` in order: neighbours change places often enough."""
    held = [graph("Gather", quantiles, graph.constant([at]), axis=2) for at in range(plan.quantiles)]
    for turn in range(plan.quantiles):
        for at in range(turn % 2, plan.quantiles - 1, 2):
            pair = held[at], held[at + 1]
            held[at], held[at + 1] = graph("Min", *pair), graph("Max", *pair)
    return graph("Concat", *held, axis=2)
