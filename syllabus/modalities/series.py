"""Time series: a row of the table is one value of one series; an example is a series at an origin, with its past."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syllabus import cleaning, frames, modalities, sources, splitting, targets
from syllabus.errors import Unmet, nearest, shown
from syllabus.frames import ROW
from syllabus.series import cutting, grid, moments
from syllabus.series.asking import asks, example, needed, types
from syllabus.series.cutting import latest
from syllabus.series.encoding import Encoding, encoding, learn
from syllabus.series.histories import histories
from syllabus.series.moments import GAP, MADE, STEP
from syllabus.series.options import Options

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from syllabus.examples import Examples
    from syllabus.settings import Data, Split

__all__ = [
    "GIVES",
    "LOOKS_BACK",
    "SETTINGS",
    "TASKS",
    "Encoding",
    "Options",
    "asks",
    "columns",
    "encoding",
    "example",
    "examples",
    "files",
    "folds",
    "histories",
    "latest",
    "learn",
    "needed",
    "read",
    "signature",
    "split",
    "types",
]

GIVES = frozenset({"past", "known", "static", "scale", "naive", "naive_error", "series", "origin", "moments"})
TASKS = frozenset({"forecast"})
LOOKS_BACK = True
SETTINGS = frozenset(
    {
        "reading",
        *(
            f"cleaning.{key}"
            for key in (
                "strip", "missing", "missing_in", "relabel", "numbers", "dates", "types", "limits", "drop_rows",
            )
        ),
    }
)  # fmt: skip


def files(options: Options) -> list[str]:  # as every modality
    """Return nothing: a table is all in its source."""
    return []


def columns(data: Data) -> list[str]:
    """Return the columns of the source and those that ingest adds.

    Raises:
        Unmet: the source cannot be read, or lacks a column that the options name.
    """
    options: Options = modalities.options(data)
    known = sources.columns(data.source, data.reading)
    for name, role in options.columns.items():
        if name not in known:
            raise Unmet(f"data.options.{role}: {name} is not a column of {data.source}; {nearest(name, known)}")
        if name == data.target:
            raise Unmet(f"data.options.{role} names {name}, the target: its past is looked back at anyway")
    for name in known:
        if name in MADE:
            raise Unmet(f"{data.source}: its column {name} has the name of one that ingest adds; rename it")
    return [*known, *MADE]


def read(data: Data, out: Path) -> dict[str, Any]:
    """Write the source, cleaned and on its grid, as one Parquet table with `row` first; return what was changed.

    Raises:
        Unmet: the source cannot be read, moments are on no grid, or there is nothing to learn.
    """
    import polars as pl

    options: Options = modalities.options(data)
    columns(data)
    if options.holidays is not None:
        grid.check_holidays(options.holidays)
    scratch = out.with_suffix(".scratch")
    try:
        source = sources.opened(data.source, scratch, data.reading)
        found = cleaning.changes(source.frame, data.cleaning, infer=source.written)
        cleaned, changed = cleaning.make(source.frame, found, scratch / "cleaned")
        rows = int(cleaned.select(pl.len()).collect().item())
        if not rows:
            raise Unmet(f"{data.source}: no rows to learn from: the file holds a header only")
        cleaned, dropped = _less(cleaned, data.cleaning.drop_rows)
        seen = cleaned.filter(pl.col(data.target).is_not_null())
        if not seen.select(pl.len()).collect().item():
            raise Unmet(f"{data.source}: the target {shown(data.target)} is missing in every row")
        targets.check(seen, data)
        _check_numbers(cleaned, options)
        placed = moments.place(cleaned, options, data.target)
        frames.sink(placed.rows, out)
        origin = {"path": str(data.source), "bytes": source.bytes, "sha256": source.sha256, "rows": rows}
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    table = frames.scan(out)
    return {
        "source": origin,
        "rows": int(table.select(pl.len()).collect().item()),
        "columns": {name: str(kind) for name, kind in table.collect_schema().items() if name != ROW},
        "missing": table.select(pl.exclude(ROW).null_count()).collect().row(0, named=True),
        "changes": [*changed, *dropped, *placed.changes],
        "flags": [],
        "compared": {"equal": [*options.series, STEP], "nearly": []},
        "series": {
            "frequency": placed.grid.frequency,
            "declared": options.frequency is not None,
            "series": int(table.select(pl.struct(options.series).n_unique()).collect().item()) if options.series else 1,
            "gaps": int(table.select(pl.col(GAP).sum()).collect().item()),
        },
    }


def split(table: pl.LazyFrame, data: Data, settings: Split, *, seed: int) -> pl.DataFrame:
    """Return the part of every row: columns `row` and `part`; parts follow each other in time, for all series alike.

    Raises:
        Unmet: it is not to be split by time, or a part has fewer steps than the horizon.
    """
    import polars as pl

    options: Options = modalities.options(data)
    if settings.method != "time" or settings.by != options.time:
        raise Unmet(
            f"series are split by time, or what comes later would be learned from: set split.method to time and "
            f"split.by to {options.time}"
        )
    placed = splitting.split(table, data.target, settings.model_copy(update={"by": STEP}), seed=seed, task=data.task)
    spans = (
        table.select(ROW, STEP)
        .collect()
        .join(placed, on=ROW)
        .group_by("part")
        .agg(pl.col(STEP).max() - pl.col(STEP).min())
    )
    for part, span in spans.sort("part").iter_rows():
        if span + 1 < options.horizon:
            raise Unmet(
                f"data.options.horizon: {options.horizon} steps do not lie in {part}, which has {span + 1}; "
                f"a shorter horizon, or a larger share in split.parts"
            )
    return placed


def folds(table: pl.DataFrame, data: Data, settings: Split, count: int, *, seed: int) -> NDArray[Any]:
    """Return the fold of every row: ranges of time, though none are made of a split by time."""
    ranks = table[STEP].rank("dense").to_numpy() - 1
    found: NDArray[Any] = (ranks * count // (ranks.max() + 1)).astype("int64")
    return found


def examples(table: pl.LazyFrame, learned: Encoding, before: pl.LazyFrame | None = None) -> Examples:
    """Return the examples whose forecast steps all lie in the table.

    - `past` `(n, context, 1 + p)`: the value, on the scale that is learned, then what is known of the past alone
    - `known` `(n, context + horizon, k)`: what is known ahead
    - `static` `(n, s)`: what never changes within a series; a category's code, -1 of one that train does not have
    - `scale` `(n, 2)`: the mean and the deviation by which the value is brought to one scale
    - `naive` `(n, horizon)`: the seasonal naive forecast, and `naive_error` `(n,)`, what it errs on train
    - `series` and `origin` `(n,)`, and `moments` `(n, horizon)`: when the steps are, in seconds of the wall's clock

    The target is `(n, horizon)`. What is missing is NaN.
    """
    earlier = None if before is None else moments.placed(before, learned.options, learned.grid)
    return cutting.examples(moments.placed(table, learned.options, learned.grid), earlier, learned)


def signature(train: pl.LazyFrame, learned: Encoding) -> list[dict[str, Any]]:
    """Return what each column of a request must be: the past of a series, and what is known ahead behind it."""
    import polars as pl

    schema = train.collect_schema()
    named = list(learned.options.columns)
    missing = train.select(pl.col(named).is_null().mean()).collect().row(0, named=True)
    return [
        {"name": name, "type": str(schema[name]), "role": learned.options.columns[name], "missing": missing[name]}
        for name in named
    ]


def _less(table: pl.LazyFrame, gone: tuple[int, ...]) -> tuple[pl.LazyFrame, list[dict[str, Any]]]:
    """Return the table without the rows that are declared to be left out."""
    import polars as pl

    rows = table.filter(pl.col(ROW).is_in(gone)).select(ROW).collect()[ROW] if gone else pl.Series(ROW, [], pl.UInt64)
    if rows.is_empty():
        return table, []
    told = {"rule": "drop_rows", "column": None, "rows": len(rows), "examples": [{ROW: n} for n in rows.head(3)]}
    return frames.without(table, rows), [told | {"undo": None}]


def _check_numbers(table: pl.LazyFrame, options: Options) -> None:
    """Refuse what changes with time and is no number."""
    import polars as pl

    schema = table.collect_schema()
    for role in ("known", "past"):
        for name in getattr(options, role):
            if not (schema[name].is_numeric() or schema[name] == pl.Boolean):
                raise Unmet(
                    f"data.options.{role}: column {name} holds {schema[name]}, and what changes with time is given in "
                    f"numbers: write it as such, or leave it out"
                )
