"""Rows of JSON and what is told of their series: the steps ahead, an object each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from syllabus.cleaning.asking import REASON
from syllabus.errors import Unmet
from syllabus.frames import ROW
from syllabus.series import asking
from syllabus.serving import answers, engines
from syllabus.serving.fields import Field, Wrong, columns
from syllabus.serving.pieces import BEYOND

if TYPE_CHECKING:
    import polars as pl

    from syllabus.serving.forecasting.forecaster import Forecaster

SERIES, STEPS = "series", "steps"


def answered(forecaster: Forecaster, fields: Sequence[Field], rows: Sequence[Any]) -> list[dict[str, Any]]:
    """Return what is told of each series: what names it, what of it train has not, and its steps ahead.

    Raises:
        Wrong: a row cannot be read, or a series not be gone on from; it names the row.
    """
    given = columns(rows, fields)
    decimals = {field.name: field.decimal for field in fields}
    known, refused = forecaster.histories(engines.frame(given, len(rows), decimals))
    if len(refused):
        first = refused.row(0, named=True)
        raise Wrong(str(first[REASON]), f"rows[{first[ROW]}]")
    try:
        table = forecaster.forecasts(known)
    except Unmet as error:
        raise Wrong(str(error), "rows") from None
    return told(forecaster, table)


def told(forecaster: Forecaster, table: pl.DataFrame) -> list[dict[str, Any]]:
    """Return forecasts, as a table holds them, an object a series."""
    horizon, keys = forecaster.horizon, forecaster.series
    moments = asking.told(table[forecaster.time], forecaster.package.data)
    numbers = [name for name in (answers.PREDICTED, *answers.ENDS) if name in table.columns]
    parts = zip(*(table[name].to_list() for name in numbers), strict=True)
    steps = [
        {forecaster.time: at} | dict(zip(numbers, one, strict=True)) for at, one in zip(moments, parts, strict=True)
    ]
    found = []
    for place, row in enumerate(table.gather_every(horizon).iter_rows(named=True)):
        named = {key: row[key] for key in keys}
        beyond = row[BEYOND].split(", ") if row[BEYOND] else []
        found.append({SERIES: named, STEPS: steps[place * horizon : (place + 1) * horizon], BEYOND: beyond})
    return found
