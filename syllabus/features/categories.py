"""What categories become: a code each, one for all that are rare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from syllabus.examples import Column

if TYPE_CHECKING:
    import polars as pl

_AT_ONCE = 50
"""So many columns are counted side by side."""


@dataclass(frozen=True)
class Categories:
    """What was learned of a column of categories.

    Args:
        known: those that have a code of their own, sorted.
        rare: how many more train has. They share the code behind, and so does one that train has not; where there are
            none, one that train has not is missing.
    """

    known: tuple[str, ...]
    rare: int = 0

    def plain(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return {"categories": list(self.known), "rare": self.rare}

    def column(self, name: str) -> Column:
        """Return what the column of codes is."""
        return Column(name, (*self.known, *[f"({self.rare:,} rare ones)"] * bool(self.rare)))

    def codes(self, name: str) -> pl.Expr:
        """Return the codes as Int32, -1 for missing."""
        import polars as pl

        text = pl.col(name).cast(pl.String)
        code = text.cast(pl.Enum(self.known), strict=False).to_physical().cast(pl.Int32)
        if self.rare:
            code = pl.when(text.is_null()).then(-1).otherwise(code.fill_null(len(self.known)))
        return code.fill_null(-1)


def categories(plain: Mapping[str, Any]) -> Categories:
    """Return what `Categories.plain` wrote."""
    return Categories(tuple(plain["categories"]), plain["rare"])


def learn(train: pl.LazyFrame, names: list[str], most: int) -> dict[str, Categories]:
    """Learn the categories of columns: of more than `most`, the most frequent; of two equally frequent the first."""
    import polars as pl

    found: dict[str, Categories] = {}
    for start in range(0, len(names), _AT_ONCE):
        some = names[start : start + _AT_ONCE]
        counted = pl.collect_all(
            [
                train.select(pl.col(name).cast(pl.String).alias("value")).drop_nulls().group_by("value").len()
                for name in some
            ],
            engine="streaming",
        )
        for name, counts in zip(some, counted, strict=True):
            kept = counts
            if len(counts) > most:
                kept = counts.sort(["len", "value"], descending=[True, False]).head(most)
            found[name] = Categories(tuple(kept["value"].sort()), len(counts) - len(kept))
    return found
