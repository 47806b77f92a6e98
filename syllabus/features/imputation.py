"""What stands in for missing values: learned from train alone, saved with the model, the same for every part."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from syllabus.errors import Unmet
from syllabus.settings.cleaning import Constant

if TYPE_CHECKING:
    import polars as pl

    from syllabus.settings import Gaps


@dataclass(frozen=True)
class Filling:
    """The value that each column's gaps are filled with.

    Args:
        values: by column; a number for a column of numbers, a text for one of categories.
        indicators: the columns beside which another one says whether the value was missing.
    """

    values: Mapping[str, float | str] = field(default_factory=dict)
    indicators: tuple[str, ...] = ()

    @property
    def added(self) -> tuple[str, ...]:
        """The names of the columns of 0 and 1 that say where values were missing."""
        return tuple(map(_added, self.indicators))

    def plain(self) -> dict[str, Any]:
        """Return what JSON can hold; `filling` reads it."""
        return {"values": dict(self.values), "indicators": list(self.indicators)}


def filling(plain: Mapping[str, Any]) -> Filling:
    """Return what `Filling.plain` wrote."""
    return Filling(dict(plain["values"]), tuple(plain["indicators"]))


def dropping(gaps: Gaps, numeric: Iterable[str], categorical: Iterable[str]) -> list[str]:
    """Return the columns without whose value a row is not learned from."""
    return [name for name, how in _declared(gaps, numeric, categorical).items() if how == "drop"]


def learn(train: pl.LazyFrame, gaps: Gaps, numeric: Iterable[str], categorical: Iterable[str]) -> Filling:
    """Learn from train what fills each column's gaps.

    An indicator is added where train has gaps: where it has none, it would teach nothing.

    Raises:
        Unmet: a column is to be filled with what it cannot hold, or with what train cannot tell.
    """
    import polars as pl

    numbers = tuple(numeric)
    declared = _declared(gaps, numbers, categorical)
    asked = {name: how for name, how in declared.items() if how not in ("keep", "drop")}
    schema = train.collect_schema()
    asked = {name: how for name, how in asked.items() if name in gaps.columns or not schema[name].is_temporal()}
    told = []
    for name, how in asked.items():
        _check(name, how, numeric=name in numbers, temporal=schema[name].is_temporal())
        value = _number(name) if name in numbers else pl.col(name).cast(pl.String)
        told.append(value.null_count().alias(f"gaps {name}"))
        told.append(_typical(value, how).alias(f"value {name}"))
    row = train.select(told).collect().row(0, named=True) if told else {}
    for name in asked:
        if row[f"value {name}"] is None:
            raise Unmet(
                f"data.cleaning.gaps: {name} has no value in train, so it has no {asked[name]}: give a constant"
            )
    values = {name: row[f"value {name}"] for name in asked}
    told_apart = [name for name in asked if gaps.indicator and row[f"gaps {name}"] and _added(name) not in schema]
    return Filling(values, tuple(told_apart))


def filled(table: pl.LazyFrame, learned: Filling) -> pl.LazyFrame:
    """Return the table with its gaps filled, and the columns that say where there were some."""
    import polars as pl

    def known(name: str, value: float | str) -> pl.Expr:
        return pl.col(name).cast(pl.String) if isinstance(value, str) else _number(name)

    gaps = [
        known(name, learned.values[name]).is_null().cast(pl.Float64).alias(added)
        for name, added in zip(learned.indicators, learned.added, strict=True)
    ]
    return table.with_columns(
        *gaps, *(known(name, value).fill_null(value).alias(name) for name, value in learned.values.items())
    )


def _declared(gaps: Gaps, numeric: Iterable[str], categorical: Iterable[str]) -> dict[str, str | Constant]:
    of_numbers = [(name, gaps.columns.get(name, gaps.numeric)) for name in numeric]
    of_categories = [(name, gaps.columns.get(name, gaps.categorical)) for name in categorical]
    return dict([*of_numbers, *of_categories])


def _added(name: str) -> str:
    return f"{name} was missing"


def _number(name: str) -> pl.Expr:
    import polars as pl

    return pl.col(name).cast(pl.Float64).fill_nan(None)


def _typical(value: pl.Expr, how: str | Constant) -> pl.Expr:
    import polars as pl

    if isinstance(how, Constant):
        return pl.lit(how.constant)
    if how == "most_frequent":
        # Of several, the first in order: the same on every run.
        return value.drop_nulls().mode().sort().first()
    return value.mean() if how == "mean" else value.median()


def _check(name: str, how: str | Constant, *, numeric: bool, temporal: bool) -> None:
    if temporal:
        raise Unmet(f"data.cleaning.gaps.columns.{name}: it holds dates, whose gaps are kept or the row dropped")
    if isinstance(how, Constant):
        if isinstance(how.constant, str) == numeric:
            held = "numbers" if numeric else "categories"
            raise Unmet(f"data.cleaning.gaps.columns.{name}: it holds {held}, and the constant is {how.constant!r}")
    elif not numeric and how != "most_frequent":
        raise Unmet(f"data.cleaning.gaps.columns.{name}: it holds categories, which have no {how}: say most_frequent")
