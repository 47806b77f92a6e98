"""Texts: their tokens come in, or the numbers that sum up their words; ONNX cuts no text into words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from syllabus.export.arrays import TOKENS, Coming
from syllabus.export.graph import Graph

if TYPE_CHECKING:
    import polars as pl

    from syllabus.modalities.text import Encoding

TAKES = "the tokens of a text, or the numbers that sum it up, as `model/` makes them of it"
SAID = "it reads what a pretrained encoder says of the texts, which has no graph"


def arrays(encoding: Encoding, _: Mapping[str, pl.DataType], graph: Graph) -> Coming:
    """Return the names of `tokens`, `(rows, t) int64`, and `numeric`, `(rows, p) float64`."""
    sides: dict[str, tuple[int | str, ...]] = {TOKENS: (TOKENS,), "numeric": (len(encoding.words.names),)}
    return Coming(graph, sides, {"numeric": SAID} if encoding.encoder else {})
