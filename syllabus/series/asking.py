"""What a model of series is asked with: the columns of a history, an example of one, and moments as train had them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from syllabus import modalities
from syllabus.series.grid import Grid
from syllabus.series.moments import STEP

if TYPE_CHECKING:
    import polars as pl

    from syllabus.series.encoding import Encoding
    from syllabus.series.options import Options
    from syllabus.settings import Data
    from syllabus.settings.cleaning import Type

NEW: Mapping[str, Any] = {"text": "a new one", "integer": 0, "number": 0.0, "boolean": False}
"""What the example calls its series: nobody's."""
SHOWN = 60
"""So many steps of a history are shown at the least, where so many are looked back at."""
_HELD: Mapping[str, Type] = {"Float64": "number", "Float32": "number", "Boolean": "boolean", "Date": "date"}


def asks(data: Data, _: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the columns that a request must have: when, of which series, the value, and what is told beside it."""
    options: Options = modalities.options(data)
    return [options.time, *options.series, data.target, *options.known, *options.past, *options.static]


def types(data: Data, signature: Sequence[Mapping[str, Any]]) -> dict[str, Type]:
    """Return what the cells of each of these columns are."""
    held = {str(one["name"]): _cell(str(one["role"]), str(one["type"])) for one in signature}
    return {name: held.get(name, "number") for name in asks(data, signature)}


def needed(data: Data, _: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return those of these columns in which no value may be missing: every row has its moment and its series."""
    options: Options = modalities.options(data)
    return [options.time, *options.series]


def example(train: pl.LazyFrame, learned: Encoding, data: Data) -> list[dict[str, Any]]:
    """Return a history of nobody: what is usual at each step of a season, again and again, and the steps ahead."""
    import polars as pl

    options, season = learned.options, learned.task.season
    schema = train.collect_schema()
    phase = pl.col(STEP) % season
    usual = dict(train.group_by(phase).agg(pl.col(learned.target).cast(pl.Float64).median()).collect().iter_rows())
    middle = train.select(pl.col(learned.target).cast(pl.Float64).median()).collect().item()
    back = min(learned.back, max(2 * season, SHOWN))
    first = int(train.select(pl.col(STEP).max()).collect().item()) + 1
    steps = pl.Series(range(first, first + back + (options.horizon if options.known else 0)), dtype=pl.Int64)
    times = told(moments(steps, learned, str(schema[options.time])), data)
    same = _beside(train, [*options.known, *options.past, *options.static])
    same |= {key: NEW.get(_cell("series", str(schema[key])), "") for key in options.series}
    whole = schema[learned.target].is_integer()
    rows = []
    for place, (step, at) in enumerate(zip(steps, times, strict=True)):
        value = usual.get(step % season)
        row = same | {options.time: at, learned.target: _rounded(middle if value is None else value, whole=whole)}
        if place >= back:
            row |= dict.fromkeys([learned.target, *options.past])
        rows.append({name: row[name] for name in asks(data, ())})
    return rows


def moments(steps: pl.Series, learned: Encoding, held: str) -> pl.Series:
    """Return when steps are, as a column of the type `held`, which train had."""
    import polars as pl

    zone = re.search(r"time_zone='([^']+)'", held)
    if zone is None:
        wall = learned.grid.moments(steps)
        return wall.cast(pl.Date) if held == "Date" else wall
    if learned.grid.passing:
        passed = Grid(learned.grid.frequency, learned.grid.offset).moments(steps)
        return passed.dt.replace_time_zone("UTC").dt.convert_time_zone(zone[1])
    return learned.grid.moments(steps).dt.replace_time_zone(zone[1], ambiguous="earliest", non_existent="null")


def told(when: pl.Series, data: Data) -> list[str]:
    """Return moments as texts of a request: as the source writes them, or else as ISO 8601 does, in UTC with a zone."""
    options: Options = modalities.options(data)
    forms = data.cleaning.dates.get(options.time)
    form = forms if isinstance(forms, str) or forms is None else forms[0]
    return [_written(moment, form) for moment in when.to_list()]


def _written(moment: date | datetime, form: str | None) -> str:
    if form is not None:
        return moment.strftime(form.replace("%q", str((moment.month + 2) // 3)))
    if isinstance(moment, datetime) and moment.tzinfo is not None:
        return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
    return moment.isoformat()


def _cell(role: str, held: str) -> Type:
    """Return as what the cells of a column are read, which train had as `held`."""
    if role == "time":
        return "date" if held == "Date" else "datetime"
    if role in ("known", "past"):
        return "boolean" if held == "Boolean" else "number"
    if held.startswith(("Int", "UInt")):
        return "integer" if role == "series" else "number"
    return _HELD.get(held, "text")


def _beside(train: pl.LazyFrame, names: Sequence[str]) -> dict[str, Any]:
    """Return a usual value of each column: the median of numbers, else what is most frequent."""
    import polars as pl

    found: dict[str, Any] = {}
    for name in names:
        values = train.select(pl.col(name).drop_nulls()).collect()[name]
        if not len(values):
            found[name] = None
        elif values.dtype.is_numeric():
            found[name] = _rounded(values.cast(pl.Float64).median(), whole=values.dtype.is_integer())
        else:
            found[name] = values.mode().sort()[0]
    return found


def _rounded(value: Any, *, whole: bool) -> float | int | None:
    """Return three digits of a number: a usual one, and no row's own."""
    if value is None:
        return None
    rounded = float(f"{value:.3g}") + 0.0  # nought has no sign
    return round(rounded) if whole else rounded
