"""The parts of a picture are the nine fields of a grid over it: each takes the picture's mean colour in turn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from syllabus import modalities
from syllabus.images.packing import PIXELS
from syllabus.serving.reasons.withheld import Without

if TYPE_CHECKING:
    import polars as pl

    from syllabus.settings import Data

DOWN, ACROSS = ("upper", "middle", "lower"), ("left", "centre", "right")


def without(row: pl.DataFrame, encoding: Any, data: Data) -> Iterator[Without]:
    """Yield the row less each field of its picture."""
    return fields(row, encoding.shape, modalities.options(data).picture)


def fields(row: pl.DataFrame, shape: tuple[int, int, int], column: str) -> Iterator[Without]:
    """Yield the row less each field of its picture; a picture of fewer than nine pixels has fewer fields."""
    import polars as pl

    picture = np.frombuffer(row[PIXELS][0], np.uint8).reshape(shape)
    for down, rows in zip(DOWN, np.array_split(np.arange(shape[0]), len(DOWN)), strict=True):
        for across, columns in zip(ACROSS, np.array_split(np.arange(shape[1]), len(ACROSS)), strict=True):
            if len(rows) and len(columns):
                left = picture.copy()
                left[np.ix_(rows, columns)] = picture.mean(axis=(0, 1)).round()
                pixels = pl.Series(PIXELS, [left.tobytes()], dtype=pl.Binary)
                yield Without(column, f"{down} {across}", row.with_columns(pixels))
