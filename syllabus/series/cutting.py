"""Examples of series: one is a series at an origin, what came before it, and the values of the steps after it.

All series are laid out after each other on their grid, with room before and behind, and windows are cut out of that
when they are asked for. An origin is a step that has a value, so that drawing a line through a gap before it needs
nothing that comes after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from syllabus.errors import Unmet
from syllabus.examples import Column, Examples
from syllabus.frames import ROW
from syllabus.series import grid as grids
from syllabus.series.encoding import Encoding, Floats, Key
from syllabus.series.moments import STEP
from syllabus.series.windows import Windows

if TYPE_CHECKING:
    import polars as pl

Places = NDArray[np.int64]
HELD = 4_000_000
"""So many values of windows are looked at at a time."""
FLAT = 0.02
"""A window that hardly varies is brought to scale by at least this share of the series' own deviation."""


@dataclass(frozen=True, eq=False)
class Laid:
    """Series after each other: N steps in all.

    Args:
        keys: what names each of the m series.
        of: `(N,)`, the series of each step.
        step: `(N,)`, its place on the grid.
        wall: `(N,)`, its moment on the wall's clock, in seconds since 1970.
        inside: `(N,)`, whether it lies between the first and the last row of its series.
        value: `(N,) float64`, on the scale that is learned; NaN where there is none.
        row: `(N,)`, the number of the row; 0 where there is none.
        held: `(N,)`, whether there is a row.
        others: `(N, k) float32`: columns that are known in the past, then those known ahead.
        static: `(m, s) float32`.
    """

    keys: list[Key]
    of: Places
    step: Places
    wall: Places
    inside: NDArray[np.bool_]
    value: Floats
    row: NDArray[np.uint64]
    held: NDArray[np.bool_]
    others: NDArray[np.float32]
    static: NDArray[np.float32]


def examples(table: pl.LazyFrame, before: pl.LazyFrame | None, learned: Encoding) -> Examples:
    """Return the examples whose forecast steps all lie in `table`.

    Args:
        table: rows with `step`.
        before: rows of earlier parts, which are looked back at; where they are given, origins are those of a backtest.
        learned: from train.

    Raises:
        Unmet: there is none, since the series are too short.
    """
    import polars as pl

    ends = table.select(pl.col(STEP).min().alias("first"), pl.col(STEP).max().alias("last")).collect().row(0)
    first, last = (int(end) for end in ends)
    near = [table] if before is None else [before.filter(pl.col(STEP) >= first - 1 - learned.back), table]
    laid = lay([rows.collect() for rows in near], learned)
    at = _origins(laid, learned, first, last)
    if not len(at):
        raise Unmet(_none(laid, learned, first, last))
    if before is not None:
        at = at[(laid.step[at] - first + 1) % learned.options.stride == 0]
        if not len(at):
            told = f"one in {learned.options.stride} steps"
            raise Unmet(f"no origin of the backtest, {told}, has a value: make data.options.stride smaller")
    elif len(at) > learned.options.most_windows:
        at = at[laid.step[at] % -(-len(at) // learned.options.most_windows) == 0]
    ahead = laid.value[at[:, None] + 1 + np.arange(learned.options.horizon)]
    told = np.argmax(laid.row[at[:, None] + 1 + np.arange(learned.options.horizon)] > 0, axis=1)
    return cut(laid, at, learned, ahead, laid.row[at + 1 + told])


def latest(table: pl.LazyFrame, learned: Encoding) -> Examples:
    """Return an example for each series at its last value: what is to be forecast now.

    Rows after that, without a value, hold what is known ahead. `Examples.rows` says which row the last value stands in.
    """
    laid = lay([table.collect()], learned)
    # A step without a row has no value, whatever gaps become.
    seen = np.flatnonzero(~np.isnan(laid.value) & laid.held)
    at = seen[np.flatnonzero(np.diff(laid.of[seen], append=-1))]
    return cut(laid, at, learned, None, laid.row[at])


def cut(laid: Laid, at: Places, learned: Encoding, target: Floats | None, rows: Any) -> Examples:
    """Return the examples with these origins."""
    back, horizon, past = learned.back, learned.options.horizon, len(learned.options.past)
    names = {key: code for code, key in enumerate(learned.series)}
    codes = np.array([names.get(key, -1) for key in laid.keys], np.int64)[laid.of[at]]
    filled = laid.value if learned.options.gaps == "leave" else _drawn(laid)
    looked = np.column_stack([filled, laid.others[:, :past]])
    errors = np.append(learned.errors, np.nan)
    arrays: dict[str, Any] = {
        "past": Windows(looked, at - back + 1, back),
        "known": Windows(laid.others[:, past:], at - back + 1, back + horizon),
        "static": laid.static[laid.of[at]],
        "scale": _scales(filled, at, codes, learned),
        "naive": naive(laid, at, learned.task.season, horizon),
        "naive_error": errors[codes],
        "series": codes.astype(np.int64),
        "origin": laid.step[at],
        "moments": laid.wall[at[:, None] + 1 + np.arange(horizon)],
    }
    columns = {
        "past": (Column(learned.target), *(Column(name) for name in learned.options.past)),
        "known": learned.known,
        "static": learned.static,
        "series": (Column("series", tuple(" / ".join(key) for key in learned.series)),),
    }
    return Examples(learned.task, arrays, target, columns, rows=rows)


def lay(tables: list[pl.DataFrame], learned: Encoding) -> Laid:
    """Lay series out after each other."""
    import polars as pl

    asked = learned.options
    keys = list(asked.series)
    texts = [pl.col(key).cast(pl.String).fill_null("").alias(key) for key in keys]
    numbers = [*asked.past, *asked.known]
    row = [pl.col(ROW) if ROW in tables[0].columns else pl.lit(0, pl.UInt64).alias(ROW)]
    wanted: list[Any] = [pl.col(STEP), pl.col(learned.target).cast(pl.Float64).alias(" value"), *row, *asked.static]
    table = pl.concat([t.select(*texts, *wanted, *(pl.col(n).cast(pl.Float32) for n in numbers)) for t in tables])
    table = table.sort([*keys, STEP])
    codes = _codes(table, keys)
    steps = table[STEP].to_numpy()
    begins = np.flatnonzero(np.diff(codes, prepend=-1))
    stops = np.append(begins[1:], len(codes)) - 1
    spans = steps[stops] - steps[begins] + 1
    sizes = spans + learned.back + asked.horizon
    bases = np.cumsum(sizes) - sizes
    size = int(sizes.sum())
    of = np.repeat(np.arange(len(sizes)), sizes)
    step = np.arange(size) - bases[of] - learned.back + steps[begins][of]
    places = bases[codes] + learned.back + steps - steps[begins][codes]
    inside = (step >= steps[begins][of]) & (step <= steps[stops][of])
    value, rows = np.full(size, np.nan), np.zeros(size, np.uint64)
    rows[places] = table[ROW].to_numpy()
    held = np.zeros(size, bool)
    held[places] = True
    value[places] = learned.task.learned(table[" value"].to_numpy())
    if asked.gaps == "zero":
        value[inside & ~held] = learned.task.learned(np.zeros(1))[0]
    others = np.full((size, len(numbers)), np.nan, np.float32)
    for column, name in enumerate(numbers):
        others[places, column] = table[name].to_numpy()
        if asked.gaps != "leave":
            others[:, column] = _carried(others[:, column], of)
    wall = learned.grid.moments(pl.Series(step))
    told = grids.calendar(wall, asked.calendar or (), asked.holidays)
    whole = np.column_stack([others, *(column.cast(pl.Float32).to_numpy() for column in told.values())])
    static = _static(table, begins, codes, learned)
    names = [tuple(table[key][int(start)] for key in keys) for start in begins]
    seconds = wall.dt.epoch("s").to_numpy()
    return Laid(names, of, step, seconds, inside, value, rows, held, whole.astype(np.float32), static)


def naive(laid: Laid, at: Places, season: int, horizon: int) -> Floats:
    """Return `(n, horizon)`: the value a season before each step.

    Where it is missing it is one of an earlier season, or the last one that is known.
    """
    lead = np.arange(1, horizon + 1)
    places = at[:, None] + lead - season * -(-lead // season)
    found = np.full(places.shape, np.nan)
    while np.isnan(found).any():
        there = (places >= 0) & (laid.of[places.clip(0)] == laid.of[at][:, None])
        if not there.any():
            break
        found = np.where(np.isnan(found) & there, laid.value[places.clip(0)], found)
        places = places - season
    return np.where(np.isnan(found), laid.value[at][:, None], found)


def _origins(laid: Laid, learned: Encoding, first: int, last: int) -> Places:
    """Return the places that have a value, a season before them, and values to be forecast."""
    horizon = learned.options.horizon
    seen = ~np.isnan(laid.value)
    passed = np.concatenate([[0], np.cumsum(seen)])
    after = np.minimum(np.arange(len(seen)) + 1 + horizon, len(seen))
    ahead = passed[after] - passed[1:]
    begun = np.full(len(laid.keys), np.iinfo(np.int64).max)
    np.minimum.at(begun, laid.of[seen], laid.step[seen])
    old = laid.step - np.minimum(begun, 2**60)[laid.of] + 1 >= learned.task.season
    within = (laid.step >= first - 1) & (laid.step + horizon <= last)
    return np.flatnonzero(seen & old & within & (ahead > 0))


def _none(laid: Laid, learned: Encoding, first: int, last: int) -> str:
    seen = np.bincount(laid.of[~np.isnan(laid.value)], minlength=len(laid.keys))
    return (
        f"no example can be cut from {last - first + 1} steps of {learned.grid.frequency}: one needs a season of "
        f"{learned.task.season} steps before it and a horizon of {learned.options.horizon} after; the longest series "
        f"has {int(seen.max(initial=0))} values here; a smaller data.options.horizon or season, or a larger share in "
        f"split.parts"
    )


def _scales(filled: Floats, at: Places, codes: Places, learned: Encoding) -> Floats:
    """Return `(n, 2)`: what is taken off the values of each example, and what they are divided by."""
    levels = np.vstack([learned.levels, [np.nan, np.nan]])[codes]
    if learned.options.scaling == "none":
        return np.tile([0.0, 1.0], (len(at), 1))
    windows = Windows(filled[:, None], at - learned.back + 1, learned.back)
    batch = max(1, HELD // learned.back)
    with np.errstate(invalid="ignore"):
        parts = [windows[start : start + batch][:, :, 0] for start in range(0, len(at), batch)]
        own = np.concatenate([np.column_stack([np.nanmean(p, axis=1), np.nanstd(p, axis=1)]) for p in parts])
    known = ~np.isnan(levels[:, 1])
    if learned.options.scaling == "series":
        own[known] = levels[known]
    least = np.where(known, FLAT * levels[:, 1], 0.0)
    own[:, 1] = np.maximum(own[:, 1], least)
    # A series that has never varied has no scale but its size.
    flat = own[:, 1] < 1e-9 * np.maximum(1.0, abs(own[:, 0]))
    own[flat, 1] = np.maximum(abs(own[flat, 0]), 1.0)
    return own


def _codes(table: pl.DataFrame, keys: list[str]) -> Places:
    """Return the number of the series of each row, from 0, of a table that they are sorted by."""
    import polars as pl

    if not keys:
        return np.zeros(len(table), np.int64)
    return table.select(pl.struct(keys).rle_id()).to_series().to_numpy().astype(np.int64)


def _static(table: pl.DataFrame, begins: Places, codes: Places, learned: Encoding) -> NDArray[np.float32]:
    """Return `(m, s)`: of each series the first that is told; of categories the codes, -1 of a new one."""
    import polars as pl

    found = []
    for column in learned.static:
        values = pl.DataFrame({"of": codes, "value": table[column.name]})
        firsts = values.group_by("of", maintain_order=True).agg(pl.col("value").drop_nulls().first())["value"]
        if column.categories is not None:
            at = {name: code for code, name in enumerate(column.categories)}
            found.append(np.array([at.get(value, -1) for value in firsts.cast(pl.String)], np.float32))
        else:
            found.append(firsts.cast(pl.Float32).to_numpy())
    return np.column_stack(found).astype(np.float32) if found else np.zeros((len(begins), 0), np.float32)


def _drawn(laid: Laid) -> Floats:
    """Return values with straight lines through the gaps of each series."""
    value = laid.value
    seen, all_ = np.flatnonzero(~np.isnan(value)), np.arange(len(value))
    if not len(seen):
        return value
    after = np.searchsorted(seen, all_).clip(max=len(seen) - 1)
    within = (laid.of[seen[after]] == laid.of) & (laid.of[seen[(after - 1).clip(0)]] == laid.of) & (seen[after] >= all_)
    return np.where(np.isnan(value) & within & (after > 0), np.interp(all_, seen, value[seen]), value)


def _carried(values: NDArray[np.float32], of: Places) -> NDArray[np.float32]:
    """Return values with the last one known in place of gaps, within a series."""
    last = np.maximum.accumulate(np.where(np.isnan(values), -1, np.arange(len(values))))
    there = (last >= 0) & (of[last.clip(0)] == of)
    return np.where(there, values[last.clip(0)], np.nan).astype(np.float32)
