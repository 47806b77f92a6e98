"""The rows of a table by their part: written in one pass, and how the target and groups stand in each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from syllabus import cleaning, frames
from syllabus.errors import Unmet, nearest
from syllabus.frames import ROW
from syllabus.splitting import PARTS

if TYPE_CHECKING:
    import polars as pl

    from syllabus.settings import Kind

LEVELS = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
"""The quantiles that tell how a number is distributed."""
# A name that no column of a source has: a source's are stripped.
_PART = " part"


def part(table: pl.LazyFrame, placed: pl.DataFrame, name: str) -> pl.LazyFrame:
    """Return the rows of `table` that `placed`, columns `row` and `part`, puts into one part."""
    return _taken(table, placed)[name]


def write(table: pl.LazyFrame, placed: pl.DataFrame, out: Path) -> dict[str, pl.LazyFrame]:
    """Write every part under `out` as Parquet, in one pass over the table; return them.

    A row of the table that `placed` does not name is in no part.
    """
    frames.sink_all({out / f"{name}.parquet": rows for name, rows in _taken(table, placed).items()})
    return {name: frames.scan(out / f"{name}.parquet") for name in PARTS}


def _taken(table: pl.LazyFrame, placed: pl.DataFrame) -> dict[str, pl.LazyFrame]:
    """Return the rows of each part, lazily."""
    import polars as pl

    rows = frames.numbers(table)
    known = placed if placed[ROW].is_sorted() else placed.sort(ROW)
    at = np.searchsorted(known[ROW].to_numpy(), rows).clip(max=len(known) - 1)
    found = known["part"].gather(at).set(pl.Series(known[ROW].to_numpy()[at] != rows), None)
    labelled = frames.beside(table, found.alias(_PART))
    return {name: labelled.filter(pl.col(_PART) == name).drop(_PART) for name in PARTS}


def report(
    taken: dict[str, pl.LazyFrame],
    target: str,
    sensitive: tuple[str, ...],
    task: Kind = "classification",
    compared: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, Any]:
    """Return how many rows each part has, and how the target and every sensitive group stands in each.

    Args:
        taken: the rows of each part.
        target: the column to predict: counted by class, or told by its mean, deviation and quantiles.
        sensitive: the columns across which the model must be fair.
        task: what the target is.
        compared: the columns by which rows are the same example, `equal`, and those by which the table has near
            duplicates, `nearly`, as ingest tells; by default all, and none.

    Raises:
        Unmet: a sensitive column is not in the table.
    """
    import polars as pl

    names = [name for name in taken["train"].collect_schema() if name != ROW]
    for column in sensitive:
        if column not in names:
            raise Unmet(f"examination.sensitive names {column}, which is not a column; {nearest(column, names)}")
    rows = {name: int(part.select(pl.len()).collect().item()) for name, part in taken.items()}
    found: dict[str, Any] = {}
    for column in dict.fromkeys([target, *sensitive] if task == "classification" else sensitive):
        value = pl.col(column).cast(pl.String).fill_null("(missing)").alias("value")
        grouped = {name: few.group_by(value).len().collect(engine="streaming") for name, few in taken.items()}
        counts = {name: dict(few.iter_rows()) for name, few in grouped.items()}
        found[column] = {
            group: {name: _standing(counts[name].get(group, 0), rows[name]) for name in PARTS}
            for group in sorted(set().union(*counts.values()))
        }
    equal, nearly = (compared or {}).get("equal", names), (compared or {}).get("nearly", ())
    told: dict[str, Any] = {"rows": rows, "representation": found, "test rows also in train": _seen(taken, equal)}
    told["test rows nearly in train"] = _nearly(taken, nearly) if nearly else 0
    if task != "classification":
        told["distribution"] = {name: _distribution(few, target) for name, few in taken.items()}
    return told


def _seen(taken: dict[str, pl.LazyFrame], names: Sequence[str]) -> int:
    """Return how many rows of test are equal in these columns to one of train, by a hash of 128 bits."""
    import polars as pl

    hashes = [pl.struct(names).hash(seed).alias(f"{seed}") for seed in (1, 2)]
    test = taken["test"].select(hashes).collect(engine="streaming")
    # Train streams by, and what is kept of it is no more than the hashes of test.
    known = taken["train"].select(hashes).join(test.lazy(), on=["1", "2"], how="semi").unique()
    return test.join(known.collect(engine="streaming"), on=["1", "2"], how="semi").height


def _nearly(taken: dict[str, pl.LazyFrame], compared: Sequence[str]) -> int:
    """Return how many rows of test are alike to one of train."""
    import polars as pl

    (sets,) = cleaning.alike(pl.concat([taken["train"], taken["test"]]), compared)
    test = taken["test"].select(ROW).collect(engine="streaming")
    in_train = sets.join(test, on=ROW, how="anti")["first"].unique()
    return sets.join(test, on=ROW, how="semi").filter(pl.col("first").is_in(in_train.implode())).height


def _distribution(rows: pl.LazyFrame, target: str) -> dict[str, Any]:
    import polars as pl

    values = rows.select(pl.col(target).cast(pl.Float64)).drop_nulls().collect()[target].to_numpy()
    quantiles = np.quantile(values, LEVELS).tolist()
    return {"mean": float(values.mean()), "deviation": float(values.std()), "quantiles": quantiles}


def _standing(rows: int, of: int) -> dict[str, float]:
    return {"rows": rows, "share": rows / of}
