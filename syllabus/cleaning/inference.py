"""Which columns of text hold numbers: all that can be read as such without losing a value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import polars as pl

    from syllabus.settings import Type

Key = TypeVar("Key")

# Most columns that hold no numbers show it in their first rows.
_HEAD = 1000
# 007 is a code, not a number: read as one it would lose its zeros.
_CODE = r"^[+-]?0\d"
# Beyond 64 bits a number would lose its last digits, and two keys become one.
_WIDE = r"^[+-]?\d{19,}$"


def inferred(frame: pl.LazyFrame, texts: Sequence[str]) -> dict[str, Type]:
    """Return integer or number for each of these columns that can be read as such without losing a value."""
    import polars as pl

    kinds: dict[str, Type] = {}
    fitting: tuple[tuple[Type, pl.DataType, str], ...] = (
        ("integer", pl.Int64(), _CODE),
        ("number", pl.Float64(), f"{_CODE}|{_WIDE}"),
    )
    for kind, stored, code in fitting:
        fit: dict[str, pl.Expr] = {}
        some: dict[str, pl.Expr] = {}
        for column in texts:
            if column not in kinds:
                value = pl.col(column)
                read = value.cast(stored, strict=False)
                fit[column] = (value.is_null() | (read.is_not_null() & ~value.str.contains(code))).all()
                some[column] = fit[column] & read.is_finite().any()
        fits_first = totals(frame.head(_HEAD), fit)
        fits_all = totals(frame, {column: value for column, value in some.items() if fits_first[column]})
        kinds |= {column: kind for column, fits in fits_all.items() if fits}
    return kinds


def totals(frame: pl.LazyFrame, asked: Mapping[Key, pl.Expr]) -> dict[Key, Any]:
    """Return one value for each expression, all in one pass."""
    if not asked:
        return {}
    row = frame.select(value.alias(str(place)) for place, value in enumerate(asked.values()))
    return dict(zip(asked, row.collect(engine="streaming").row(0), strict=True))
