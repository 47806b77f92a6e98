"""The network for texts that learned from scratch as a graph: tokens come in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from syllabus import architectures
from syllabus.export.answers import learned
from syllabus.export.arrays import TOKENS
from syllabus.export.graph import Graph
from syllabus.export.texts import Cutter, encoded
from syllabus.export.texts import cutter as cutter_of
from syllabus.export.weights import IN_LAYERS as TOLERANCE
from syllabus.export.weights import SMALLER

__all__ = ["SMALLER", "TOLERANCE", "answers", "cutter", "opened"]
_PLAN = "network.json"


def answers(fitted: Any, graph: Graph, arrays: Mapping[str, str]) -> str:
    """Return probabilities `(rows, k)`, or values `(rows,)`."""
    return learned(graph, encoded(graph, arrays[TOKENS], fitted.network), fitted.plan)


def cutter(fitted: Any) -> Cutter:
    """Return what makes its tokens."""
    return Cutter(fitted.tokenizer, fitted.plan.length)


def opened(directory: Path) -> Cutter:
    """Return the same, as `save` wrote it."""
    return cutter_of(directory, json.loads(architectures.read(directory / _PLAN))["length"])
