"""How the values of a plain column are distributed, in few numbers: whoever reads them learns of no single row.

A column of numbers is counted in bins whose ends are quantiles of the reference, a column of categories by value. The
same bins count a batch, however large, so that two distributions are compared without a row of either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Counts = NDArray[np.int64]

BINS = 200
"""So many quantiles of a column of numbers are the ends of its bins."""
VALUES = 500
"""So many categories of a column are counted each by itself, the most frequent ones."""
ROUNDING = 1e-9
"""A number that lies above the end of a bin by no more than this share of itself belongs to the bin."""


@dataclass(frozen=True, eq=False)
class Numbers:
    """A column of numbers.

    Args:
        ends: `(b - 1,)`, increasing. Bin i holds what is above end i - 1 and at most end i; the first holds what is
            below the least of the reference, the last what is beyond its most.
        counts: `(b,)`, rows in each.
        missing: rows without a number.
        mean, std: of the numbers.
        moves: whether it is a moment, which goes on by itself.
        alike: where one row follows from another, as in a series, what share of them chance goes by; None where each
            stands for itself.
    """

    ends: Floats
    counts: Counts
    missing: int
    mean: float
    std: float
    moves: bool = False
    alike: float | None = None

    @property
    def known(self) -> int:
        """The rows with a value."""
        return int(self.counts.sum())

    def draws(self, rows: float) -> float:
        """Return how many independent draws so many rows are worth."""
        return rows if self.alike is None else self.alike * rows

    def empty(self) -> Counts:
        """Return `(b,)` counts of no rows."""
        return np.zeros(len(self.counts), dtype=np.int64)

    def counted(self, values: Floats) -> Counts:
        """Return `(b,)`, how many of the numbers lie in each bin."""
        # The largest number of all has none above it.
        with np.errstate(over="ignore", invalid="ignore"):
            places = np.searchsorted(self.ends, values - np.abs(values) * ROUNDING, side="left")
        return np.bincount(places, minlength=len(self.counts))

    def quantile(self, share: float) -> float | None:
        """Return the end of the bin below which so much of the reference lies; None where it has no numbers."""
        if not self.known:
            return None
        reached = np.cumsum(self.counts) >= share * self.known
        return float(self.ends[min(int(np.argmax(reached)), len(self.ends) - 1)])

    def plain(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        told = {"ends": self.ends.tolist(), "counts": self.counts.tolist(), "missing": self.missing}
        return {"kind": "numbers", **told, "mean": self.mean, "std": self.std, "moves": self.moves, "alike": self.alike}


@dataclass(frozen=True, eq=False)
class Categories:
    """A column of categories.

    Args:
        values: the most frequent ones, in that order.
        counts: rows of each.
        others: rows of all that are not listed; 0 where all are.
        missing: rows without a category.
    """

    values: tuple[str, ...]
    counts: Counts
    others: int
    missing: int

    @property
    def known(self) -> int:
        """The rows with a value."""
        return int(self.counts.sum()) + self.others

    @property
    def complete(self) -> bool:
        """Whether a value that is not listed is new."""
        return not self.others

    @property
    def places(self) -> Mapping[str, int]:
        """The place of each listed value."""
        return {value: place for place, value in enumerate(self.values)}

    def plain(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        told = {"values": list(self.values), "counts": self.counts.tolist()}
        return {"kind": "categories", **told, "others": self.others, "missing": self.missing}


Distribution = Numbers | Categories


def of(column: pl.Series) -> Distribution:
    """Return how a whole column is distributed: numbers, moments and texts tell themselves by their type."""
    if column.dtype.is_temporal():
        return numbers(seconds(column), moves=True)
    if column.dtype.is_numeric():
        return numbers(column)
    return categories(column)


def seconds(column: pl.Series) -> pl.Series:
    """Return moments as seconds since 1970."""
    import polars as pl

    return column.cast(pl.Datetime("us")).cast(pl.Int64) / 1e6


def finite(column: pl.Series) -> Floats:
    """Return the numbers of a column that has gaps."""
    import polars as pl

    held: Floats = column.cast(pl.Float64).drop_nulls().to_numpy()
    return held[np.isfinite(held)]


def numbers(column: pl.Series, *, moves: bool = False) -> Numbers:
    """Return how numbers are distributed."""
    held = np.sort(finite(column))
    missing = len(column) - len(held)
    if not len(held):
        return Numbers(np.empty(0), np.zeros(1, dtype=np.int64), missing, 0.0, 0.0, moves)
    inner = np.quantile(held, np.arange(1, BINS) / BINS, method="inverted_cdf")
    ends = np.unique(np.r_[held[0], inner, held[-1]])
    # A little below the least number: what a batch rounds otherwise is no news.
    ends = np.r_[held[0] - max(abs(held[0]), 1e-300) * 1e-8, ends]
    # Of numbers near the largest of all the sum is beyond it, and JSON holds no infinity.
    with np.errstate(over="ignore", invalid="ignore"):
        mean, std = (float(np.nan_to_num(one)) for one in (held.mean(), held.std()))
    learned = Numbers(ends, np.zeros(len(ends) + 1, dtype=np.int64), missing, mean, std, moves)
    return Numbers(**vars(learned) | {"counts": learned.counted(held)})


def categories(column: pl.Series) -> Categories:
    """Return how categories are distributed."""
    import polars as pl

    name = column.name
    seen = column.cast(pl.String).drop_nulls().value_counts(sort=False, name="rows of it")
    seen = seen.sort(["rows of it", name], descending=[True, False])
    if isinstance(column.dtype, pl.Enum):
        # What can be, and was not, is no new value when it comes.
        can_be = pl.DataFrame({name: column.dtype.categories, "rows of it": [0] * len(column.dtype.categories)})
        gone = can_be.join(seen, on=name, how="anti").cast(seen.schema)
        seen = pl.concat([seen, gone])
    listed = seen.head(VALUES)
    counts = listed["rows of it"].to_numpy().astype(np.int64)
    others = int(seen["rows of it"].sum()) - int(counts.sum())
    return Categories(tuple(listed[name]), counts, others, column.null_count())


def load(plain: Mapping[str, Any]) -> Distribution:
    """Read what `plain` wrote."""
    counts = np.array(plain["counts"], dtype=np.int64)
    if plain["kind"] == "categories":
        return Categories(tuple(plain["values"]), counts, plain["others"], plain["missing"])
    ends = np.array(plain["ends"], dtype=np.float64)
    rest = {name: plain[name] for name in ("missing", "mean", "std", "moves")}
    return Numbers(ends, counts, **rest, alike=plain.get("alike"))
