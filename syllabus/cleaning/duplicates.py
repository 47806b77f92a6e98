"""Rows that say the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from syllabus.cleaning.normal import cells
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


def alike(frame: pl.LazyFrame, columns: Sequence[str]) -> pl.DataFrame:
    """Return the rows that are equal to another one but for case, Unicode form, spaces and punctuation.

    Rows are found by hashes, so that memory grows by two numbers a row; those with equal hashes are then compared.

    Returns:
        Columns `row` and `first`, the first of the rows that are alike.
    """
    import polars as pl

    compared = cells(frame.collect_schema(), columns)
    hashes = frame.select(ROW, pl.struct(compared).hash().alias("hash")).collect(engine="streaming")
    suspects = hashes.filter(pl.col("hash").is_duplicated()).select(ROW)
    if suspects.is_empty():
        return suspects.with_columns(pl.col(ROW).alias("first"))
    few = frame.join(suspects.lazy(), on=ROW, how="semi").select(ROW, *compared).collect(engine="streaming").sort(ROW)
    sets = few.select(ROW, pl.col(ROW).first().over(columns).alias("first"), pl.len().over(columns).alias("rows"))
    return sets.filter(pl.col("rows") > 1).select(ROW, "first")


def contradictory(frame: pl.LazyFrame, columns: Sequence[str], target: str) -> pl.DataFrame:
    """Return the rows that are alike in every one of `columns`, and whose targets differ.

    Returns:
        Columns `row`, `first`, the first of the rows that are alike, and `target`.
    """
    import polars as pl

    sets = alike(frame, columns)
    answers = frame.join(sets.lazy(), on=ROW, how="inner").select(ROW, "first", pl.col(target).alias("target"))
    held = answers.collect(engine="streaming").sort(ROW)
    return held.filter(pl.col("target").n_unique().over("first") > 1)
