"""Rows of several parts: of pixels, tokens, numbers and categories those come in that are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from syllabus.export.arrays import TOKENS, Coming
from syllabus.export.columns.images import SEEN
from syllabus.export.columns.text import SAID
from syllabus.export.graph import Graph

if TYPE_CHECKING:
    import polars as pl

    from syllabus.modalities.mixed import Encoding

TAKES = "the pixels of a picture, the tokens of a text, and columns as numbers, as `model/` makes them of a row"


def arrays(encoding: Encoding, _: Mapping[str, pl.DataType], graph: Graph) -> Coming:
    """Return the names of `image`, `tokens`, `numeric` and `categorical`, as of the modalities of each."""
    sides: dict[str, tuple[int | str, ...]] = {
        "image": encoding.image.shape,
        TOKENS: (TOKENS,),
        "numeric": (len(encoding.table.numbers) + len(encoding.text.words.names),),
        "categorical": (len(encoding.table.categorical),),
    }
    why = SEEN if encoding.image.eye else SAID if encoding.text.encoder else ""
    return Coming(graph, sides, {"numeric": why} if why else {})
