"""A batch counted as its reference was, piece by piece."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from syllabus.monitoring.distributions import VALUES, Categories, Distribution, finite, seconds

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Counts = NDArray[np.int64]

LONGEST = 200
"""So many signs of a new value are kept: a cell may hold a book."""


@dataclass(eq=False)
class Tally:
    """A batch counted as its reference was, piece by piece.

    Args:
        of: the reference.
        counts: as the reference has them.
        missing: rows without a value.
        new: rows of each category that is not listed, the first `VALUES` that came.
        unlisted: how many rows are of any such.
        sample: some of the numbers, for pictures and to guess a unit.
        low, high: the ends of all numbers.
    """

    of: Distribution
    counts: Counts = field(init=False)
    missing: int = 0
    new: dict[str, int] = field(default_factory=dict)
    unlisted: int = 0
    sample: Floats = field(default_factory=lambda: np.empty(0))
    low: float = float("inf")
    high: float = float("-inf")
    _sum: float = 0.0

    def __post_init__(self) -> None:
        self.counts = np.zeros(len(self.of.counts), dtype=np.int64)

    @property
    def known(self) -> int:
        """The rows with a value."""
        return int(self.counts.sum()) + self.unlisted

    @property
    def rows(self) -> int:
        """All rows."""
        return self.known + self.missing

    @property
    def mean(self) -> float | None:
        """The mean of the numbers; None where there are none."""
        return self._sum / self.known if self.known else None

    def add(self, column: pl.Series, kept: NDArray[np.bool_]) -> None:
        """Count a piece, and keep the numbers of some of its rows, `(n,)`."""
        if isinstance(self.of, Categories):
            self._categories(self.of, column)
            return
        column = seconds(column) if column.dtype.is_temporal() else column
        held = finite(column)
        self.counts += self.of.counted(held)
        self.missing += len(column) - len(held)
        if len(held):
            with np.errstate(over="ignore"):
                self._sum += float(held.sum())
            self.low, self.high = min(self.low, float(held.min())), max(self.high, float(held.max()))
        self.sample = np.r_[self.sample, finite(column.filter(kept))]

    def _categories(self, of: Categories, column: pl.Series) -> None:
        import polars as pl

        places = of.places
        self.missing += column.null_count()
        for value, rows in column.cast(pl.String).drop_nulls().value_counts(sort=True).iter_rows():
            if (place := places.get(value)) is not None:
                self.counts[place] += rows
                continue
            self.unlisted += rows
            value = value[:LONGEST]
            if value in self.new or len(self.new) < VALUES:
                self.new[value] = self.new.get(value, 0) + rows
