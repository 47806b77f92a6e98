"""Ratings: a row a user's rating of an item, or a click; what is learned is what others will like."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syllabus import cleaning, frames, modalities, sources, splitting
from syllabus.errors import Unmet, nearest
from syllabus.frames import ROW
from syllabus.ratings import rows
from syllabus.ratings.asking import asked, asks, example
from syllabus.ratings.encoding import Encoding, encoding, examples, learn, signature
from syllabus.ratings.options import CLICKS, Options

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from syllabus.settings import Data, Split

__all__ = [
    "GIVES",
    "SETTINGS",
    "TASKS",
    "Encoding",
    "Options",
    "asked",
    "asks",
    "columns",
    "encoding",
    "example",
    "examples",
    "files",
    "folds",
    "learn",
    "read",
    "signature",
    "split",
]

GIVES = frozenset({"user", "item", "count", "who", "popular"})
TASKS = frozenset({"rating"})
SETTINGS = frozenset(
    {
        "reading",
        *(
            f"cleaning.{key}"
            for key in ("strip", "missing", "missing_in", "relabel", "numbers", "dates", "types", "limits", "drop_rows")
        ),
    }
)


def files(options: Options) -> list[str]:
    """Return nothing: ratings are all in their source."""
    return []


def columns(data: Data) -> list[str]:
    """Return the columns of the source and, of clicks, the one that ingest adds.

    Raises:
        Unmet: the source cannot be read, or lacks a column that the options name.
    """
    options: Options = modalities.options(data)
    known = sources.columns(data.source, data.reading)
    for role in ("user", "item", "time"):
        name = getattr(options, role)
        if name is not None and name not in known:
            raise Unmet(f"data.options.{role}: {name} is not a column of {data.source}; {nearest(name, known)}")
        if name == data.target:
            raise Unmet(f"data.options.{role} names {name}, the target")
    if options.feedback == "values":
        return known
    if CLICKS in known:
        raise Unmet(f"{data.source}: its column {CLICKS} has the name of one that ingest adds; rename it")
    if data.target != CLICKS:
        raise Unmet(f"data.target is {data.target}, and clicks have no value: name {CLICKS}, which ingest counts")
    return [*known, CLICKS]


def read(data: Data, out: Path) -> dict[str, Any]:
    """Write the ratings, cleaned, one for a user and an item, as a Parquet table with `row` first.

    Raises:
        Unmet: the source cannot be read, a rating is out of its range or stands twice, or there is nothing to learn.
    """
    import polars as pl

    options: Options = modalities.options(data)
    columns(data)
    scratch = out.with_suffix(".scratch")
    try:
        source = sources.opened(data.source, scratch, data.reading)
        found = cleaning.changes(source.frame, data.cleaning, infer=source.written)
        cleaned, changed = cleaning.make(source.frame, found, scratch / "cleaned")
        total = int(cleaned.select(pl.len()).collect().item())
        kept, dropped = rows.kept(cleaned, data, options)
        frames.sink(kept, out)
        origin = {"path": str(data.source), "bytes": source.bytes, "sha256": source.sha256, "rows": total}
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    table = frames.scan(out)
    return {
        "source": origin,
        "rows": int(table.select(pl.len()).collect().item()),
        "columns": {name: str(kind) for name, kind in table.collect_schema().items() if name != ROW},
        "missing": table.select(pl.exclude(ROW).null_count()).collect().row(0, named=True),
        "changes": [*changed, *dropped],
        "flags": [],
        "compared": {"equal": [options.user, options.item], "nearly": []},
        "ratings": rows.told(table, options),
    }


def split(table: pl.LazyFrame, data: Data, settings: Split, *, seed: int) -> pl.DataFrame:
    """Return the part of every row: columns `row` and `part`.

    Raises:
        Unmet: what is declared of time does not agree, or nobody has ratings enough to hold the last.
    """
    options: Options = modalities.options(data)
    if options.hold == "last":
        if settings.method != "time" or settings.by != options.time:
            raise Unmet(
                f"data.options.hold: last ratings are told by time: set split.method to time and split.by to "
                f"{options.time}"
            )
        return rows.last(table, options)
    return splitting.split(table, data.target, settings, seed=seed, task="regression")


def folds(table: pl.DataFrame, data: Data, settings: Split, count: int, *, seed: int) -> NDArray[np.int64]:
    """Return the fold of every row, from 0, stratified on values."""
    return splitting.folds(table, data.model_copy(update={"task": "regression"}), settings, count, seed=seed)
