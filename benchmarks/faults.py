"""What goes wrong with a batch on its way: each fault takes a clean table and gives a broken one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from syllabus.drafting import Column
from syllabus.frames import ROW

_QUANTITY = 20


@dataclass(frozen=True)
class Batch:
    """A clean batch, and what its columns are.

    Args:
        frame: the rows.
        columns: what the draft took the columns for.
        generator: draws columns and rows.
    """

    frame: pl.DataFrame
    columns: list[Column]
    generator: np.random.Generator

    def quantities(self) -> list[str]:
        """Return the columns of numbers that are measured or counted, not codes."""
        return [
            one.name for one in self.columns if one.role == "numeric" and self.frame[one.name].n_unique() > _QUANTITY
        ]

    def categories(self) -> list[str]:
        return [
            one.name for one in self.columns if one.role == "categorical" and self.frame[one.name].dtype == pl.String
        ]

    def any_of(self, names: list[str], count: int = 1) -> list[str]:
        """Draw columns.

        Raises:
            Impossible: there are too few.
        """
        if len(names) < count:
            raise Impossible
        return [str(name) for name in self.generator.choice(names, count, replace=False)]

    def some_rows(self, share: float) -> pl.Series:
        return pl.Series(self.generator.random(self.frame.height) < share)


class Impossible(Exception):
    """The table has no column that the fault could hit."""


Fault = Callable[[Batch], pl.DataFrame]


def scaled(change: Callable[[pl.Expr], pl.Expr], share: float = 1.0) -> Fault:
    """Return the fault that changes one quantity, in a share of the rows; whole numbers stay whole numbers."""

    def fault(batch: Batch) -> pl.DataFrame:
        (name,) = batch.any_of(batch.quantities())
        kind = batch.frame.schema[name]
        changed = change(pl.col(name).cast(pl.Float64))
        changed = changed.round().cast(pl.Int64) if kind.is_integer() else changed.cast(kind)
        return batch.frame.with_columns(pl.when(batch.some_rows(share)).then(changed).otherwise(name).alias(name))

    return fault


def swapped(batch: Batch) -> pl.DataFrame:
    kinds = [names for names in (batch.quantities(), batch.categories()) if len(names) > 1]
    if not kinds:
        raise Impossible
    first, second = batch.any_of(kinds[int(batch.generator.integers(len(kinds)))], 2)
    return batch.frame.with_columns(pl.col(first).alias(second), pl.col(second).alias(first))


def new_category(share: float) -> Fault:
    def fault(batch: Batch) -> pl.DataFrame:
        (name,) = batch.any_of(batch.categories())
        rows = batch.some_rows(share)
        return batch.frame.with_columns(pl.when(rows).then(pl.lit("Unheard-of")).otherwise(name).alias(name))

    return fault


def emptied(share: float) -> Fault:
    """Return the fault that empties one column, of those that are mostly filled, in a share of the rows."""

    def fault(batch: Batch) -> pl.DataFrame:
        full = [one.name for one in batch.columns if batch.frame[one.name].null_count() < batch.frame.height / 2]
        (name,) = batch.any_of(full)
        return batch.frame.with_columns(pl.when(~batch.some_rows(share)).then(name).alias(name))

    return fault


def half_the_rows(batch: Batch) -> pl.DataFrame:
    return batch.frame.head(batch.frame.height // 2)


def cut_rows(batch: Batch) -> pl.DataFrame:
    """Every fifth row ends early: its last third of columns is missing."""
    names = [name for name in batch.frame.columns if name != ROW]
    cut = batch.some_rows(0.2)
    return batch.frame.with_columns(pl.when(~cut).then(name).alias(name) for name in names[-max(1, len(names) // 3) :])


def twice(batch: Batch) -> pl.DataFrame:
    return _numbered(pl.concat([batch.frame, batch.frame]))


def half_twice(batch: Batch) -> pl.DataFrame:
    """As many rows as before, the second half of them copies of the first."""
    half = batch.frame.head((batch.frame.height + 1) // 2)
    return _numbered(pl.concat([half, half]).head(batch.frame.height))


def comma(batch: Batch) -> pl.DataFrame:
    (name,) = batch.any_of([one.name for one in batch.columns if batch.frame[one.name].dtype.is_numeric()])
    return batch.frame.with_columns(pl.col(name).cast(pl.Float64).cast(pl.String).str.replace(".", ",", literal=True))


def reformatted(batch: Batch) -> pl.DataFrame:
    """A column of dates as text, 2001-01-22, becomes 22.01.2001."""
    iso = r"^(\d{4})-(\d{2})-(\d{2})$"
    dates = [
        name
        for name, kind in batch.frame.schema.items()
        if kind == pl.String and bool(batch.frame[name].drop_nulls().str.contains(iso).all())
    ]
    (name,) = batch.any_of([name for name in dates if batch.frame[name].count()])
    return batch.frame.with_columns(pl.col(name).str.replace(iso, "$3.$2.$1"))


def _numbered(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.UInt64).alias(ROW))


FAULTS: dict[str, Fault] = {
    "unit x 1000": scaled(lambda x: x * 1000),
    "unit x 2.54": scaled(lambda x: x * 2.54),
    "Fahrenheit": scaled(lambda x: x * 1.8 + 32),
    "x 10 in 5 %": scaled(lambda x: x * 10, 0.05),
    "x 10 in 20 %": scaled(lambda x: x * 10, 0.2),
    "x 10 in all": scaled(lambda x: x * 10),
    "columns swapped": swapped,
    "new category 1 %": new_category(0.01),
    "new category 10 %": new_category(0.1),
    "half of the rows": half_the_rows,
    "rows cut short": cut_rows,
    "column 30 % null": emptied(0.3),
    "column all null": emptied(1.0),
    "rows twice": twice,
    "half of them twice": half_twice,
    "comma in numbers": comma,
    "dates reformatted": reformatted,
}
