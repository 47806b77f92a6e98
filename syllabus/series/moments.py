"""Rows get their step on the grid; rows of one series at one moment become what is declared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from syllabus import frames
from syllabus.errors import Unmet
from syllabus.frames import ROW
from syllabus.series import grid as grids
from syllabus.series.grid import Grid
from syllabus.series.options import Options

if TYPE_CHECKING:
    import polars as pl

STEP, GAP, FREQUENCY = "step", "gap", "frequency"
MADE = {STEP: "Int64", GAP: "Int64", FREQUENCY: "String"}
"""The columns that ingest adds: the place on the grid, how many steps without a row come before it, and how long a step
is, which a suite may hold to be what it was."""
EXAMPLES = 3


@dataclass
class Placed:
    """Rows on their grid.

    Args:
        rows: the table with the columns of `MADE`, in the order of `row`, no series twice at a step.
        grid: where they stand.
        changes: as ingest reports them.
    """

    rows: pl.LazyFrame
    grid: Grid
    changes: list[dict[str, Any]]


def place(table: pl.LazyFrame, options: Options, target: str) -> Placed:
    """Put rows on the grid, and make one of those that stand in one place.

    Raises:
        Unmet: a row has no moment, moments are on no grid, or rows share a place that are not to.
    """
    import polars as pl

    keys = list(options.series)
    named = table.select(ROW, *keys, options.time).collect(engine="streaming").rename({options.time: " at"})
    _check(named, options)
    grid, steps = _steps(named, options)
    changes: list[dict[str, Any]] = []
    moved = (grid.moments(steps) != _wall(named[" at"], grid)).fill_null(False)
    if moved.any() and not grid.months:
        rule = f"brought down to a frequency of {grid.frequency}"
        changes.append(_told("frequency", options.time, named.filter(moved)[ROW], rule))
    named = named.with_columns(steps.alias(STEP))
    held = named.select(pl.len().over([*keys, STEP]) > 1).to_series()
    rows = frames.beside(table, named[STEP])
    if held.any():
        twice = named.filter(held)
        if options.duplicates == "refuse":
            raise Unmet(_refusal(twice, options, grid))
        changes.append(_told("moments", options.time, twice[ROW], f"one row of several: {options.duplicates}"))
        rows = merged(rows, options, target)
    return Placed(_with_gaps(rows, keys, options, grid), grid, changes)


def _check(named: pl.DataFrame, options: Options) -> None:
    import polars as pl

    kind = named[" at"].dtype
    if not isinstance(kind, pl.Date | pl.Datetime) and kind != pl.Date:
        raise Unmet(
            f"data.options.time: column {options.time} holds {kind}, and no date or time; "
            f'data.cleaning.dates: {{{options.time}: "%Y-%m-%d %H:%M"}} says how moments are written'
        )
    for column, name in ((options.time, " at"), *((key, key) for key in options.series)):
        if named[name].null_count():
            row = named.filter(pl.col(name).is_null())[ROW][0]
            raise Unmet(
                f"column {column} is missing in row {row}: every observation needs its series and its moment; "
                f"leave such rows out by data.cleaning.drop_rows"
            )


def _steps(named: pl.DataFrame, options: Options) -> tuple[Grid, pl.Series]:
    """Return the grid, declared or inferred, and the step of every row."""
    keys, moments = named.select(options.series), named[" at"]
    if options.frequency is not None:
        passing = Grid(options.frequency).passing
        at = grids.instants(moments, keys, named[ROW], options.timezone, passing=passing)
        grid = grids.declared(options.frequency, at, options.timezone)
        return grid, grid.steps(at)
    # Whether time that passes is counted is known once the frequency is.
    at = grids.instants(moments, keys, named[ROW], options.timezone, passing=False)
    grid = grids.inferred(at, keys, options.timezone)
    if grid.passing:
        at = grids.instants(moments, keys, named[ROW], options.timezone, passing=True)
        grid = grids.inferred(at, keys, options.timezone)
    return grid, grid.steps(at)


def placed(table: pl.LazyFrame, options: Options, grid: Grid) -> pl.LazyFrame:
    """Return a table with `step`, on a grid that is known: what ingest has placed stays as it is."""
    if STEP in table.collect_schema():
        return table
    named = table.select(*options.series, options.time).collect().with_row_index(ROW, offset=1)
    at = grids.instants(
        named[options.time], named.select(options.series), named[ROW], options.timezone, passing=grid.passing
    )
    return frames.beside(table, grid.steps(at))


def _wall(moments: pl.Series, grid: Grid) -> pl.Series:
    """Return moments as the wall's clock of the grid shows them."""
    import polars as pl

    zone = getattr(moments.dtype, "time_zone", None)
    if zone is None:
        return moments.cast(pl.Datetime("us"))
    return moments.cast(pl.Datetime("us", zone)).dt.convert_time_zone(grid.zone or "UTC").dt.replace_time_zone(None)


def _refusal(twice: pl.DataFrame, options: Options, grid: Grid) -> str:
    """Say which rows share a place, and what may be declared."""
    first = twice.row(0, named=True)
    same = [one for one in twice.iter_rows(named=True) if all(one[k] == first[k] for k in (*options.series, STEP))]
    of = ", ".join(str(first[key]) for key in options.series)
    hint = ""
    if grid.passing and options.timezone is None:
        hint = "; if it is the hour that comes twice when clocks are put back, declare data.options.timezone"
    if not options.series:
        hint += "; if there are several series, name their column in data.options.series"
    return (
        f"rows {same[0][ROW]} and {same[1][ROW]} are both of {first[' at']}{f' of {of}' if of else ''}, at a frequency "
        f"of {grid.frequency} ({len(twice)} such rows): data.options.duplicates: mean, sum or last makes one of "
        f"them{hint}"
    )


def merged(rows: pl.LazyFrame, options: Options, target: str) -> pl.LazyFrame:
    """Return one row for each place, numbered as the first of those that stood there."""
    import polars as pl

    schema = rows.collect_schema()
    key = [*options.series, STEP]

    def one(name: str) -> pl.Expr:
        if options.duplicates == "last" or not schema[name].is_numeric() or name in options.static:
            return pl.col(name).last() if options.duplicates == "last" else pl.col(name).first()
        if name == target and options.duplicates == "sum":
            # Of nothing but gaps, the sum is a gap.
            return pl.when(pl.col(name).count() > 0).then(pl.col(name).sum())
        return pl.col(name).cast(pl.Float64).mean()

    others = [one(name) for name in schema if name not in (ROW, *key)]
    found = rows.group_by(key, maintain_order=True).agg(pl.col(ROW).min(), *others)
    return found.select(schema.names()).sort(ROW)


def _with_gaps(rows: pl.LazyFrame, keys: list[str], options: Options, grid: Grid) -> pl.LazyFrame:
    """Return the rows with how many steps without one come before each; refuse them where that is declared."""
    import polars as pl

    steps = rows.select(*keys, STEP).collect(engine="streaming").with_row_index(" place").sort([*keys, STEP])
    before = pl.col(STEP).diff().over(keys) if keys else pl.col(STEP).diff()
    steps = steps.with_columns((before - 1).fill_null(0).alias(GAP)).sort(" place")
    if options.gaps == "refuse" and (steps[GAP] > 0).any():
        first = steps.filter(pl.col(GAP) > 0).row(0, named=True)
        of = ", ".join(str(first[key]) for key in keys)
        raise Unmet(
            f"{first[GAP]} steps of {grid.frequency} are missing before {grid.moments(pl.Series([first[STEP]]))[0]}"
            f"{f' of {of}' if of else ''}; data.options.gaps: leave, interpolate or zero says what becomes of gaps"
        )
    return frames.beside(rows, steps[GAP]).with_columns(pl.lit(grid.frequency).alias(FREQUENCY))


def _told(rule: str, column: str, rows: pl.Series, says: str) -> dict[str, Any]:
    examples = [{ROW: number, "after": says} for number in rows.head(EXAMPLES).to_list()]
    return {"rule": rule, "column": column, "rows": len(rows), "examples": examples, "undo": None}
