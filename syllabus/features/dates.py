"""What a date or a time becomes: its parts, its age, and the days since other dates of the same row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

from syllabus.examples import Column
from syllabus.settings import DatePart

if TYPE_CHECKING:
    import polars as pl

    from syllabus.settings import Data

Feature = tuple[Column, "pl.Expr"]

PERIODS: Mapping[str, float] = {"month": 12, "day": 31, "weekday": 7, "hour": 24, "minute": 60}
"""After how many the values of a part begin anew."""
CYCLES: Mapping[str, float] = {"month": 365.25, "day": 31, "weekday": 7, "hour": 1, "minute": 1 / 24}
"""The same in days: how long it takes until a part has been everything once."""
ABSOLUTE = ("age", "year")
"""What never comes again: later rows have values beyond all of train."""
COMPARED = 6
"""Of more dates than that, no differences are taken unless they are declared."""
_UNITS = {"ms": 86_400_000.0, "us": 86_400_000_000.0, "ns": 86_400_000_000_000.0}


@dataclass(frozen=True)
class Moments:
    """What was learned of a column of dates or times.

    Args:
        parts: what is read of it, in the order of `DatePart`.
        newest: the last moment of train in days since 1970, from which the age counts.
        since: the other columns of dates from which days are counted.
    """

    parts: tuple[str, ...]
    newest: float
    since: tuple[str, ...]

    def plain(self) -> dict[str, Any]:
        """Return what JSON can hold; `Moments(**plain)` reads it."""
        return {"parts": list(self.parts), "newest": self.newest, "since": list(self.since)}


def moments(plain: Mapping[str, Any]) -> Moments:
    """Return what `Moments.plain` wrote."""
    return Moments(tuple(plain["parts"]), plain["newest"], tuple(plain["since"]))


def is_moment(kind: pl.DataType) -> bool:
    """Return whether a type is a day or a moment; a time of day and a length of time are numbers."""
    import polars as pl

    return isinstance(kind, pl.Date | pl.Datetime)


def learn(train: pl.LazyFrame, names: list[str], data: Data) -> dict[str, Moments]:
    """Learn what is read of each date: only parts that vary in train, unless `data.dates` names them.

    Where rows are split by time, later rows lie beyond train. There no date gives its year or age, and the column of
    the time itself gives only parts whose cycle train has seen twice: a month that has come but once is an age, too.

    Args:
        train: the rows.
        names: columns of days or moments.
        data: the roles, and what is declared.
    """
    schema = train.collect_schema()
    timed = "time" in data.columns.values()
    known = {name: list(_parts(name, schema[name])) for name in names}
    asked = [
        end
        for place, name in enumerate(names)
        for part in known[name]
        for end in (part[1].min().alias(f"{place} {part[0]} low"), part[1].max().alias(f"{place} {part[0]} high"))
    ]
    seen = train.select(asked).collect(engine="streaming").row(0, named=True) if asked else {}
    found: dict[str, Moments] = {}
    for place, name in enumerate(names):
        ends = {part: (seen[f"{place} {part} low"], seen[f"{place} {part} high"]) for part, _ in known[name]}
        newest, span = _span(train, name, schema)
        said = data.dates.get(name)
        parts = [part for part, (low, high) in ends.items() if low != high]
        if timed:
            parts = [part for part in parts if part not in ABSOLUTE]
        if data.columns.get(name) == "time":
            parts = [part for part in parts if span >= 2 * CYCLES[part]]
        if said is not None and said.parts is not None:
            parts = [part for part in get_args(DatePart) if part in said.parts]
        before = names[:place] if len(names) <= COMPARED else []
        since = before if said is None or said.since is None else said.since
        found[name] = Moments(tuple(parts), newest, tuple(since))
    return found


def features(learned: Mapping[str, Moments], schema: Mapping[str, pl.DataType]) -> Iterator[Feature]:
    """Yield each number that the dates give: what it is, and how a table gives it as Float64, null where missing."""
    for name, what in learned.items():
        for part, expression in _parts(name, schema[name], what.newest):
            if part in what.parts:
                yield Column(f"{name}: {part}", period=PERIODS.get(part), source=name), expression
        for other in what.since:
            days = _days(name, schema[name]) - _days(other, schema[other])
            yield Column(f"{name}: days since {other}", source=name), days


def names(learned: Mapping[str, Moments]) -> Iterator[Column]:
    """Yield what the numbers of `features` are."""
    for name, what in learned.items():
        yield from (Column(f"{name}: {part}", period=PERIODS.get(part), source=name) for part in what.parts)
        yield from (Column(f"{name}: days since {other}", source=name) for other in what.since)


def _parts(name: str, kind: pl.DataType, newest: float = 0.0) -> Iterator[tuple[str, pl.Expr]]:
    import polars as pl

    column = pl.col(name)
    timed = column if isinstance(kind, pl.Datetime) else column.cast(pl.Datetime("us"))
    given = {
        "age": newest - _days(name, kind),
        "year": column.dt.year(),
        "month": column.dt.month(),
        "day": column.dt.day(),
        "weekday": column.dt.weekday(),
        "hour": timed.dt.hour(),
        "minute": timed.dt.minute(),
    }
    for part in get_args(DatePart):
        yield part, given[part].cast(pl.Float64)


def _days(name: str, kind: pl.DataType) -> pl.Expr:
    """Return the days since 1970, with their fractions; moments of any zone in UTC."""
    import polars as pl

    number = pl.col(name).to_physical().cast(pl.Float64)
    return number / _UNITS[kind.time_unit] if isinstance(kind, pl.Datetime) else number


def _span(train: pl.LazyFrame, name: str, schema: Mapping[str, pl.DataType]) -> tuple[float, float]:
    """Return the newest moment of a column and how many days the oldest lies before it."""
    days = _days(name, schema[name])
    low, high = train.select(days.min().alias("low"), days.max().alias("high")).collect(engine="streaming").row(0)
    return (0.0, 0.0) if high is None else (float(high), float(high - low))
