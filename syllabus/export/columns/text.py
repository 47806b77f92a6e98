"""Texts: their tokens come in, or the numbers that sum up their words; ONNX cuts no text into words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from syllabus.export.arrays import TOKENS, Coming
from syllabus.export.graph import Graph
from syllabus.export.pretrained import FIRST, cutter, said
from syllabus.export.texts import Cutter, read
from syllabus.frozen import LENGTH

if TYPE_CHECKING:
    import polars as pl

    from syllabus.modalities.text import Encoding

TAKES = "the tokens of a text, or the numbers that sum it up, as the model makes them of it"


def arrays(encoding: Encoding, _: Mapping[str, pl.DataType], graph: Graph) -> Coming:
    """Return the names of `tokens`, `(rows, t) int64`, and `numeric`, `(rows, p) float64`."""
    sides: dict[str, tuple[int | str, ...]] = {TOKENS: (TOKENS,), "numeric": (len(encoding.words.names),)}
    behind = partial(said, graph, encoding.encoder) if encoding.encoder else None
    return Coming(graph, sides, behind=behind)


def bare(encoding: Encoding) -> Encoding:
    """Return the encoding without its encoder, which is of the graph."""
    return encoding if encoding.encoder is None else replace(encoding, encoder=None)


def encoders_cutter(encoding: Encoding) -> Cutter | None:
    """Return what makes the tokens of its encoder; None where it has none."""
    return cutter(encoding.encoder) if encoding.encoder else None


def opened(file: Path) -> Cutter:
    """Return the same, as a file holds its tokenizer."""
    return read(file, LENGTH, FIRST)
