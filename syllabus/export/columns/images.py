"""Pictures: their pixels come in, in the declared size and colours; what becomes of these stands in the graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from syllabus.export.arrays import Coming
from syllabus.export.graph import Graph

if TYPE_CHECKING:
    import polars as pl

    from syllabus.modalities.images import Encoding

TAKES = "the pixels of a picture, a byte each, in the size and colours that the signature tells"
SEEN = "it reads what a pretrained network sees in the pictures, which has no graph"


def arrays(encoding: Encoding, _: Mapping[str, pl.DataType], graph: Graph) -> Coming:
    """Return the name of `image`, `(rows, height, width, channels) uint8`."""
    lacking = dict.fromkeys(("numeric", "categorical"), SEEN) if encoding.eye else {}
    return Coming(graph, {"image": encoding.shape}, lacking)
