"""Series: what a network reads of each step comes in, and the scale on which a series is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from syllabus.export.arrays import SCALE, SEQUENCES, Coming
from syllabus.export.graph import Graph

if TYPE_CHECKING:
    import polars as pl

    from syllabus.series.encoding import Encoding

TAKES = "what is read of each step, past and ahead, and the scale of its series, as the model makes them of a history"


def arrays(_encoding: Encoding, _: Mapping[str, pl.DataType], graph: Graph) -> Coming:
    """Return the names of `sequences`, `(rows, steps, channels) float32`, and `scale`, `(rows, 2) float64`."""
    return Coming(graph, {SEQUENCES: ("steps", "channels"), SCALE: (2,)})
