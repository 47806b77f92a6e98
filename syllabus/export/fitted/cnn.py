"""The network for pictures as a graph, in single precision as it has learned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from syllabus.export.answers import learned
from syllabus.export.graph import Graph
from syllabus.export.pictures import residual
from syllabus.export.weights import IN_LAYERS as TOLERANCE
from syllabus.export.weights import SMALLER

__all__ = ["SMALLER", "TOLERANCE", "answers"]


def answers(fitted: Any, graph: Graph, arrays: Mapping[str, str]) -> str:
    """Return probabilities `(rows, k)`, or values `(rows,)`."""
    scores = residual(graph, arrays["image"], fitted.plan.shape, fitted.network)
    return learned(graph, scores, fitted.plan)
