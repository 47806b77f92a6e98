"""Numbers and dates that lie far from the rest, or stand for a missing value."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from syllabus.cleaning.inference import totals
from syllabus.frames import ROW

if TYPE_CHECKING:
    import polars as pl

FAR = 5.0
"""How many times as far from the median as the quantile of `TAIL` on its side a value must lie to be flagged."""
TAIL = 0.05
FEWEST = 50
"""Of fewer values, no quantile says what is far."""
MARKS = 3
"""A mark for missing is found in so many rows at the least."""
SHOWN = 5
_NINES = re.compile(r"-?9{2,}(\.0|\.9+)?|-1(\.0)?")
_EPOCHS = tuple(dt.date(*day) for day in ((1899, 12, 30), (1900, 1, 1), (1901, 1, 1), (1970, 1, 1), (9999, 12, 31)))
_DAY = 86_400e6


@dataclass(frozen=True)
class Fence:
    """Between what a column's values usually lie."""

    low: float
    high: float


def plain(name: str, kind: pl.DataType) -> pl.Expr:
    """Return a column as numbers; a date as days since 1970."""
    import polars as pl

    if kind == pl.Date or isinstance(kind, pl.Datetime):
        return (pl.col(name).cast(pl.Datetime("us")).cast(pl.Int64) / _DAY).alias(name)
    return (pl.col(name).to_physical() if kind.is_temporal() else pl.col(name)).cast(pl.Float64).alias(name)


def fence(values: NDArray[np.float64]) -> Fence:
    """Return the fence that a sample of a column tells.

    A skewed column has a long tail on one side and a short one on the other, so each side is measured by itself, as
    the adjusted boxplot does (Hubert and Vandervieren 2008); by its own tail, since the middle half of a column
    of zeros says nothing of its tail. One value in twenty may be wrong and the fence does not move much. Of normal
    numbers it lies eight deviations away, of exponential ones beyond the last of 100,000. A side on which less than one
    value in twenty differs from the median has no fence.

    >>> fence(np.arange(101.0))
    Fence(low=-175.0, high=275.0)
    """
    known = values[np.isfinite(values)]
    if len(known) < FEWEST:
        return Fence(-math.inf, math.inf)
    # Python's own numbers: what lies beyond the largest of them is infinite, without a word.
    low, middle, high = np.quantile(known, [TAIL, 0.5, 1 - TAIL]).tolist()
    return Fence(
        middle - FAR * (middle - low) if low < middle else -math.inf,
        middle + FAR * (high - middle) if high > middle else math.inf,
    )


def flags(table: pl.LazyFrame, sample: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield the columns with values beyond their fences, and those with a value that may stand for a missing one.

    Args:
        table: all rows.
        sample: some of its rows, the columns to look at as `plain` gives them.
    """
    import polars as pl

    schema = table.collect_schema()
    fences = {column.name: fence(column.to_numpy()) for column in sample}
    numbers = {name: plain(name, schema[name]).fill_nan(None) for name in fences}
    ends = totals(table, {(n, end): getattr(value, end)() for n, value in numbers.items() for end in ("min", "max")})
    extremes = {
        (name, end): value
        for (name, end), value in ends.items()
        if value is not None and (_beyond(value, fences[name]) or _NINES.fullmatch(f"{value:g}") or _epoch(value))
    }
    counts = totals(table, {(name, end): (numbers[name] == value).sum() for (name, end), value in extremes.items()})
    marks: dict[str, float] = {}
    for (name, end), value in extremes.items():
        other = ends[name, "max" if end == "min" else "min"]
        if counts[name, end] >= MARKS and value != other and _mark(value, schema[name], fences[name], sample[name]):
            marks[name] = value
            yield _marked(table, name, schema[name], value, counts[name, end], numbers[name])
    beyond = {
        name: ((value < fences[name].low) | (value > fences[name].high)) & (value != marks.get(name, math.nan))
        for name, value in numbers.items()
        if any(_beyond(ends[name, end], fences[name]) for end in ("min", "max") if ends[name, end] is not None)
    }
    far = totals(table, {name: where.sum() for name, where in beyond.items()})
    middles = {name: float(np.nanmedian(sample[name].to_numpy())) for name in beyond}
    for name, rows in far.items():
        if rows:
            distance = (numbers[name] - middles[name]).abs()
            found = table.filter(beyond[name]).select(ROW, pl.col(name).cast(pl.String), distance.alias("_far"))
            shown = found.sort("_far", ROW, descending=[True, False]).head(SHOWN).collect(engine="streaming")
            examples = [
                {"rows": [row], "value": str(value)} for row, value in zip(shown[ROW], shown[name], strict=True)
            ]
            line = (
                f"limits: {{{json.dumps(name, ensure_ascii=False)}: {_limits(fences[name], schema[name], ends, name)}}}"
            )
            yield {"kind": "outliers", "column": name, "rows": rows, "examples": examples, "line": line}


def _beyond(value: float, held: Fence) -> bool:
    return value < held.low or value > held.high


def _epoch(days: float) -> bool:
    return any(days == (day - dt.date(1970, 1, 1)).days for day in _EPOCHS)


def _mark(value: float, kind: pl.DataType, held: Fence, sample: pl.Series) -> bool:
    """Return whether an extreme value that several rows hold looks like a mark for missing: -999, 1900-01-01."""
    if kind.is_temporal():
        return _epoch(value)
    known = sample.to_numpy()
    rest = known[np.isfinite(known) & (known != value)]
    if not len(rest) or not _NINES.fullmatch(f"{value:g}"):
        return False
    # One less than nought is a mark only where nothing else is negative.
    return rest.min() >= 0 and bool((rest == np.floor(rest)).all()) if value == -1 else _beyond(value, held)


def _marked(
    table: pl.LazyFrame, name: str, kind: pl.DataType, value: float, rows: int, number: pl.Expr
) -> dict[str, Any]:
    shown = table.filter(number == value).select(ROW, name).head(SHOWN).collect()
    held: Any = str(shown[name][0]) if kind.is_temporal() else int(value) if value.is_integer() else value
    examples = [{"rows": shown[ROW].to_list(), "value": str(shown[name][0])}]
    line = f"missing_in: {{{json.dumps(name, ensure_ascii=False)}: [{json.dumps(held)}]}}"
    return {"kind": "marks", "column": name, "rows": rows, "examples": examples, "line": line}


def _limits(held: Fence, kind: pl.DataType, ends: Mapping[tuple[str, str], float], name: str) -> str:
    """Return the limits that keep what lies within the fence, rounded outwards; null where nothing lies beyond it."""
    low = held.low if ends[name, "min"] < held.low else None
    high = held.high if ends[name, "max"] > held.high else None
    if kind.is_temporal():
        return json.dumps([None if end is None else _day(end) for end in (low, high)])
    return json.dumps([low and _rounded(low, math.floor), high and _rounded(high, math.ceil)])


def _day(days: float) -> str:
    return (dt.date(1970, 1, 1) + dt.timedelta(days=math.floor(days))).isoformat()


def _rounded(value: float, towards: Any) -> float | int:
    """Return a number of three digits."""
    step = 10.0 ** (math.floor(math.log10(abs(value))) - 2) if value else 1.0
    found = towards(value / step) * step
    return int(found) if step >= 1 else float(f"{found:.6g}")
