"""The slices of a batch: those of the reference, cut at the same ends, so that both are about the same rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from syllabus.examination.groups import MISSING

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from syllabus.settings import Type

BINS = 4
MOST = 30
"""Values of a column beyond the most frequent ones are examined together."""


@dataclass(frozen=True)
class Groups:
    """How a column cuts rows into groups: at the ends of numbers, or by value.

    Args:
        column: its name.
        ends: between the groups of numbers, each belonging to the group below; None of categories.
        values: the categories; empty of numbers.
        kind: as what cells are read, as `cleaning.types` names it.
    """

    column: str
    ends: tuple[float, ...] | None
    values: tuple[str, ...]
    kind: Type

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the groups, those of other values and of missing ones last."""
        if self.ends is None:
            return (*self.values, "(other values)", MISSING)
        if not self.ends:
            return ("(any number)", MISSING)
        told = [f"{end:g}" for end in self.ends]
        between = [f"above {low} to {high}" for low, high in pairwise(told)]
        return (f"up to {told[0]}", *between, f"above {told[-1]}", MISSING)

    def codes(self, column: pl.Series) -> NDArray[np.int64]:
        """Return `(n,)` the group of each row."""
        import polars as pl

        last = len(self.names) - 1
        if self.ends is not None:
            held = column.cast(pl.Float64).to_numpy()
            return np.where(np.isnan(held), last, np.searchsorted(self.ends, held, side="left"))
        place = {value: code for code, value in enumerate(self.values)}
        told = column.cast(pl.String).to_list()
        return np.array([last if one is None else place.get(one, last - 1) for one in told], dtype=np.int64)

    def plain(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return {
            "column": self.column,
            "ends": None if self.ends is None else list(self.ends),
            "values": list(self.values),
            "kind": self.kind,
        }


def of(column: pl.Series) -> Groups:
    """Return how a column of the reference is cut: numbers of many values at their quartiles, others by value."""
    import polars as pl

    if column.dtype.is_numeric() and column.drop_nulls().n_unique() > 2 * BINS:
        held = column.cast(pl.Float64).drop_nulls().to_numpy()
        ends = np.unique(np.quantile(held, np.arange(1, BINS) / BINS, method="inverted_cdf"))
        return Groups(column.name, tuple(float(end) for end in ends[ends < held.max()]), (), "number")
    seen = column.cast(pl.String).drop_nulls().value_counts(sort=False, name="rows of it")
    listed = seen.sort(["rows of it", column.name], descending=[True, False]).head(MOST)
    return Groups(column.name, None, tuple(listed[column.name]), _kind(column.dtype))


def _kind(held: pl.DataType) -> Type:
    if held.is_integer():
        return "integer"
    return "number" if held.is_float() else "boolean" if str(held) == "Boolean" else "text"


def load(plain: Mapping[str, Any]) -> Groups:
    """Read what `plain` wrote."""
    ends = None if plain["ends"] is None else tuple(plain["ends"])
    return Groups(plain["column"], ends, tuple(plain["values"]), plain["kind"])
