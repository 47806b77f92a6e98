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


def alike(frame: pl.LazyFrame, *asked: Sequence[str]) -> list[pl.DataFrame]:
    """Return the rows that are equal to another one but for case, Unicode form, spaces and punctuation.

    Rows are found by hashes, so that memory grows by a few numbers a row, not by the table; those with equal hashes are
    then compared.

    Args:
        frame: the rows.
        asked: columns to compare the rows by; all questions are answered in one pass.

    Returns:
        For each question columns `row` and `first`, the first of the rows that are alike.
    """
    import polars as pl

    plain = frame.select(ROW, *cells(frame, dict.fromkeys(name for columns in asked for name in columns)))
    hashed = plain.select(ROW, *(pl.struct(columns).hash().alias(f"hash {at}") for at, columns in enumerate(asked)))
    hashes = hashed.collect(engine="streaming")
    return [
        _confirmed(plain, hashes.filter(pl.col(f"hash {at}").is_duplicated())[ROW], columns)
        for at, columns in enumerate(asked)
    ]


def _confirmed(plain: pl.LazyFrame, suspects: pl.Series, columns: Sequence[str]) -> pl.DataFrame:
    import polars as pl

    if suspects.is_empty():
        return pl.DataFrame({ROW: suspects, "first": suspects})
    few = plain.join(suspects.to_frame().lazy(), on=ROW, how="semi").select(ROW, *columns)
    held = few.collect(engine="streaming").sort(ROW)
    sets = held.select(ROW, pl.col(ROW).first().over(columns).alias("first"), pl.len().over(columns).alias("rows"))
    return sets.filter(pl.col("rows") > 1).select(ROW, "first")


def contradictory(frame: pl.LazyFrame, sets: pl.DataFrame, target: str) -> pl.DataFrame:
    """Return the rows of those that are alike whose targets differ.

    Args:
        frame: the rows.
        sets: what `alike` found in the columns that are learned from.
        target: the column to predict.

    Returns:
        Columns `row`, `first`, the first of the rows that are alike, and `target`.
    """
    import polars as pl

    if sets.is_empty():
        return sets.with_columns(pl.lit(None).alias("target"))
    answers = frame.join(sets.lazy(), on=ROW, how="inner").select(ROW, "first", pl.col(target).alias("target"))
    held = answers.collect(engine="streaming").sort(ROW)
    return held.filter(pl.col("target").n_unique().over("first") > 1)
