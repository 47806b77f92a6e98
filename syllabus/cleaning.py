"""The declared cleaning of a raw table, lazily, with a count and examples of every change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from syllabus.errors import Unmet, nearest
from syllabus.frames import ROW

if TYPE_CHECKING:
    import polars as pl

    from syllabus.settings import Cleaning, Type

EXAMPLES = 3


@dataclass(frozen=True)
class Change:
    """One rule applied to one column: its values before and after.

    Args:
        rule: strip, missing, relabel, type or infinite.
        column: where.
        before: the value as it came to the rule.
        after: the value as it left it.
    """

    rule: str
    column: str
    before: pl.Expr
    after: pl.Expr

    @property
    def changed(self) -> pl.Expr:
        """Whether a row was changed; a number read from its text is not."""
        lost = self.rule in ("missing", "type", "infinite")
        return self.before.is_not_null() & (self.after.is_null() if lost else self.before != self.after)


def check(cleaning: Cleaning, columns: list[str], where: str) -> None:
    """Raise Unmet where the cleaning names a column that `where` does not have."""
    for key, named in (("relabel", cleaning.relabel), ("types", cleaning.types)):
        for column in named:
            if column not in columns:
                raise Unmet(
                    f"data.cleaning.{key} names {column}, which is not a column of {where}; {nearest(column, columns)}"
                )


def changes(frame: pl.LazyFrame, cleaning: Cleaning) -> list[Change]:
    """Return what the rules do to each column, in order. The types of untyped columns take one pass over the data."""
    import polars as pl

    schema = frame.collect_schema()
    cleaned: dict[str, pl.Expr] = {}
    found: list[Change] = []

    def apply(rule: str, column: str, after: pl.Expr) -> None:
        found.append(Change(rule, column, cleaned[column], after))
        cleaned[column] = after

    texts = [name for name, kind in schema.items() if kind == pl.String]
    for column in texts:
        cleaned[column] = pl.col(column)
        if cleaning.strip:
            apply("strip", column, cleaned[column].str.strip_chars())
        if cleaning.missing:
            marked = cleaned[column].is_in(list(cleaning.missing))
            apply("missing", column, pl.when(marked).then(None).otherwise(cleaned[column]))
        if column in cleaning.relabel:
            apply("relabel", column, cleaned[column].replace(cleaning.relabel[column]))
    untyped = [column for column in texts if column not in cleaning.types]
    types = _inferred(frame, {column: cleaned[column] for column in untyped}) | cleaning.types
    for column, kind in types.items():
        before = cleaned.setdefault(column, pl.col(column))
        if kind != "text" or schema[column] != pl.String:
            apply("type", column, _cast(before, kind, schema[column] == pl.String))
    for column in schema:
        if types.get(column) == "number" or schema[column].is_float():
            before = cleaned.setdefault(column, pl.col(column))
            # SQL engines do not take NaN for missing, and no model reads an infinity.
            apply("infinite", column, pl.when(before.is_finite()).then(before).otherwise(None))
    return found


def apply(frame: pl.LazyFrame, found: list[Change]) -> pl.LazyFrame:
    """Return the table with every change made; the last one of a column holds all before it."""
    last = {change.column: change.after for change in found}
    return frame.with_columns(expression.alias(column) for column, expression in last.items())


def report(frame: pl.LazyFrame, found: list[Change]) -> list[dict[str, Any]]:
    """Count the rows that each change touches, in one pass, and show the first few."""
    import polars as pl

    if not found:
        return []
    counted = frame.select(
        *[change.changed.sum().alias(f"{place}") for place, change in enumerate(found)],
        *[
            pl.struct(
                ROW,
                change.before.cast(pl.String).alias("before"),
                change.after.cast(pl.String).alias("after"),
            )
            .filter(change.changed)
            .head(EXAMPLES)
            .implode()
            .alias(f"{place} examples")
            for place, change in enumerate(found)
        ],
    ).collect(engine="streaming")
    return [
        {
            "rule": change.rule,
            "column": change.column,
            "rows": counted.item(0, f"{place}"),
            "examples": counted.item(0, f"{place} examples").to_list(),
        }
        for place, change in enumerate(found)
        if counted.item(0, f"{place}")
    ]


def duplicates(frame: pl.LazyFrame, kept: pl.LazyFrame) -> Iterator[dict[str, Any]]:
    """Report the rows of `frame` that `kept` dropped because an earlier row is equal."""
    dropped = frame.select(ROW).join(kept.select(ROW), on=ROW, how="anti").sort(ROW).collect(engine="streaming")
    if len(dropped):
        examples = [{ROW: number} for number in dropped[ROW].head(EXAMPLES)]
        yield {"rule": "duplicates", "column": None, "rows": len(dropped), "examples": examples}


def _inferred(frame: pl.LazyFrame, texts: dict[str, pl.Expr]) -> dict[str, Type]:
    """Return integer, number or text for each column of text: the narrowest that loses no value."""
    import polars as pl

    if not texts:
        return {}
    counts = frame.select(
        expression.alias(f"{what} {column}")
        for column, value in texts.items()
        for what, expression in {
            "known": value.count(),
            "integer": value.cast(pl.Int64, strict=False).count(),
            "number": value.cast(pl.Float64, strict=False).count(),
            # 007 is a code, not a number: a cast would lose its zeros.
            "code": value.str.contains(r"^[+-]?0\d").sum(),
        }.items()
    ).collect(engine="streaming")
    inferred: dict[str, Type] = {}
    for column in texts:
        known, integer, number, code = (
            counts.item(0, f"{what} {column}") for what in ("known", "integer", "number", "code")
        )
        numeric = known > 0 and not code
        inferred[column] = (
            "integer" if numeric and integer == known else "number" if numeric and number == known else "text"
        )
    return inferred


def _cast(value: pl.Expr, kind: Type, text: bool) -> pl.Expr:
    import polars as pl

    match kind:
        case "integer":
            return value.cast(pl.Int64, strict=False)
        case "number":
            return value.cast(pl.Float64, strict=False)
        case "text":
            return value.cast(pl.String)
        case "boolean" if text:
            words = {"true": True, "false": False, "yes": True, "no": False, "1": True, "0": False}
            return value.str.to_lowercase().replace_strict(words, default=None, return_dtype=pl.Boolean)
        case "boolean":
            return value.cast(pl.Boolean, strict=False)
        case "date":
            return value.str.to_date(strict=False) if text else value.cast(pl.Date, strict=False)
        case "datetime":
            return value.str.to_datetime(strict=False) if text else value.cast(pl.Datetime, strict=False)
