"""Rows that say the same."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from syllabus import memory
from syllabus.cleaning.normal import cells
from syllabus.frames import ROW

if TYPE_CHECKING:
    import polars as pl


HELD = 500_000
"""The most rows of which hashes, or that are suspected to be alike, are in memory at a time."""


def repeated(frame: pl.LazyFrame) -> pl.Series:
    """Return the numbers of the rows that are equal, in every column, to an earlier one."""
    import polars as pl

    names = [name for name in frame.collect_schema() if name != ROW]
    (sets,) = _sets(frame, {name: pl.col(name) for name in names}, [names])
    return sets.filter(pl.col(ROW) != pl.col("first"))[ROW].sort()


def alike(frame: pl.LazyFrame, *asked: Sequence[str]) -> list[pl.DataFrame]:
    """Return the rows that are equal to another one but for case, Unicode form, spaces and punctuation.

    Args:
        frame: the rows.
        asked: columns to compare the rows by; all questions are answered in one pass.

    Returns:
        For each question columns `row` and `first`, the first of the rows that are alike.
    """
    names = list(dict.fromkeys(name for columns in asked for name in columns))
    return _sets(frame, dict(zip(names, cells(frame, names), strict=True)), asked)


def _sets(frame: pl.LazyFrame, plain: Mapping[str, pl.Expr], asked: Sequence[Sequence[str]]) -> list[pl.DataFrame]:
    """Return, for each question, the rows that are equal in its columns as `plain` has them, and the first of each set.

    Never pairwise: rows with equal hashes are compared. Hashes lie on disk, and are looked at in shares of their
    range, so that what is in memory does not grow with the table.
    """
    import polars as pl

    hashes = [pl.struct(plain[n].alias(n) for n in columns).hash().alias(f"{at}") for at, columns in enumerate(asked)]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "hashes.parquet"
        frame.select(ROW, *hashes).sink_parquet(file, engine="streaming", compression="uncompressed")
        found = [
            [_equal(frame, some, {name: plain[name] for name in columns}) for some in _suspects(file, f"{at}")]
            for at, columns in enumerate(asked)
        ]
    number = frame.collect_schema()[ROW]
    none = pl.DataFrame(schema={ROW: number, "first": number})
    return [pl.concat([none, *sets]).sort(ROW) for sets in found]


def _suspects(hashes: Path, name: str) -> Iterator[pl.Series]:
    """Yield the numbers of rows whose hashes are not the only ones, those with equal hashes together."""
    import polars as pl

    table, most = pl.scan_parquet(hashes), memory.rows(100, HELD)
    shares = -(-table.select(pl.len()).collect().item() // most)
    waiting: list[pl.Series] = []
    for share in range(shares):
        some = table.filter(pl.col(name) % shares == share) if shares > 1 else table
        again = some.select(ROW, name).collect(engine="streaming").filter(pl.col(name).is_duplicated())
        waiting.append(again[ROW])
        if sum(map(len, waiting)) > (0 if share == shares - 1 else most // 4):
            yield pl.concat(waiting)
            waiting = []


def _equal(frame: pl.LazyFrame, suspects: pl.Series, plain: Mapping[str, pl.Expr]) -> pl.DataFrame:
    """Return which of the suspects are equal, and the first row of each set."""
    import polars as pl

    few = frame.join(suspects.to_frame().lazy(), on=ROW, how="semi")
    held = few.select(ROW, *(value.alias(name) for name, value in plain.items())).collect(engine="streaming").sort(ROW)
    names = list(plain)
    sets = held.select(ROW, pl.col(ROW).first().over(names).alias("first"), pl.len().over(names).alias("rows"))
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
