"""Shares the rows of a table out into train, validation and test, and refuses what leaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from syllabus.errors import Unmet, nearest
from syllabus.frames import ROW

if TYPE_CHECKING:
    import polars as pl

    from syllabus.settings import Split

PARTS = ("train", "validation", "test")


def split(table: pl.LazyFrame, target: str, settings: Split, *, seed: int) -> pl.DataFrame:
    """Return columns `row` and `part` (a name of `PARTS`), a line for every row of `table`.

    Raises:
        Unmet: the column to split by is missing or has gaps, or a part would be empty or hold one class.
    """
    import polars as pl

    names = table.collect_schema().names()
    if settings.by is not None and settings.by not in names:
        raise Unmet(f"split.by names {settings.by}, which is not a column; {nearest(settings.by, names[1:])}")
    needed = list(dict.fromkeys([ROW, target, *([settings.by] if settings.by else [])]))
    rows = table.select(needed).collect()
    if settings.by and rows[settings.by].null_count():
        gap = rows.filter(pl.col(settings.by).is_null())[ROW][0]
        raise Unmet(
            f"split.by: column {settings.by} is missing in row {gap}; a {settings.method} split needs it in every row"
        )
    shares = np.array([settings.parts.train, settings.parts.validation, settings.parts.test])
    match settings.method:
        case "stratified":
            codes = _stratified(rows[target].rank("dense").to_numpy(), shares, seed)
        case "random":
            codes = _stratified(np.zeros(len(rows)), shares, seed)
        case "group":
            codes = _by_group(rows[settings.by].rank("dense").to_numpy(), shares, seed)
        case "time":
            codes = _by_time(rows[settings.by].rank("min").to_numpy(), shares)
        case "hash":
            codes = _by_hash(rows[settings.by], shares, seed)
    _check(codes, rows[target].cast(pl.String), settings)
    return pl.DataFrame({ROW: rows[ROW], "part": np.array(PARTS)[codes]})


def part(labelled: pl.LazyFrame, name: str) -> pl.LazyFrame:
    """Return the rows of one part, without the column `part`."""
    import polars as pl

    return labelled.filter(pl.col("part") == name).drop("part")


def report(labelled: pl.LazyFrame, target: str, sensitive: tuple[str, ...]) -> dict[str, Any]:
    """Return how many rows each part has, and how every class and sensitive group stands in each.

    Args:
        labelled: the table with its column `part`.
        target: the column to predict.
        sensitive: the columns across which the model must be fair.

    Raises:
        Unmet: a sensitive column is not in the table.
    """
    import polars as pl

    names = labelled.collect_schema().names()
    for column in sensitive:
        if column not in names:
            raise Unmet(f"examination.sensitive names {column}, which is not a column; {nearest(column, names[1:-1])}")
    rows = dict(labelled.group_by("part").len().collect().iter_rows())
    found: dict[str, Any] = {}
    for column in dict.fromkeys([target, *sensitive]):
        counts = labelled.group_by(pl.col(column).cast(pl.String).fill_null("(missing)"), "part").len().collect()
        values: dict[str, Any] = {}
        for value, name, count in sorted(counts.iter_rows()):
            values.setdefault(value, {})[name] = {"rows": count, "share": count / rows[name]}
        found[column] = values
    seen = pl.exclude(ROW, "part")
    train = part(labelled, "train").select(seen).unique()
    test = part(labelled, "test").select(seen)
    also = (
        test.join(train, on=train.collect_schema().names(), how="semi", nulls_equal=True)
        .select(pl.len())
        .collect()
        .item()
    )
    return {
        "rows": {name: rows[name] for name in PARTS},
        "representation": found,
        "test rows also in train": also,
    }


def _stratified(strata: NDArray[Any], shares: NDArray[np.float64], seed: int) -> NDArray[np.int64]:
    """Shuffle each stratum and cut it by the shares; what rounding leaves over goes where most is due."""
    random = np.random.default_rng(seed)
    codes = np.empty(len(strata), dtype=np.int64)
    owed = np.zeros(len(shares))
    for stratum in np.unique(strata):
        rows = random.permutation(np.flatnonzero(strata == stratum))
        owed += shares * len(rows)
        counts = np.floor(owed + 1e-9).astype(np.int64)
        for place in np.argsort(counts - owed, kind="stable")[: len(rows) - counts.sum()]:
            counts[place] += 1
        owed -= counts
        codes[rows] = np.repeat(np.arange(len(shares)), np.maximum(counts, 0))
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
    ends = np.cumsum(shares)[:-1] * len(ranks)
    return np.searchsorted(ends, ranks - 1, side="right")


def _by_hash(key: pl.Series, shares: NDArray[np.float64], seed: int) -> NDArray[np.int64]:
    """Place each key by its MD5, so that a row keeps its part when data grow."""
    import duckdb
    import polars as pl

    keys = pl.DataFrame({"key": key.cast(pl.String)}).to_arrow()  # noqa: F841  # DuckDB reads it by its name
    query = "SELECT CAST(md5_number_upper(key || '/' || ?) AS DOUBLE) / 18446744073709551616.0 AS place FROM keys"
    with duckdb.connect() as connection:
        place = connection.execute(query, [str(seed)]).fetchnumpy()["place"]
    return np.searchsorted(np.cumsum(shares)[:-1], place, side="right")


def _check(codes: NDArray[np.int64], target: pl.Series, settings: Split) -> None:
    import polars as pl

    for code, part in enumerate(PARTS):
        rows = target.filter(pl.Series(codes == code))
        how = f"a {settings.method} split of {len(target)} rows"
        if not len(rows):
            raise Unmet(f"split: {how} leaves {part} empty; give it more rows or a larger share in split.parts")
        if rows.n_unique() < 2:
            raise Unmet(
                f"split: {how} leaves {part} with one class, {rows[0]} ({len(rows)} rows); "
                f"give it a larger share in split.parts, or split stratified"
            )
