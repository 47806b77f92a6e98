"""What has learned upon a pretrained encoder of texts as a graph, with the encoder: tokens come in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from syllabus import architectures
from syllabus.export.answers import learned
from syllabus.export.arrays import TOKENS
from syllabus.export.graph import Graph
from syllabus.export.pretrained import FIRST, heard
from syllabus.export.texts import Cutter
from syllabus.export.texts import cutter as cutter_of
from syllabus.export.weights import IN_LAYERS as TOLERANCE
from syllabus.export.weights import SMALLER, line, normal

__all__ = ["SMALLER", "TOLERANCE", "answers", "cutter", "opened"]
_PLAN = "plan.json"


def answers(fitted: Any, graph: Graph, arrays: Mapping[str, str]) -> str:
    """Return probabilities `(rows, k)`, or values `(rows,)`.

    Raises:
        Inexpressible: the encoder is built in a way that has no graph.
    """
    said = heard(graph, arrays[TOKENS], fitted.body.network)
    return learned(graph, line(graph, normal(graph, said, fitted.head.norm), fitted.head.scores), fitted.plan)


def cutter(fitted: Any) -> Cutter:
    """Return what makes its tokens."""
    return Cutter(fitted.tokenizer, fitted.plan.reads, FIRST)


def opened(directory: Path) -> Cutter:
    """Return the same, as `save` wrote it."""
    return cutter_of(directory, json.loads(architectures.read(directory / _PLAN))["reads"], FIRST)
