"""The declared cleaning of a raw table: what each rule does to each column, in order."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from syllabus import written
from syllabus.cleaning.inference import inferred
from syllabus.errors import Unmet
from syllabus.frames import ROW

if TYPE_CHECKING:
    import polars as pl

    from syllabus.settings import Cleaning

LOSING = ("missing", "number", "date", "type", "limits", "infinite", "calendar")
"""The rules that change a value only where it is lost; a number read from its text is none."""


@dataclass(frozen=True, eq=False)
class Change:
    """One rule applied to one column.

    Args:
        rule: strip, missing, relabel, number, date, type, limits, infinite or calendar.
        column: where.
        after: what becomes of the column as the rules before leave it.
        counted: False where the rule cannot change a value, only how it is stored.
    """

    rule: str
    column: str
    after: pl.Expr
    counted: bool = True

    def changed(self, before: pl.Expr, after: pl.Expr) -> pl.Expr:
        """Whether a value was changed."""
        return before.is_not_null() & (after.is_null() if self.rule in LOSING else before != after)


def changes(frame: pl.LazyFrame, cleaning: Cleaning, *, infer: bool = True) -> list[Change]:
    """Return what the rules do to each column, in order.

    Args:
        frame: the raw table.
        cleaning: the rules.
        infer: whether texts are numbers where all of a column can be read as such; this takes a pass over the data.

    Raises:
        Unmet: a rule about texts names a column that holds none, or one about numbers a column without.
    """
    import polars as pl

    schema = frame.collect_schema()
    columns = [column for column in schema if column != ROW]
    found: list[Change] = []
    for column in columns:
        found += (_of_text if schema[column] == pl.String else _of_typed)(column, schema[column], cleaning)
    declared = {*cleaning.types, *cleaning.numbers, *cleaning.dates}
    texts = [column for column in columns if schema[column] == pl.String and column not in declared]
    types = cleaning.types | (inferred(apply(frame, found), texts) if infer else {})
    for column, kind in types.items():
        read = written.cast(pl.col(column), kind, schema[column])
        found.append(Change("type", column, read, counted=column in cleaning.types))
    for column in cleaning.limits:
        read_as = "number" if column in cleaning.numbers else "date" if column in cleaning.dates else types.get(column)
        found.append(_limited(column, schema[column], read_as, cleaning))
    for column in columns:
        if types.get(column) == "number" or (schema[column].is_float() and column not in types):
            # SQL engines do not take NaN for missing, and no model reads an infinity.
            found.append(Change("infinite", column, pl.when(pl.col(column).is_finite()).then(pl.col(column))))
    return found


def _of_text(column: str, _: pl.DataType, cleaning: Cleaning) -> Iterator[Change]:
    """Yield what is done to a column of texts before its type is known."""
    import polars as pl

    value = pl.col(column)
    if cleaning.strip:
        yield Change("strip", column, value.str.strip_chars())
    known = _told(value, cleaning.missing, cleaning.missing_in.get(column, ()))
    yield Change("missing", column, pl.when(known).then(value))
    if column in cleaning.relabel:
        yield Change("relabel", column, value.replace(cleaning.relabel[column]))
    if column in cleaning.numbers:
        yield Change("number", column, written.number(value, cleaning.numbers[column]))
    if column in cleaning.dates:
        yield Change("date", column, written.date(value, cleaning.dates[column]))


def _of_typed(column: str, kind: pl.DataType, cleaning: Cleaning) -> Iterator[Change]:
    """Yield what is done to a column that its source gives a type.

    Raises:
        Unmet: a rule about texts names it.
    """
    import polars as pl

    for key in ("relabel", "numbers", "dates"):
        if column in getattr(cleaning, key):
            raise Unmet(f"data.cleaning.{key} names {column}, which holds {kind}, not text")
    value = pl.col(column)
    if ends := _calendar(kind):
        yield Change("calendar", column, pl.when(value.to_physical().is_between(*ends)).then(value))
    if markers := cleaning.missing_in.get(column, ()):
        yield Change("missing", column, pl.when(_told(value.cast(pl.String), (), markers)).then(value))


def _limited(column: str, kind: pl.DataType, read: str | None, cleaning: Cleaning) -> Change:
    """Return the rule that makes missing what is beyond the limits of a column.

    Args:
        column: which.
        kind: its type in the source.
        read: what its texts are read as, None where it holds none.
        cleaning: the rules.

    Raises:
        Unmet: the column holds neither numbers nor dates, or a limit is of the other kind.
    """
    import polars as pl

    numbers = kind.is_numeric() or read in ("integer", "number")
    if not (numbers or kind.is_temporal() or read in ("date", "datetime")):
        raise Unmet(f"data.cleaning.limits names {column}, which holds no numbers and no dates")
    value, possible = pl.col(column), pl.lit(True)
    for limit, within in zip(cleaning.limits[column], (pl.Expr.ge, pl.Expr.le), strict=True):
        if isinstance(limit, str) == numbers and limit is not None:
            held = "numbers" if numbers else "dates"
            raise Unmet(f"data.cleaning.limits.{column}: the column holds {held}, and the limit is {limit!r}")
        if limit is not None:
            end = pl.lit(dt.datetime.fromisoformat(limit)) if isinstance(limit, str) else limit
            possible &= within(value if numbers else value.cast(pl.Datetime("us")), end)
    return Change("limits", column, pl.when(possible).then(value))


def _calendar(kind: pl.DataType) -> tuple[int, int] | None:
    """Return the first and the last time from year 1 to 9999 as a file counts them; None where it cannot count beyond.

    Whatever reads a time beyond them, polars first of all, ends the process.
    """
    import polars as pl

    counted = pl.Date() if kind == pl.Date else pl.Datetime(getattr(kind, "time_unit", None) or "us")
    if kind not in (pl.Date, pl.Datetime) or counted == pl.Datetime("ns"):
        return None
    first, last = pl.Series([dt.datetime.min, dt.datetime.max]).cast(counted).to_physical().to_list()
    return first, last


def _told(text: pl.Expr, missing: tuple[str, ...], markers: tuple[str | float, ...]) -> pl.Expr:
    """Return whether a cell tells something: one without a text is missing, whatever else is."""
    import polars as pl

    known = ~text.is_in(["", *missing, *(marker for marker in markers if isinstance(marker, str))])
    if numbers := [float(marker) for marker in markers if not isinstance(marker, str)]:
        # -999 is also written -999.0.
        known &= ~text.cast(pl.Float64, strict=False).is_in(numbers).fill_null(False)
    return known


def apply(frame: pl.LazyFrame, found: list[Change]) -> pl.LazyFrame:
    """Return the table with every change made."""
    for layer in layers(found):
        frame = frame.with_columns(change.after.alias(change.column) for change in layer)
    return frame


def layers(found: list[Change]) -> list[list[Change]]:
    """Return the changes so that each layer has at most one of a column, and follows on the layers before it."""
    before: Counter[str] = Counter()
    made: list[list[Change]] = []
    for change in found:
        depth = before[change.column]
        before[change.column] += 1
        made.extend([] for _ in range(depth + 1 - len(made)))
        made[depth].append(change)
    return made
