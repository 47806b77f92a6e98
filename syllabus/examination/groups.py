"""The groups that a column splits rows into: its values, ranges of its numbers, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from syllabus.errors import Unmet, nearest

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

MISSING = "(missing)"
BINS = 4
MOST = 30
"""Values of a column beyond the most frequent ones are examined together."""


@dataclass(frozen=True, eq=False)
class Groups:
    """A column's groups.

    Args:
        column: its name, or the names of a crossing's columns.
        names: the groups, m of them, each with at least one row.
        codes: `(n,) int`, the group of each row.
    """

    column: str
    names: tuple[str, ...]
    codes: NDArray[np.int64]

    @property
    def n(self) -> NDArray[np.int64]:
        """`(m,) int`: the rows of each group."""
        return np.bincount(self.codes, minlength=len(self.names))


def of(frame: pl.DataFrame, column: str, rows: int) -> Groups:
    """Split the rows by a column.

    Numbers and dates of more than twice `BINS` values are cut at the quantiles of the rows at hand, so that
    the groups are of like size and every candidate that is examined on these rows has the same ones.

    Raises:
        Unmet: the frame has no such column, it holds lists or bytes, or not as many rows as were examined.
    """
    import polars as pl

    if column not in frame.columns:
        raise Unmet(f"There is no column {column!r} to group by: {nearest(column, frame.columns)}")
    if frame.height != rows:
        raise Unmet(f"The columns to group by have {frame.height} rows, and {rows} examples are examined")
    series = frame[column]
    if series.dtype.is_nested() or series.dtype in (pl.Binary, pl.Object):
        raise Unmet(f"The column {column!r} is of type {series.dtype}: only plain values make groups")
    if series.dtype.is_float():
        series = series.fill_nan(None)
    ordered = series.dtype.is_numeric() or series.dtype.is_temporal()
    if ordered and series.drop_nulls().n_unique() > 2 * BINS:
        return _ranges(column, series)
    return _values(column, series, in_order=ordered)


def cross(left: Groups, right: Groups) -> Groups:
    """Split by two columns at once; crossings that no row has are left out."""
    pairs = left.codes * len(right.names) + right.codes
    found, codes = np.unique(pairs, return_inverse=True)
    names = tuple(
        f"{left.names[pair // len(right.names)]} × {right.names[pair % len(right.names)]}" for pair in map(int, found)
    )
    return Groups(f"{left.column} × {right.column}", names, codes.astype(np.int64))


def _values(column: str, series: pl.Series, *, in_order: bool) -> Groups:
    import polars as pl

    counts = series.drop_nulls().value_counts(sort=False, name="n")
    # By frequency, then by value: the order of a hash table would differ between runs.
    text = counts.with_columns(counts[column].cast(pl.String).alias("name")).sort(
        ["n", "name"], descending=[True, False]
    )
    kept = text.head(MOST)
    if in_order:
        kept = kept.sort(column)
    names = kept["name"].to_list()
    place = {name: code for code, name in enumerate(names)}
    codes = np.array([place.get(name, MOST) for name in series.cast(pl.String)], dtype=np.int64)
    codes[series.is_null().to_numpy()] = MOST + 1
    other = f"({text.height - MOST} other values)"
    return _compact(column, [*names, *[""] * (MOST - len(names)), other, MISSING], codes)


def _ranges(column: str, series: pl.Series) -> Groups:
    known = series.drop_nulls()
    ordered = known.to_physical() if series.dtype.is_temporal() else known
    numbers = ordered.to_numpy()
    at = np.quantile(numbers, np.arange(1, BINS) / BINS, method="inverted_cdf")
    largest = numbers.max()
    if (at == largest).all():  # most rows have the largest value: hold it against everything below
        at = numbers[numbers < largest].max(keepdims=True)
    edges = np.unique(at[at < largest])
    codes = np.full(len(series), len(edges) + 1, dtype=np.int64)
    codes[series.is_not_null().to_numpy()] = np.searchsorted(edges, numbers)
    shown = _shown([known.min(), *[known[int(np.argmax(numbers == edge))] for edge in edges], known.max()])
    brackets = ["[", *"(" * len(edges)]
    names = [
        low if low == high else f"{bracket}{low}, {high}]"
        for bracket, low, high in zip(brackets, shown, shown[1:], strict=False)
    ]
    return _compact(column, [*names, MISSING], codes)


def _shown(values: Sequence[Any]) -> list[str]:
    """Write the edges as short as keeps them apart."""
    if not all(isinstance(value, int | float) for value in values):
        return [str(value) for value in values]
    for digits in (4, 6, 9):
        short = [str(value) if isinstance(value, int) else f"{value:.{digits}g}" for value in values]
        if len(set(short)) == len(set(values)):
            return short
    return [repr(value) for value in values]


def _compact(column: str, names: Sequence[str], codes: NDArray[np.int64]) -> Groups:
    """Leave out the groups without a row."""
    found, compact = np.unique(codes, return_inverse=True)
    return Groups(column, tuple(names[code] for code in found), compact.astype(np.int64))
