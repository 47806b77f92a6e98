"""Tables: a row an example, columns of numbers and categories."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syllabus import cleaning, frames, modalities, sources, splitting, targets
from syllabus.errors import Unmet, shown
from syllabus.features import Encoding, dates, encoding, examples, imputation, kinds, learn, signature
from syllabus.features.asking import asked, asks, example, needed, types
from syllabus.frames import ROW

if TYPE_CHECKING:
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
    "needed",
    "read",
    "signature",
    "split",
    "types",
]

GIVES = frozenset({"numeric", "categorical"})
TASKS = frozenset({"classification", "regression"})
SETTINGS = frozenset({"reading", "columns", "dates", "texts", "most_categories", "cleaning"})


class Options(modalities.Options):
    """Tables have none: their settings stand under `data` itself."""


def files(options: Options) -> list[str]:  # as every modality
    """Return nothing: a table is all in its source."""
    return []


def columns(data: Data) -> list[str]:
    """Return the names of the source's columns, read from its head alone.

    Raises:
        Unmet: the source cannot be read.
    """
    return sources.columns(data.source, data.reading)


def read(data: Data, out: Path) -> dict[str, Any]:
    """Write the source, cleaned as declared, as one Parquet table with `row` first; return what was changed.

    Raises:
        Unmet: the source cannot be read or has no rows, or there is nothing to learn.
    """
    import polars as pl

    scratch = out.with_suffix(".scratch")
    try:
        source = sources.opened(data.source, scratch, data.reading)
        raw = source.frame
        # A Parquet file says itself what its columns are; a text does not.
        found = cleaning.changes(raw, data.cleaning, infer=source.written)
        cleaned, changed = cleaning.make(raw, found, scratch / "cleaned")
        rows = cleaned.select(pl.len()).collect().item()
        dropped, kept = _keep(cleaned, data)
        frames.sink(kept, out)
        origin = {"path": str(data.source), "bytes": source.bytes, "sha256": source.sha256, "rows": rows}
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    table = frames.scan(out)
    left = table.select(pl.len()).collect().item()
    if not left:
        why = f"the target {shown(data.target)} is missing in every row" if rows else "the file holds a header only"
        raise Unmet(f"{data.source}: no rows to learn from: {why}")
    targets.check(table, data)
    left_out = (ROW, data.target, *(name for name, role in data.columns.items() if role == "ignore"))
    if not set(table.collect_schema()) - set(left_out):
        raise Unmet(f"{data.source}: no column but the target {shown(data.target)} is left to learn from")
    check_roles(table, data)
    of = kinds(table.collect_schema(), data)
    flags = cleaning.flags(
        table, data.target, (of["numeric"] + of["date"], of["categorical"], of["text"]), data.cleaning
    )
    names = [name for name in table.collect_schema() if name != ROW]
    near = any(flag["kind"] == "near_duplicates" for flag in flags)
    return {
        "source": origin,
        "rows": left,
        "columns": {name: str(kind) for name, kind in table.collect_schema().items() if name != ROW},
        "missing": table.select(pl.exclude(ROW).null_count()).collect().row(0, named=True),
        "changes": [*changed, *dropped],
        "flags": flags,
        "compared": {
            "equal": names,
            "nearly": [name for name in names if name not in data.cleaning.not_compared] if near else [],
        },
    }


def split(table: pl.LazyFrame, data: Data, settings: Split, *, seed: int) -> pl.DataFrame:
    """Return the part of every row: columns `row` and `part`.

    Raises:
        Unmet: a column of groups or of time is not what the rows are split by, or the split cannot be made.
    """
    check_split(data, settings)
    return splitting.split(table, data.target, settings, seed=seed, task=data.task)


def check_split(data: Data, settings: Split) -> None:
    """Refuse a split that does not keep together what the roles of columns say must stay so.

    Raises:
        Unmet: a column of groups or of time is not what the rows are split by.
    """
    keeps = {"group": ("group", "hash"), "time": ("time",)}
    for name, role in data.columns.items():
        if role in keeps and (settings.by != name or settings.method not in keeps[role]):
            raise Unmet(
                f"data.columns.{name} is a {role}, and a {settings.method} split would leak between parts: "
                f"set split.method to {role} and split.by to {name}"
            )


def folds(table: pl.DataFrame, data: Data, settings: Split, count: int, *, seed: int) -> NDArray[Any]:
    """Return the fold of every row, from 0: a group stays whole here, too."""
    return splitting.folds(table, data, settings, count, seed=seed)


def _keep(frame: pl.LazyFrame, data: Data) -> tuple[list[dict[str, Any]], pl.LazyFrame]:
    """Return what is dropped, and the rows that are kept."""
    import polars as pl

    dropped: list[dict[str, Any]] = []
    asked = data.cleaning

    def drop(rule: str, column: str | None, rows: pl.Series) -> None:
        nonlocal frame
        rows = rows if rule == "target" else rows.filter(~rows.is_in(asked.keep_rows))
        if len(rows):
            first = rows.head(cleaning.EXAMPLES).to_list()
            examples = [{ROW: number} for number in first]
            undo = cleaning.undo(rule, column, first, more=len(rows) > len(first))
            dropped.append({"rule": rule, "column": column, "rows": len(rows), "examples": examples, "undo": undo})
            frame = frames.without(frame, rows)

    if asked.drop_rows:
        named = frame.filter(pl.col(ROW).is_in(asked.drop_rows)).select(ROW).collect(engine="streaming")[ROW].sort()
        drop("drop_rows", None, named)
    untold = frame.filter(pl.col(data.target).is_null()).select(ROW).collect(engine="streaming")[ROW].sort()
    if len(untold):
        drop("target", data.target, untold)
    of = kinds(frame.collect_schema(), data)
    if needed := imputation.dropping(asked.gaps, [*of["numeric"], *of["date"]], of["categorical"]):
        lacking = pl.coalesce(pl.when(pl.col(name).is_null()).then(pl.lit(name)) for name in needed).alias("lacking")
        gaps = frame.select(ROW, lacking).drop_nulls().collect(engine="streaming").sort(ROW)
        for (name,), rows in gaps.group_by("lacking", maintain_order=True):
            drop("gaps", str(name), rows[ROW])
    if asked.duplicates == "drop":
        drop("duplicates", None, cleaning.repeated(frame))
    if asked.near_duplicates == "drop":
        (sets,) = cleaning.alike(frame, [n for n in frame.collect_schema() if n not in (ROW, *asked.not_compared)])
        drop("near_duplicates", None, sets.filter(pl.col(ROW) != pl.col("first"))[ROW])
    if asked.contradictions == "drop":
        compared = [name for names in of.values() for name in names if name not in asked.not_compared]
        (sets,) = cleaning.alike(frame, compared)
        drop("contradictions", None, cleaning.contradictory(frame, sets, data.target)[ROW])
    return dropped, frame


def check_roles(table: pl.LazyFrame, data: Data) -> None:
    """Refuse a role that what a column holds cannot have.

    Raises:
        Unmet: dates, texts or numbers are declared where there are none.
    """
    import polars as pl

    schema = table.collect_schema()
    for name, role in data.columns.items():
        if role == "date" and not dates.is_moment(schema[name]):
            raise Unmet(
                f"data.columns.{name} is a date, but the column holds {schema[name]}; data.cleaning.dates says how "
                f'dates are written, such as {{{name}: "%d.%m.%Y"}}'
            )
        if role == "text" and schema[name] != pl.String:
            raise Unmet(f"data.columns.{name} is a text, but the column holds {schema[name]}: leave the role out")
        if role == "numeric" and schema[name] == pl.String:
            unread = pl.col(name).is_not_null() & pl.col(name).cast(pl.Float64, strict=False).is_null()
            texts = table.filter(unread).select(ROW, name).head(1).collect()
            if len(texts):
                raise Unmet(
                    f"data.columns.{name} is numeric, but row {texts.item(0, ROW)} holds {texts.item(0, name)!r}; "
                    f"data.cleaning.types: {{{name}: number}} would make such values missing"
                )
