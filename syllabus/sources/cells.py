"""Rows as a database's driver hands them out, as columns of one type each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

_NESTED = (bytes, bytearray, memoryview, list, tuple, dict, set)


def frame(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> pl.DataFrame:
    """Return rows as a table: whole numbers, other numbers, booleans, dates and times; all else, and a mix, as text."""
    import polars as pl

    columns = zip(*rows, strict=True) if rows else ((),) * len(names)
    return pl.DataFrame([_series(name, values) for name, values in zip(names, columns, strict=True)])


def _series(name: str, values: Sequence[Any]) -> pl.Series:
    import polars as pl

    kinds = {type(value) for value in values if value is not None}
    if not kinds:
        return pl.Series(name, values, dtype=pl.Null)
    if kinds == {int} and all(value is None or -(2**63) <= value < 2**63 for value in values):
        return pl.Series(name, values, dtype=pl.Int64)
    if kinds <= {int, float, Decimal} and kinds != {int}:
        return pl.Series(name, [None if value is None else float(value) for value in values], dtype=pl.Float64)
    if kinds == {dt.datetime}:
        return _times(name, values)
    plain: dict[type, Any] = {bool: pl.Boolean, str: pl.String, dt.date: pl.Date, dt.time: pl.Time}
    plain[dt.timedelta] = pl.Duration("us")
    if len(kinds) == 1 and (kind := kinds & plain.keys()):
        return pl.Series(name, values, dtype=plain[kind.pop()])
    if nested := [kind for kind in kinds if issubclass(kind, _NESTED)]:
        return pl.Series(name, values, dtype=pl.Binary if nested[0] in _NESTED[:3] else pl.Object)
    return pl.Series(name, [None if value is None else str(value) for value in values], dtype=pl.String)


def _times(name: str, values: Sequence[dt.datetime | None]) -> pl.Series:
    """Return times; those with a zone in UTC."""
    import polars as pl

    if not any(value is not None and value.tzinfo for value in values):
        return pl.Series(name, values, dtype=pl.Datetime("us"))
    utc = [None if value is None else value.astimezone(dt.UTC) for value in values]
    return pl.Series(name, utc, dtype=pl.Datetime("us", "UTC"))
