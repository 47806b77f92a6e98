"""What is plain of series, and how far stretches of train lie from all of it.

Values that follow each other are no independent draws: a summer is no sample of a year. So it is counted, of each
column, how far the stretch of train that is most unlike the rest lies from it, by Kolmogorov and Smirnov; that says
how many independent draws a stretch is worth. What a season takes off, the change of a value over one, is nearly
independent; the values themselves hardly are, so that they alarm by what train never came near: another unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from syllabus.monitoring import distributions
from syllabus.monitoring.drift import kolmogorov
from syllabus.series import cutting
from syllabus.series.moments import STEP

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from syllabus.monitoring.distributions import Distribution
    from syllabus.series.encoding import Encoding

    Floats = NDArray[np.float64]
    Steps = NDArray[np.int64]

PARTS = (160, 80, 40, 20, 10)
"""Train is looked at in stretches of one of so many parts of it, and of two seasons at the least."""
CHANGE = ", change over"
RARE = 1.63
"""Of n independent draws the distance is above this over the root of n once in a hundred times (Kolmogorov 1933)."""


def plain(rows: pl.DataFrame, learned: Encoding) -> dict[str, tuple[pl.Series, Steps]]:
    """Return the plain columns of series, each with the step of each of its values.

    The moments, missing where a step has no row; the values, which several series have in units of their own size in
    train; and what each value is more than a season before.

    Args:
        rows: with `row` and `step`, one for each step of a series.
        learned: from train.
    """
    import polars as pl

    options = learned.options
    laid, steps = cutting.lay([rows], learned), rows[STEP].to_numpy()
    inside = laid.inside
    seen = pl.Series(options.time, np.where(laid.held, laid.wall, np.nan)[inside]).fill_nan(None)
    found = {options.time: (seen, laid.step[inside])}
    for name in (*options.past, *options.known):
        found[name] = rows[name].cast(pl.Float64), steps
    own, sizes = _levels(laid, learned), learned.task.original(laid.value)
    with np.errstate(divide="ignore", invalid="ignore"):
        if options.series:
            logarithm = learned.task.transform == "log"
            sizes = sizes / (learned.task.original(own[:, 0]) if logarithm else np.hypot(own[:, 0], own[:, 1]))
        values = {learned.target: (laid.value / own[:, 1])}
    target = pl.Series(np.where(np.isfinite(sizes), sizes, np.nan)).fill_nan(None)
    found[learned.target] = target.filter(pl.Series(laid.held)), laid.step[laid.held]
    values |= {
        name: laid.others[:, place].astype(np.float64) for place, name in enumerate((*options.past, *options.known))
    }
    for name, column in values.items():
        change = _change(column, laid, learned.task.season)
        kept = inside & np.isfinite(change)
        found[changed(name, learned)] = pl.Series(change[kept]), laid.step[kept]
    return found


def changed(name: str, learned: Encoding) -> str:
    """Return what the change of a column over a season is called."""
    season = learned.task.season
    return f"{name}{CHANGE} {season} step{'s' * (season > 1)}"


def of(rows: pl.DataFrame, learned: Encoding) -> dict[str, Distribution]:
    """Return how the plain columns of train are distributed, and how many draws their rows are worth."""
    found: dict[str, Distribution] = {}
    for name, (column, steps) in plain(rows, learned).items():
        if name == learned.options.time:
            found[name] = replace(distributions.numbers(column, moves=True), alike=1.0)
            continue
        whole = distributions.numbers(column)
        known = column.is_not_null().to_numpy()
        values = distributions.finite(column)
        found[name] = replace(whole, alike=_alike(whole, values, steps[known], learned.task.season))
    return found


def _alike(whole: Any, values: Floats, steps: Steps, season: int) -> float:
    """Return how many independent draws a value is worth, as the stretch says that is most unlike the rest."""
    if not len(values):
        return 1.0
    order = np.argsort(steps, kind="stable")
    values, steps = values[order], steps[order]
    first, span = steps[0], int(steps[-1] - steps[0]) + 1
    least = 1.0
    for length in {min(span, max(span // parts, 2 * season)) for parts in PARTS}:
        begins = np.arange(first, first + span - length + 1, max(1, length // 2))
        starts, stops = np.searchsorted(steps, begins), np.searchsorted(steps, begins + length)
        pieces = [values[start:stop] for start, stop in zip(starts, stops, strict=True) if stop > start]
        apart = max(kolmogorov(whole.counts, whole.counted(piece)) for piece in pieces)
        usual = float(np.mean([len(piece) for piece in pieces]))
        least = min(least, (RARE / max(apart, 1e-6)) ** 2 / usual)
    return float(least)


def _levels(laid: Any, learned: Encoding) -> Floats:
    """Return `(N, 2)` mean and deviation in train of the series of each step; NaN of one that train does not have."""
    names: Mapping[Any, int] = {key: code for code, key in enumerate(learned.series)}
    codes = np.array([names.get(key, -1) for key in laid.keys], np.int64)
    found: Floats = np.vstack([learned.levels, [np.nan, np.nan]])[codes][laid.of]
    return found


def _change(values: Floats, laid: Any, season: int) -> Floats:
    """Return how much more each value is than a season before, within a series."""
    found = np.full(len(values), np.nan)
    same = laid.of[season:] == laid.of[:-season]
    found[season:] = np.where(same, values[season:] - values[:-season], np.nan)
    return found
