"""The parts of a row of several kinds are those of its picture, of its text, and its cells."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from syllabus import modalities
from syllabus.serving.reasons.withheld import Without, images, tables, text

if TYPE_CHECKING:
    import polars as pl

    from syllabus.settings import Data


def without(row: pl.DataFrame, encoding: Any, data: Data) -> Iterator[Without]:
    """Yield the row less each part of each kind."""
    options = modalities.options(data)
    yield from images.fields(row, encoding.image.shape, options.image.picture)
    if options.text.columns:
        yield from text.passages(row, options.text.columns)
    yield from tables.without(row, encoding.table, data)
