"""Rows that are typical of a table and nobody's: an example of a request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

    from syllabus.features import Encoding, Kind

RANKS = (0.5, 0.75)
"""A row each: the numbers in the middle, and larger ones; both with the most frequent categories."""
SENTENCE = "This is an example of a text."


def rows(train: pl.LazyFrame, learned: Encoding, forms: Mapping[str, str | Sequence[str]]) -> list[dict[str, Any]]:
    """Return rows whose values are each usual by themselves, as JSON writes them.

    Args:
        train: the rows of train.
        learned: which columns are read, and as what.
        forms: how dates are written in the source, where they were texts there.
    """
    schema, kinds = train.collect_schema(), learned.columns
    columns = {name: _column(train, name, kind, schema[name], forms.get(name)) for name, kind in kinds.items()}
    return [{name: values[place] for name, values in columns.items()} for place in range(len(RANKS))]


def _column(
    train: pl.LazyFrame, name: str, kind: Kind, held: pl.DataType, form: str | Sequence[str] | None
) -> list[Any]:
    """Return a usual value for each of the rows; None where train has none."""
    import polars as pl

    if kind == "text":
        return [SENTENCE] * len(RANKS)
    if kind == "categorical":
        return [_category(_frequent(train, name), held)] * len(RANKS)
    column = pl.col(name).to_physical() if kind == "date" else pl.col(name).cast(pl.Float64).drop_nans()
    ranked = [column.drop_nulls().quantile(rank, "nearest").alias(f"{rank}") for rank in RANKS]
    found = train.select(ranked).collect().row(0)
    if kind == "date":
        moments = pl.Series(found, dtype=pl.Float64).cast(pl.Int64).cast(held).to_list()
        return [None if moment is None else _written(moment, form) for moment in moments]
    return [None if value is None else _rounded(value, whole=held.is_integer()) for value in found]


def _frequent(train: pl.LazyFrame, name: str) -> str | None:
    """Return the most frequent category, of two equally frequent the first."""
    import polars as pl

    counted = train.select(pl.col(name).cast(pl.String).alias("category")).drop_nulls().group_by("category").len()
    first = counted.sort("len", "category", descending=[True, False]).head(1).collect()
    return str(first["category"][0]) if len(first) else None


def _category(value: str | None, held: pl.DataType) -> Any:
    """Return a category as the column's type writes it in JSON."""
    if value is None:
        return None
    if held.is_integer():
        return int(value)
    if held.is_float():
        return float(value)
    return value == "true" if str(held) == "Boolean" else value


def _rounded(value: float, *, whole: bool) -> float | int:
    """Return three digits of a number: what is asked is a usual one, and no row's own."""
    rounded = float(f"{value:.3g}") + 0.0  # nought has no sign
    return round(rounded) if whole else rounded


def _written(moment: date | datetime, form: str | Sequence[str] | None) -> str:
    """Return a date or time as the source writes it, or else as ISO 8601 does."""
    if form is None:
        return moment.isoformat()
    first = form if isinstance(form, str) else form[0]
    return moment.strftime(first.replace("%q", str((moment.month + 2) // 3)))
