"""From what a fitted model gives to what is asked: the target's own scale, and probabilities that are true."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from syllabus.export.graph import Graph
from syllabus.export.lines import interpolated
from syllabus.recalibration import TINY

if TYPE_CHECKING:
    from syllabus.examples import Task
    from syllabus.recalibration import Calibration

HIGHEST = 300.0
"""As in `Task.original`."""


def probabilities(graph: Graph, scores: str, classes: int) -> str:
    """Return `(rows, classes)` for scores; those of two classes are `(rows, 1)`, the second's, against zero."""
    scores = graph.cast(scores, np.float64)
    if classes == 2:
        return _pair(graph, graph("Sigmoid", scores))
    return graph("Softmax", scores, axis=1)


def learned(graph: Graph, scores: str, plan: Any) -> str:
    """Return probabilities `(rows, k)`, or values `(rows,)`, for a network's scores, as `deep.supervised.Target` does.

    Args:
        graph: that grows.
        scores: `(rows, outputs)`, in single precision.
        plan: has the classes, or the mean and the deviation of a regression's target.
    """
    scores = graph.cast(scores, np.float64)
    if plan.classes:
        return graph("Softmax", scores, axis=1)
    told = graph("Mul", graph.picked(scores, 0), graph.double(plan.deviation))
    return graph("Add", told, graph.double(plan.mean))


def original(graph: Graph, given: str, task: Task) -> str:
    """Return what was learned on the target's own scale, as `Task.original` does."""
    if task.weights is not None:
        return _shares(graph, graph("Div", given, graph.double(task.weights)))
    if task.transform == "log":
        raised = graph("Exp", graph("Min", given, graph.double(HIGHEST)))
        return graph("Sub", raised, graph.double(1.0))
    return given


def calibrated(graph: Graph, given: str, calibration: Calibration) -> str:
    """Return true probabilities, as `Calibration.apply` does."""
    if calibration.knots:
        curve = np.array([0.0, *calibration.knots, 1.0]), np.array([0.0, *calibration.shares, 1.0])
        return _pair(graph, interpolated(graph, graph.picked(given, [1]), [curve]))
    logs = graph("Log", graph("Max", given, graph.double(TINY)))
    moved = graph("Mul", logs, graph.double(calibration.slope))
    if calibration.shift:  # of two classes alone
        moved = graph("Add", moved, graph.double([0.0, calibration.shift]))
    return graph("Softmax", moved, axis=1)


def _pair(graph: Graph, second: str) -> str:
    return graph("Concat", graph("Sub", graph.double(1.0), second), second, axis=1)


def _shares(graph: Graph, odds: str) -> str:
    return graph("Div", odds, graph("ReduceSum", odds, graph.constant([1]), keepdims=1))
