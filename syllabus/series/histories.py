"""Histories that a model goes on from: rows put on the grid as ingest puts train's, and why a series cannot be.

A series is answered as a whole or not at all: what ingest would count and leave out, a cell that cannot be read, would
here be a hole in what is looked back at, and whoever asks can mend it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from syllabus.cleaning.asking import REASON, cells
from syllabus.errors import Unmet
from syllabus.frames import ROW
from syllabus.series import asking, moments
from syllabus.series import grid as grids
from syllabus.series.moments import STEP

if TYPE_CHECKING:
    import polars as pl

    from syllabus.series.encoding import Encoding
    from syllabus.settings import Data

SERIES = " series"
"""The number of a row's series; a name that no column of a source has: a source's are stripped."""
REACH = 4
"""What lies more than so many times the steps that are looked back at before the last value is not read."""
YEARS = (1000, 9000)
LARGEST = 1e30
"""As of a target: what learns holds numbers in 32 bits."""
LAST = " last"
_AT = " at"


def histories(
    rows: pl.DataFrame, data: Data, signature: Sequence[Mapping[str, Any]], learned: Encoding
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows of series that can be gone on from, cleaned and with `step`, and the others.

    Of another series stand there what names it, `row`, the first that is wrong, and `reason`. A row that does not say
    of which series it is stands for itself.

    Args:
        rows: cells as their source holds them, with `row`.
        data: how train was read.
        signature: the columns that are read.
        learned: from train.
    """
    import polars as pl

    keys, kinds = list(learned.options.series), asking.types(data, signature)
    named, lost = cells(rows, data.cleaning, {key: kinds[key] for key in keys}, keys)
    each = named.select(*keys, pl.lit(0).alias(SERIES)).unique(keys or None, keep="first", maintain_order=True)
    each = each.with_columns(pl.int_range(pl.len()).alias(SERIES))
    of = named.join(each, on=keys, how="left") if keys else named.with_columns(pl.lit(0, pl.Int64).alias(SERIES))
    of = of.select(ROW, SERIES)
    known, unread = cells(rows.join(of, on=ROW, how="semi"), data.cleaning, kinds, [learned.options.time])
    placed = on_grid(known.join(of, on=ROW).sort(ROW), learned)
    wrong = [unread.join(of, on=ROW).select(SERIES, ROW, REASON), *unread_rows(placed, data, learned)]
    wrong += _doubled(placed, learned)
    placed = _reached(_one_each(_without(placed, wrong), learned), learned)
    wrong += _of_series(placed, learned, signature)
    gone = pl.concat(wrong).unique(SERIES, keep="first", maintain_order=True)
    refused = gone.join(each, on=SERIES, how="left").select(*keys, ROW, REASON)
    refused = pl.concat([refused, lost.select(ROW, REASON)], how="diagonal").sort(ROW)
    return _without(placed, wrong).drop(SERIES, LAST).sort(ROW), refused


def _without(placed: pl.DataFrame, wrong: Sequence[pl.DataFrame]) -> pl.DataFrame:
    import polars as pl

    gone = pl.concat([one[SERIES] for one in wrong]).unique()
    return placed.filter(~pl.col(SERIES).is_in(gone.implode()))


def on_grid(known: pl.DataFrame, learned: Encoding) -> pl.DataFrame:
    """Return the rows with `step`, their moments, and the reason of a series whose moments no clock has shown.

    Args:
        known: cleaned rows with the number of their series.
        learned: from train.
    """
    import polars as pl

    options, grid = learned.options, learned.grid

    def at(rows: pl.DataFrame) -> pl.Series:
        told = rows[options.time], rows.select(options.series), rows[ROW]
        return grids.instants(*told, options.timezone, passing=grid.passing).alias(_AT)

    def one(rows: pl.DataFrame) -> pl.DataFrame:
        try:
            return rows.with_columns(at(rows), pl.lit(None, pl.String).alias(REASON))
        except Unmet as error:
            nowhere = pl.lit(None, pl.Datetime("us")).alias(_AT)
            return rows.with_columns(nowhere, pl.lit(f"{options.time}: {error}").alias(REASON))

    whole = one(known)
    if whole[REASON].null_count() < len(whole):
        whole = pl.concat([one(part) for part in known.partition_by(SERIES, maintain_order=True)])
    return whole.with_columns(grid.steps(whole[_AT]).cast(pl.Int64).alias(STEP))


def unread_rows(placed: pl.DataFrame, data: Data, learned: Encoding) -> Iterator[pl.DataFrame]:
    """Yield the rows that `on_grid` has placed and that cannot be read by themselves, with series and reason."""
    import polars as pl

    options, grid = learned.options, learned.grid
    time, at = _shown(placed, options.time), pl.col(_AT)

    def told(wrong: pl.Expr, said: pl.Expr) -> pl.DataFrame:
        return placed.filter(wrong).select(SERIES, ROW, said.alias(REASON))

    yield told(pl.col(REASON).is_not_null(), pl.col(REASON))
    beyond = ~at.dt.year().is_between(*YEARS)
    yield told(beyond, pl.format("{}: {} is beyond the years that are read", pl.lit(options.time), time))
    if not grid.months and data.options.get("frequency") is None:
        odd = (at.dt.epoch("us") - grid.offset) % grid.length != 0
        reason = "{}: {} does not lie on the grid of train, a step every {}"
        yield told(odd, pl.format(reason, pl.lit(options.time), time, pl.lit(grid.frequency)))
    for name in (learned.target, *options.past, *options.known):
        large = pl.col(name).cast(pl.Float64).abs() > LARGEST
        yield told(large, pl.format("{}: {} is larger than any number that is read", pl.lit(name), pl.col(name)))
    if learned.task.transform == "log":
        reason = "{}: {} is below 0, and the model has learned a logarithm"
        yield told(pl.col(learned.target) < 0, pl.format(reason, pl.lit(learned.target), pl.col(learned.target)))


def _doubled(placed: pl.DataFrame, learned: Encoding) -> Iterator[pl.DataFrame]:
    """Yield the rows that stand at the moment of another, where none is made of several."""
    import polars as pl

    if learned.options.duplicates == "refuse":
        twice = placed.filter(pl.len().over(SERIES, STEP) > 1)
        said = pl.format(
            "{}: {} stands there more than once", pl.lit(learned.options.time), _shown(placed, learned.options.time)
        )
        yield twice.select(SERIES, ROW, said.alias(REASON))


def _shown(rows: pl.DataFrame, time: str) -> pl.Expr:
    """Return moments as sentences write them."""
    import polars as pl

    return pl.col(time).dt.strftime("%Y-%m-%d" if rows.schema[time] == pl.Date else "%Y-%m-%d %H:%M:%S")


def _one_each(placed: pl.DataFrame, learned: Encoding) -> pl.DataFrame:
    """Return one row for each step of a series, where several are made one."""
    import polars as pl

    placed = placed.drop(_AT, REASON)
    if not placed.select(SERIES, STEP).is_duplicated().any():
        return placed
    found = moments.merged(placed.lazy(), learned.options, learned.target).collect()
    return found.with_columns(pl.col(SERIES).cast(pl.Int64))


def _reached(placed: pl.DataFrame, learned: Encoding) -> pl.DataFrame:
    """Return the rows that are looked back at or ahead, with the step of the last value of their series."""
    import polars as pl

    seen = pl.col(STEP).filter(pl.col(learned.target).is_not_null())
    apart = pl.col(STEP) - pl.col(LAST)
    placed = placed.with_columns(seen.max().over(SERIES).alias(LAST))
    return placed.filter(pl.col(LAST).is_null() | apart.is_between(-REACH * learned.back, learned.options.horizon))


def _of_series(
    placed: pl.DataFrame, learned: Encoding, signature: Sequence[Mapping[str, Any]]
) -> Iterator[pl.DataFrame]:
    """Yield the series that are too short, have gaps that they must not have, or do not tell what is known ahead."""
    import polars as pl

    options, step, last = learned.options, pl.col(STEP), pl.col(LAST)
    time = _shown(placed, options.time)
    past, value = placed.filter(step <= last), pl.col(learned.target)

    def told(rows: pl.DataFrame, said: pl.Expr) -> pl.DataFrame:
        return rows.select(SERIES, ROW, said.cast(pl.String).alias(REASON))

    yield told(placed.filter(last.is_null()), pl.lit(f"{learned.target}: has no value"))
    seen = past.filter(value.is_not_null())
    spans = seen.group_by(SERIES, maintain_order=True).agg(pl.col(ROW).last(), (last - step + 1).max().alias("span"))
    reason = f"{learned.target}: the history is of {{}} steps of {options.frequency}, and at least {{}} are needed"
    short = spans.filter(pl.col("span") < learned.task.season)
    yield told(short, pl.format(reason, pl.col("span"), pl.lit(learned.task.season)))
    ordered = past.sort(SERIES, STEP).with_columns(step.diff().over(SERIES).alias("apart"))
    if options.gaps == "refuse":
        reason = "{}: {} steps are missing before {}"
        gaps = ordered.filter(pl.col("apart") > 1)
        yield told(gaps, pl.format(reason, pl.lit(options.time), pl.col("apart") - 1, time))
    if options.gaps != "zero":
        wide = ordered.filter(pl.col("apart").min().over(SERIES) > 1).drop_nulls("apart")
        reason = f"{{}}: moments lie {{}} steps of {options.frequency} apart, and train has one at every step"
        yield told(wide, pl.format(reason, pl.lit(options.time), pl.col("apart").min().over(SERIES)))
    if options.known:
        yield from _of_known(placed, learned, signature)


def _of_known(
    placed: pl.DataFrame, learned: Encoding, signature: Sequence[Mapping[str, Any]]
) -> Iterator[pl.DataFrame]:
    """Yield the series that lack a step ahead, or there a number that train always had."""
    import polars as pl

    options, ahead = learned.options, pl.col(STEP) > pl.col(LAST)
    rows = placed.group_by(SERIES, maintain_order=True).agg(pl.col(ROW).max(), ahead.sum().alias("rows"))
    few = rows.filter(pl.col("rows") < options.horizon)
    reason = f"{options.time}: rows of {{}} of the {options.horizon} steps ahead tell {', '.join(options.known)}"
    yield few.select(SERIES, ROW, pl.format(reason, pl.col("rows")).alias(REASON))
    whole = [str(one["name"]) for one in signature if one["role"] == "known" and not one["missing"]]
    for name in whole:
        lacking = placed.filter(ahead & pl.col(name).is_null())
        said = pl.format("{}: missing at {}, a step ahead", pl.lit(name), _shown(placed, options.time))
        yield lacking.select(SERIES, ROW, said.alias(REASON))
