"""Shares the rows of a table out into train, validation and test, and refuses what leaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from syllabus import memory
from syllabus.errors import Unmet, nearest
from syllabus.frames import ROW

if TYPE_CHECKING:
    import polars as pl

    from syllabus.settings import Data, Kind, Split

PARTS = ("train", "validation", "test")
STRATA = 10
"""A split stratified on numbers has so many ranges, of equal numbers of rows, in the same shares in every part."""


def split(
    table: pl.LazyFrame,
    target: str,
    settings: Split,
    *,
    seed: int,
    task: Kind = "classification",
    together: str | None = None,
) -> pl.DataFrame:
    """Return columns `row` and `part` (a name of `PARTS`), a line for every row of `table`.

    Args:
        table: the rows.
        target: the column to predict.
        settings: how they are shared out.
        seed: of what is shared out by chance.
        task: what the target is.
        together: a column whose equal values stay in one part, where no other column decides.

    Raises:
        Unmet: the column to split by is missing, has gaps or no order; or a part would be empty or hold one class, or
            hold a class that train lacks.
    """
    import polars as pl

    schema = table.collect_schema()
    # Methods that split by no column need no more than the target.
    by = settings.by or target
    _check_by(by, schema, settings.method)
    needed = list(dict.fromkeys([ROW, target, by, *([together] if together else [])]))
    rows = table.select(needed).collect(engine="streaming")
    if rows[by].null_count():
        gap = rows.filter(pl.col(by).is_null())[ROW][0]
        raise Unmet(f"split.by: column {by} is missing in row {gap}; a {settings.method} split needs it in every row")
    shares = np.array([settings.parts.train, settings.parts.validation, settings.parts.test])
    whole = _ranks(rows[together], "dense") if together else None
    match settings.method:
        case "stratified":
            codes = _shared_out(_strata(rows[target], task), whole, shares, seed)
        case "random":
            codes = _shared_out(np.zeros(len(rows), dtype=np.int64), whole, shares, seed)
        case "group":
            codes = _by_group(_ranks(rows[by], "dense"), shares, seed)
        case "time":
            codes = _by_time(_ranks(rows[by], "min"), shares)
        case "hash":
            codes = _by_hash(rows[by], shares, seed)
    _check_rows(codes, settings)
    if task == "classification":
        _check_classes(codes, rows[target].cast(pl.String), settings)
    names = pl.Series("part", PARTS, dtype=pl.Enum(PARTS))
    return pl.DataFrame([rows[ROW], names.gather(codes)])


def folds(
    table: pl.DataFrame, data: Data, settings: Split, count: int, *, seed: int, together: str | None = None
) -> NDArray[np.int64]:
    """Return the fold of every row, from 0: stratified on the target; groups and keys stay whole, as in the split."""
    shares = np.full(count, 1 / count)
    if settings.by is not None and settings.method == "group":
        return _by_group(_ranks(table[settings.by], "dense"), shares, seed)
    if settings.by is not None and settings.method == "hash":
        # Another seed than the split's, or the keys of a part would fill a few folds.
        return _by_hash(table[settings.by], shares, seed + 1)
    whole = _ranks(table[together], "dense") if together else None
    return _shared_out(_strata(table[data.target], data.task), whole, shares, seed)


def _check_by(by: str, schema: pl.Schema, method: str) -> None:
    import polars as pl

    if by == ROW or by not in schema:
        raise Unmet(f"split.by names {by}, which is not a column; {nearest(by, set(schema) - {ROW})}")
    if method == "time" and schema[by] in (pl.String, pl.Boolean):
        held = "text" if schema[by] == pl.String else "booleans"
        raise Unmet(
            f"split.by: column {by} holds {held}, which has no order in time; "
            f"declare it in data.cleaning.types: {{{by}: date}}"
        )


def _ranks(column: pl.Series, method: Literal["dense", "min"]) -> NDArray[Any]:
    """Return the place of each value in the sorted column, from 1: the same for equal values."""
    return column.rank(method).to_numpy()


def _strata(target: pl.Series, task: Kind) -> NDArray[np.int64]:
    """Return the stratum of each row: its class, or the range of numbers that it falls into."""
    import polars as pl

    if task == "classification":
        return _ranks(target, "dense").astype(np.int64)
    # Equal values share a rank, so they stand in one range.
    ranks = _ranks(target.cast(pl.Float64), "min").astype(np.int64) - 1
    return ranks * STRATA // len(ranks)


def _shared_out(
    strata: NDArray[Any], groups: NDArray[Any] | None, shares: NDArray[np.float64], seed: int
) -> NDArray[np.int64]:
    return _stratified(strata, shares, seed) if groups is None else _stratified_groups(strata, groups, shares, seed)


def _stratified_groups(
    strata: NDArray[Any], groups: NDArray[Any], shares: NDArray[np.float64], seed: int
) -> NDArray[np.int64]:
    """Give whole groups, in shuffled order, to the part that is furthest below its share of the group's stratum.

    A group is in the stratum of its first row. The first of each stratum goes to train.
    """
    _, first, members, sizes = np.unique(groups, return_index=True, return_inverse=True, return_counts=True)
    _, stratum = np.unique(strata[first], return_inverse=True)
    goals = np.bincount(stratum, weights=sizes)[:, None] * shares
    filled = np.zeros_like(goals)
    given = np.empty(len(first), dtype=np.int64)
    for group in np.random.default_rng(seed).permutation(len(first)):
        at = stratum[group]
        part = int(np.argmax((goals[at] - filled[at]) / goals[at]))
        given[group] = part
        filled[at, part] += sizes[group]
    return given[members]


def _stratified(strata: NDArray[Any], shares: NDArray[np.float64], seed: int) -> NDArray[np.int64]:
    """Shuffle each stratum and cut it by the shares; a row that rounding leaves over goes where most is due.

    Every stratum has a row in train, even one of a single row: a class that is never seen cannot be learned.
    """
    random = np.random.default_rng(seed)
    codes = np.empty(len(strata), dtype=np.int64)
    owed = np.zeros(len(shares))
    order = np.argsort(strata, kind="stable")
    for members in np.split(order, np.flatnonzero(np.diff(strata[order])) + 1):
        exact = shares * len(members)
        counts = np.floor(exact + 1e-9).astype(np.int64)
        due = owed + exact - counts
        if not counts[0]:
            due[0] = np.inf
        counts[np.argsort(-due, kind="stable")[: len(members) - counts.sum()]] += 1
        owed += exact - counts
        codes[random.permutation(members)] = np.repeat(np.arange(len(shares)), counts)
    return codes


def _by_group(groups: NDArray[Any], shares: NDArray[np.float64], seed: int) -> NDArray[np.int64]:
    """Give whole groups, in shuffled order, to the part that is furthest below its share."""
    names, members, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    goal, filled = shares * len(groups), np.zeros(len(shares))
    given = np.empty(len(names), dtype=np.int64)
    for group in np.random.default_rng(seed).permutation(len(names)):
        part = int(np.argmax((goal - filled) / goal))
        given[group] = part
        filled[part] += sizes[group]
    return given[members]


def _by_time(ranks: NDArray[Any], shares: NDArray[np.float64]) -> NDArray[np.int64]:
    """Cut by rank: the latest rows are the test, and rows of one moment stay together."""
    # 0.7 of 10 rows is a little more than 7 to a computer.
    ends = np.round(np.cumsum(shares)[:-1] * len(ranks), 6)
    return np.searchsorted(ends, ranks - 1, side="right")


def _by_hash(key: pl.Series, shares: NDArray[np.float64], seed: int) -> NDArray[np.int64]:
    """Place each key by its MD5, so that a row keeps its part when data grow."""
    import duckdb
    import polars as pl

    if key.dtype.is_float():
        # A column of integers becomes one of numbers when a single 0.5 comes: 7 must not become 7.0.
        whole = pl.when(pl.col("key") == pl.col("key").floor()).then(pl.col("key").cast(pl.Int64, strict=False))
        texts = pl.coalesce(whole.cast(pl.String), pl.col("key").cast(pl.String))
    else:
        texts = pl.col("key").cast(pl.String)
    keys = pl.DataFrame({"key": key}).select(texts.alias("key")).to_arrow()  # noqa: F841  # DuckDB reads it by its name
    query = "SELECT CAST(md5_number_upper(key || '/' || ?) AS DOUBLE) / 18446744073709551616.0 AS place FROM keys"
    with duckdb.connect(config=memory.of_database()) as connection:
        place = connection.execute(query, [str(seed)]).fetchnumpy()["place"]
    return np.searchsorted(np.cumsum(shares)[:-1], place, side="right")


def _check_rows(codes: NDArray[np.int64], settings: Split) -> None:
    for code, part in enumerate(PARTS):
        if not (codes == code).any():
            how = f"a {settings.method} split of {len(codes)} rows"
            raise Unmet(f"{how} leaves {part} empty; give it more rows or a larger share in split.parts")


def _check_classes(codes: NDArray[np.int64], target: pl.Series, settings: Split) -> None:
    import polars as pl

    how = f"a {settings.method} split of {len(target)} rows"
    taken = {part: target.filter(pl.Series(codes == code)) for code, part in enumerate(PARTS)}
    for part, rows in taken.items():
        if rows.n_unique() < 2:
            raise Unmet(
                f"{how} leaves {part} with one class, {rows[0]} (rows: {len(rows)}); "
                f"give it a larger share in split.parts, or split stratified"
            )
        unseen = rows.filter(~rows.is_in(taken["train"].unique().implode()))
        if len(unseen):
            raise Unmet(
                f"{how} puts the class {unseen[0]} into {part} (rows: {(rows == unseen[0]).sum()}) and not into train, "
                f"so it cannot be learned; relabel it in data.cleaning.relabel, or split stratified"
            )
