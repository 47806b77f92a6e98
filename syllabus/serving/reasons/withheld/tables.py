"""The parts of a table's row are its cells: each is missing in turn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from syllabus.serving.reasons.withheld import Without

if TYPE_CHECKING:
    import polars as pl

    from syllabus.settings import Data

CELLS = True


def without(row: pl.DataFrame, encoding: Any, _: Data) -> Iterator[Without]:
    """Yield the row less each cell that the model reads."""
    import polars as pl

    for name in encoding.columns:
        if name in row.columns and row[name].null_count() == 0:
            yield Without(name, None, row.with_columns(pl.lit(None, row.schema[name]).alias(name)))
