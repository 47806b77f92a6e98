"""Rows that say the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syllabus.frames import ROW

if TYPE_CHECKING:
    import polars as pl


def repeated(frame: pl.LazyFrame) -> pl.Series:
    """Return the numbers of the rows that are equal, in every column, to an earlier one.

    Only rows with equal hashes are held and compared: memory grows by two numbers a row, not by the table.
    """
    import polars as pl

    cells = pl.exclude(ROW)
    hashes = frame.select(ROW, pl.struct(cells).hash().alias("hash")).collect(engine="streaming")
    suspects = hashes.filter(pl.col("hash").is_duplicated()).select(ROW)
    if suspects.is_empty():
        return suspects[ROW]
    alike = frame.join(suspects.lazy(), on=ROW, how="semi").collect(engine="streaming")
    kept = alike.sort(ROW).unique(subset=cells, keep="first", maintain_order=True)
    return alike[ROW].sort().filter(~alike[ROW].sort().is_in(kept[ROW].implode()))
