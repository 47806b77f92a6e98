"""Rows of several parts: of pixels, tokens, numbers and categories those come in that are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from syllabus.export.arrays import TOKENS, Coming
from syllabus.export.columns import text
from syllabus.export.columns.images import SEEN
from syllabus.export.graph import Graph
from syllabus.export.pretrained import said
from syllabus.export.texts import Cutter

if TYPE_CHECKING:
    import polars as pl

    from syllabus.modalities.mixed import Encoding

opened = text.opened
TAKES = "the pixels of a picture, the tokens of a text, and columns as numbers, as the model makes them of a row"


def arrays(encoding: Encoding, _: Mapping[str, pl.DataType], graph: Graph) -> Coming:
    """Return the names of `image`, `tokens`, `numeric` and `categorical`, as of the modalities of each."""
    sides: dict[str, tuple[int | str, ...]] = {
        "image": encoding.image.shape,
        TOKENS: (TOKENS,),
        "numeric": (len(encoding.table.numbers) + len(encoding.text.words.names),),
        "categorical": (len(encoding.table.categorical),),
    }
    behind = partial(said, graph, encoding.text.encoder) if encoding.text.encoder else None
    return Coming(graph, sides, {"numeric": SEEN} if encoding.image.eye else {}, behind)


def bare(encoding: Encoding) -> Encoding:
    """Return the encoding without the encoder of its texts, which is of the graph."""
    alone = text.bare(encoding.text)
    return encoding if alone is encoding.text else replace(encoding, text=alone)


def encoders_cutter(encoding: Encoding) -> Cutter | None:
    """Return what makes the tokens of the encoder of its texts; None where it has none."""
    return text.encoders_cutter(encoding.text)
