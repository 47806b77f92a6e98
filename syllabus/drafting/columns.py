"""What is expected of one column, by what it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from syllabus.drafting import categorical, numeric, slack, texts
from syllabus.drafting.expectations import Expectation, Severity, expectation, percent, share_down
from syllabus.drafting.profile import Values, numbers
from syllabus.drafting.roles import Column
from syllabus.drafting.table import sayable

_CODES = 20
"""The most values of a number that is rather a code, a count or a grade."""

_TYPED = (
    "expect_column_quantile_values_to_be_between",
    "expect_column_values_to_match_regex",
    "expect_column_value_lengths_to_be_between",
)
_NUMBERS = ("BIGINT", "INTEGER", "SMALLINT", "HUGEINT", "DOUBLE", "DOUBLE PRECISION", "REAL", "FLOAT", "NUMERIC")
_TEXTS = ("VARCHAR", "TEXT")
_TIMES = ("DATE", "TIMESTAMP", "TIMESTAMP WITHOUT TIME ZONE", "TIMESTAMP WITH TIME ZONE")


def draft_column(
    table: pl.LazyFrame, kind: pl.DataType, column: Column, values: Values, *, wide: bool
) -> Iterator[Expectation]:
    """Yield the expectations of one column.

    Args:
        table: the rows.
        kind: the column's type.
        column: what it is.
        values: what was counted.
        wide: whether the table has so many columns that each may ask one thing only.
    """
    if column.role == "unasked":
        return
    if not values.present:
        yield expectation(
            "column_values_to_be_null",
            "info",
            "No value was seen: what comes here one day is known to nobody yet.",
            column=values.name,
        )
        return
    by_role = list(_by_role(table, kind, column, values, wide=wide))
    # Asked of another type, these questions are refused, and the refusal says why.
    told = any(one["type"] in _TYPED for one in by_role) and not isinstance(kind, pl.Date | pl.Datetime)
    if column.target or not (wide or told):
        yield from _type(kind, column)
    # That columns without gaps stay so is one question about all of them.
    if column.target or (not wide and (values.missing or not sayable(values.name))):
        yield from _missing(values, target=column.target)
    yield from by_role[-1:] if wide else by_role


def comparable(columns: Sequence[Column], schema: pl.Schema) -> dict[str, list[str]]:
    """Return the columns that can be compared with each other: numbers with numbers, times of one type."""
    kinds: dict[str, list[str]] = {}
    for column in columns:
        kind = schema[column.name]
        if column.role in ("identifier", "group", "constant", "empty", "unasked"):
            continue
        if kind.is_numeric():
            kinds.setdefault("numbers", []).append(column.name)
        elif isinstance(kind, pl.Date | pl.Datetime):
            kinds.setdefault(str(kind), []).append(column.name)
    return kinds


def _by_role(
    table: pl.LazyFrame, kind: pl.DataType, column: Column, values: Values, *, wide: bool
) -> Iterator[Expectation]:
    keyed = column.role in ("identifier", "group")
    if column.role == "identifier":
        yield from texts.key(values, _all_differ(table, values))
    if kind == pl.Boolean:
        yield from categorical.draft(values, target=column.target)
    elif isinstance(kind, pl.Date | pl.Datetime):
        yield from texts.times(table, values)
    elif kind.is_numeric():
        seen = numbers(table, pl.col(column.name))
        coded = column.role in ("categorical", "boolean", "constant", "empty") or len(values.counts) <= _CODES
        if values.counts and coded and seen.whole and not seen.infinite and len(seen.ordered):
            yield from categorical.draft(values, target=column.target)
        elif not keyed:
            yield from numeric.draft(column.name, seen, ranges=not wide)
    elif kind == pl.String or isinstance(kind, pl.Enum | pl.Categorical):
        counted = bool(values.counts) and not keyed and column.role not in ("text", "time", "date")
        drafted = list(categorical.draft(values, target=column.target)) if counted else []
        yield from drafted or texts.draft(table.with_columns(pl.col(column.name).cast(pl.String)), values)


def _type(kind: pl.DataType, column: Column) -> Iterator[Expectation]:
    known: tuple[tuple[str, tuple[str, ...]], ...] = (
        ("numbers", _NUMBERS if kind.is_numeric() else ()),
        ("texts", _TEXTS if kind == pl.String or isinstance(kind, pl.Enum | pl.Categorical) else ()),
        ("dates or times", _TIMES if isinstance(kind, pl.Date | pl.Datetime) else ()),
        ("true or false", ("BOOLEAN",) if kind == pl.Boolean else ()),
    )
    exact = (f"NUMERIC({kind.precision}, {kind.scale})",) if isinstance(kind, pl.Decimal) else ()
    for said, types in known:
        if types:
            yield expectation(
                "column_values_to_be_in_type_list",
                "critical",
                f"Seen: {said} ({kind}). Another type means that one value or more can no longer be read as before, "
                "and every question below is asked in vain.",
                column=column.name,
                type_list=[*types, *exact],
            )


def _missing(values: Values, *, target: bool) -> Iterator[Expectation]:
    allowed = slack.most(values.missing, values.rows, tolerated=0.02)
    if allowed >= 1:
        return
    severity: Severity = "critical" if target else "warning"
    why = (
        "There is nothing to learn from a row without an answer."
        if target
        else "More means that a source has dried up."
    )
    yield expectation(
        "column_proportion_of_non_null_values_to_be_between",
        severity,
        f"Seen: {percent(values.missing)} of {values.rows:,} rows have no value. {why}",
        column=values.name,
        min_value=share_down(1 - allowed),
    )


def _all_differ(table: pl.LazyFrame, values: Values) -> bool:
    # The rough count spares counting what repeats anyway.
    if values.distinct < 0.9 * values.present:
        return False
    exact = table.select(pl.col(values.name).drop_nulls().n_unique()).collect(engine="streaming").item()
    return bool(exact == values.present)
