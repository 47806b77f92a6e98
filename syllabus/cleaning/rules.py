"""The declared cleaning of a raw table, lazily, with a count and examples of every change."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from syllabus import written
from syllabus.cleaning.inference import inferred, totals
from syllabus.cleaning.undoing import undo
from syllabus.errors import Unmet
from syllabus.frames import ROW

if TYPE_CHECKING:
    import polars as pl

    from syllabus.settings import Cleaning

EXAMPLES = 3
_SHOWN = 200
LOSING = ("missing", "number", "date", "type", "limits", "infinite")
"""The rules that change a value only where it is lost; a number read from its text is none."""
READING = {"number": "numbers", "date": "dates", "type": "types"}
"""The rules that read texts as something, and the keys that declare them."""


@dataclass(frozen=True, eq=False)
class Change:
    """One rule applied to one column: its values before and after.

    Args:
        rule: strip, missing, relabel, number, date, type, limits or infinite.
        column: where.
        before: the value as it came to the rule.
        after: the value as it left it.
        counted: False where the rule cannot change a value, only how it is stored.
    """

    rule: str
    column: str
    before: pl.Expr
    after: pl.Expr
    counted: bool = True

    @property
    def changed(self) -> pl.Expr:
        """Whether a row was changed."""
        return self.before.is_not_null() & (self.after.is_null() if self.rule in LOSING else self.before != self.after)


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
    cleaned = {column: pl.col(column) for column in schema if column != ROW}
    found: list[Change] = []

    def rule(name: str, column: str, after: pl.Expr, *, counted: bool = True) -> None:
        found.append(Change(name, column, cleaned[column], after, counted))
        cleaned[column] = after

    for column in cleaned:
        markers = cleaning.missing_in.get(column, ())
        if schema[column] == pl.String:
            if cleaning.strip:
                rule("strip", column, cleaned[column].str.strip_chars())
            rule("missing", column, pl.when(_told(cleaned[column], cleaning.missing, markers)).then(cleaned[column]))
            if column in cleaning.relabel:
                rule("relabel", column, cleaned[column].replace(cleaning.relabel[column]))
            if column in cleaning.numbers:
                rule("number", column, written.number(cleaned[column], cleaning.numbers[column]))
            if column in cleaning.dates:
                rule("date", column, written.date(cleaned[column], cleaning.dates[column]))
        else:
            for key in ("relabel", "numbers", "dates"):
                if column in getattr(cleaning, key):
                    raise Unmet(f"data.cleaning.{key} names {column}, which holds {schema[column]}, not text")
            if markers:
                known = _told(cleaned[column].cast(pl.String), (), markers)
                rule("missing", column, pl.when(known).then(cleaned[column]))
    declared = {*cleaning.types, *cleaning.numbers, *cleaning.dates}
    texts = {c: value for c, value in cleaned.items() if schema[c] == pl.String and c not in declared}
    types = cleaning.types | (inferred(frame, texts) if infer else {})
    for column, kind in types.items():
        rule("type", column, written.cast(cleaned[column], kind, schema[column]), counted=column in cleaning.types)
    for column, limits in cleaning.limits.items():
        read = "number" if column in cleaning.numbers else "date" if column in cleaning.dates else types.get(column)
        numbers = schema[column].is_numeric() or read in ("integer", "number")
        if not (numbers or schema[column].is_temporal() or read in ("date", "datetime")):
            raise Unmet(f"data.cleaning.limits names {column}, which holds no numbers and no dates")
        possible = pl.lit(True)
        for limit, within in zip(limits, (pl.Expr.ge, pl.Expr.le), strict=True):
            if isinstance(limit, str) == numbers and limit is not None:
                held = "numbers" if numbers else "dates"
                raise Unmet(f"data.cleaning.limits.{column}: the column holds {held}, and the limit is {limit!r}")
            if limit is not None:
                end = pl.lit(dt.datetime.fromisoformat(limit)) if isinstance(limit, str) else limit
                value = cleaned[column] if numbers else cleaned[column].cast(pl.Datetime("us"))
                possible &= within(value, end)
        rule("limits", column, pl.when(possible).then(cleaned[column]))
    for column in cleaned:
        if types.get(column) == "number" or (schema[column].is_float() and column not in types):
            # SQL engines do not take NaN for missing, and no model reads an infinity.
            rule("infinite", column, pl.when(cleaned[column].is_finite()).then(cleaned[column]))
    return found


def _told(text: pl.Expr, missing: tuple[str, ...], markers: tuple[str | float, ...]) -> pl.Expr:
    """Return whether a cell tells something: one without a text is missing, whatever else is."""
    import polars as pl

    known = ~text.is_in(["", *missing, *(marker for marker in markers if isinstance(marker, str))])
    if numbers := [float(marker) for marker in markers if not isinstance(marker, str)]:
        # -999 is also written -999.0.
        known &= ~text.cast(pl.Float64, strict=False).is_in(numbers).fill_null(False)
    return known


def apply(frame: pl.LazyFrame, found: list[Change]) -> pl.LazyFrame:
    """Return the table with every change made; the last one of a column holds all before it."""
    last = {change.column: change.after for change in found}
    return frame.with_columns(expression.alias(column) for column, expression in last.items())


def report(frame: pl.LazyFrame, found: list[Change]) -> list[dict[str, Any]]:
    """Count the rows that each change touches, in one pass, and show the first few.

    Raises:
        Unmet: a declared type fits no value of its column.
    """
    import polars as pl

    counted = [change for change in found if change.counted]
    rows = totals(frame, {change: change.changed.sum() for change in counted})
    known = totals(frame, {change: change.before.count() for change in counted if change.rule in READING})
    made = [change for change in counted if rows[change]]
    sides = ("before", "after")
    shown = [
        frame.filter(change.changed)
        .select(ROW, *(getattr(change, side).cast(pl.String).str.slice(0, _SHOWN).alias(side) for side in sides))
        .head(EXAMPLES)
        for change in made
    ]
    told: list[dict[str, Any]] = []
    for change, examples in zip(made, pl.collect_all(shown, engine="streaming"), strict=True):
        if rows[change] == known.get(change):
            # Every value would be lost: it is the declaration that is wrong, not the data.
            raise Unmet(
                f"data.cleaning.{READING[change.rule]}: no value of column {change.column} can be read as declared; "
                f"row {examples.item(0, ROW)} holds {examples.item(0, 'before')!r}; {written.HOW}"
            )
        told.append(
            {
                "rule": change.rule,
                "column": change.column,
                "rows": rows[change],
                "examples": examples.to_dicts(),
                "undo": undo(change.rule, change.column),
            }
        )
    return told
