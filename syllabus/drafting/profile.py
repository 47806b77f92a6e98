"""What is seen in a table, a column at a time: no more than one column is ever in memory, and texts only as counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

FEW = 100
"""The most values of a set: a longer list is reviewed by nobody."""

_MANY_ROWS = 2_000_000
"""More values than that are not ranked: a sample of them tells the quantiles to a tenth of a percent."""


@dataclass(frozen=True)
class Values:
    """One column as it was seen.

    Args:
        name: the column.
        rows: of the table.
        present: how many rows have a value.
        distinct: how many different values, roughly where there are many.
        counts: how often each value occurs, the most frequent first; empty where there are more than `FEW`.
    """

    name: str
    rows: int
    present: int
    distinct: int
    counts: Mapping[Any, int]

    @property
    def missing(self) -> float:
        """The share of rows without a value."""
        return 1 - self.present / self.rows if self.rows else 0.0

    @property
    def singles(self) -> int:
        """How many values occur once."""
        return sum(count == 1 for count in self.counts.values())


def countable(kind: pl.DataType) -> bool:
    """Return whether values of a type can be told apart at little cost: lists and pictures can not."""
    return not (kind.is_nested() or kind in (pl.Binary, pl.Object))


def values(table: pl.LazyFrame, name: str, rows: int) -> Values:
    """Count a column's values, as long as they are few."""
    column = pl.col(name)
    distinct_values = column.approx_n_unique() if countable(table.collect_schema()[name]) else pl.lit(0)
    seen = table.select(column.count().alias("present"), distinct_values.alias("distinct"))
    present, distinct = seen.collect(engine="streaming").row(0)
    counts: dict[Any, int] = {}
    # The rough number is a few percent off.
    if 0 < distinct <= 2 * FEW:
        counted = table.select(column).drop_nulls().group_by(column).agg(pl.len()).collect(engine="streaming")
        distinct = counted.height
        if distinct <= FEW:
            pairs = sorted(counted.iter_rows(), key=lambda pair: (-pair[1], str(pair[0])))
            counts = dict(pairs)
    return Values(name, rows, int(present), int(distinct), counts)


@dataclass(frozen=True)
class Numbers:
    """A column's numbers in order.

    Args:
        ordered: the finite values, (n,) of an integer type or float64, ascending; of very many, a sample and both ends.
        count: how many values there are, infinite ones included.
        infinite: the share of them that are infinite or no number.
        whole: whether all finite values are whole numbers.
    """

    ordered: NDArray[Any]
    count: int
    infinite: float
    whole: bool

    def at(self, rank: float) -> Any:
        """Return the quantile `rank`, between 0 and 1, as one of the values: DuckDB's `percentile_disc`."""
        place = int(np.ceil(rank * len(self.ordered))) - 1
        return self.ordered[min(max(place, 0), len(self.ordered) - 1)].item()

    def without(self, value: Any) -> Numbers:
        """Return the numbers other than `value`."""
        rest = self.ordered[self.ordered != value]
        return Numbers(rest, int(len(rest) * self.count / len(self.ordered)), self.infinite, self.whole)


def numbers(table: pl.LazyFrame, column: pl.Expr) -> Numbers:
    """Return what the expression gives as numbers in order."""
    series = table.select(column.alias("number")).drop_nulls().collect(engine="streaming").to_series()
    if not series.dtype.is_integer():
        series = series.cast(pl.Float64)
    found = series.to_numpy()
    finite = found[np.isfinite(found)] if series.dtype.is_float() else found
    if len(finite) > _MANY_ROWS:
        drawn = np.random.default_rng(0).integers(0, len(finite), _MANY_ROWS)
        finite = np.concatenate([finite[drawn], [finite.min(), finite.max()]]).astype(finite.dtype)
    ordered = np.sort(finite)
    whole = bool(series.dtype.is_integer() or np.all(ordered == np.floor(ordered)))
    infinite = 1 - np.isfinite(found).mean() if len(found) and series.dtype.is_float() else 0.0
    return Numbers(ordered, len(found), float(infinite), whole)
