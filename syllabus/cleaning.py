"""The declared cleaning of a raw table, lazily, with a count and examples of every change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from syllabus import written
from syllabus.errors import Unmet
from syllabus.frames import ROW

Key = TypeVar("Key")

if TYPE_CHECKING:
    import polars as pl

    from syllabus.settings import Cleaning, Type

EXAMPLES = 3
_SHOWN = 200
# Most columns that hold no numbers show it in their first rows.
_HEAD = 1000
# 007 is a code, not a number: read as one it would lose its zeros.
_CODE = r"^[+-]?0\d"
# Beyond 64 bits a number would lose its last digits, and two keys become one.
_WIDE = r"^[+-]?\d{19,}$"
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
        if schema[column] == pl.String:
            if cleaning.strip:
                rule("strip", column, cleaned[column].str.strip_chars())
            # A cell without a text is missing, whatever else is.
            known = ~cleaned[column].is_in(["", *cleaning.missing])
            rule("missing", column, pl.when(known).then(cleaned[column]))
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
    declared = {*cleaning.types, *cleaning.numbers, *cleaning.dates}
    texts = {c: value for c, value in cleaned.items() if schema[c] == pl.String and c not in declared}
    types = cleaning.types | (_inferred(frame, texts) if infer else {})
    for column, kind in types.items():
        rule("type", column, written.cast(cleaned[column], kind, schema[column]), counted=column in cleaning.types)
    for column, (least, most) in cleaning.limits.items():
        if not (
            schema[column].is_numeric() or column in cleaning.numbers or types.get(column) in ("integer", "number")
        ):
            raise Unmet(f"data.cleaning.limits names {column}, which holds no numbers")
        possible = pl.lit(True) if least is None else cleaned[column] >= least
        possible &= True if most is None else cleaned[column] <= most
        rule("limits", column, pl.when(possible).then(cleaned[column]))
    for column in cleaned:
        if types.get(column) == "number" or (schema[column].is_float() and column not in types):
            # SQL engines do not take NaN for missing, and no model reads an infinity.
            rule("infinite", column, pl.when(cleaned[column].is_finite()).then(cleaned[column]))
    return found


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
    rows = _totals(frame, {change: change.changed.sum() for change in counted})
    known = _totals(frame, {change: change.before.count() for change in counted if change.rule in READING})
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
            {"rule": change.rule, "column": change.column, "rows": rows[change], "examples": examples.to_dicts()}
        )
    return told


def repeated(frame: pl.LazyFrame) -> pl.Series:
    """Return the numbers of the rows that are equal, in every column, to an earlier one.

    Only rows with equal hashes are held and compared: memory grows by two numbers a row, not by the table.
    """
    import polars as pl

    cells = pl.exclude(ROW)
    hashes = frame.select(ROW, pl.struct(cells).hash().alias("hash")).collect(engine="streaming")
    suspects = hashes.filter(pl.col("hash").is_duplicated()).select(ROW)
    if suspects.is_empty():
        return suspects[ROW]
    alike = frame.join(suspects.lazy(), on=ROW, how="semi").collect(engine="streaming")
    kept = alike.sort(ROW).unique(subset=cells, keep="first", maintain_order=True)
    return alike[ROW].sort().filter(~alike[ROW].sort().is_in(kept[ROW].implode()))


def _inferred(frame: pl.LazyFrame, texts: Mapping[str, pl.Expr]) -> dict[str, Type]:
    """Return integer or number for each column of text that can be read as such without losing a value."""
    import polars as pl

    kinds: dict[str, Type] = {}
    fitting: tuple[tuple[Type, pl.DataType, str], ...] = (
        ("integer", pl.Int64(), _CODE),
        ("number", pl.Float64(), f"{_CODE}|{_WIDE}"),
    )
    for kind, stored, code in fitting:
        fit: dict[str, pl.Expr] = {}
        some: dict[str, pl.Expr] = {}
        for column, value in texts.items():
            if column not in kinds:
                read = value.cast(stored, strict=False)
                fit[column] = (value.is_null() | (read.is_not_null() & ~value.str.contains(code))).all()
                some[column] = fit[column] & read.is_finite().any()
        fits_first = _totals(frame.head(_HEAD), fit)
        fits_all = _totals(frame, {column: value for column, value in some.items() if fits_first[column]})
        kinds |= {column: kind for column, fits in fits_all.items() if fits}
    return kinds


def _totals(frame: pl.LazyFrame, asked: Mapping[Key, pl.Expr]) -> dict[Key, Any]:
    """Return one value for each expression, all in one pass."""
    if not asked:
        return {}
    row = frame.select(value.alias(str(place)) for place, value in enumerate(asked.values()))
    return dict(zip(asked, row.collect(engine="streaming").row(0), strict=True))
