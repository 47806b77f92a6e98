"""Tables: a row an example, columns of numbers and categories."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from syllabus import cleaning, frames, sources, splitting, targets
from syllabus.errors import Unmet
from syllabus.examples import Column, Examples, Task
from syllabus.frames import ROW

if TYPE_CHECKING:
    import polars as pl

    from syllabus.settings import Data, Split

GIVES = frozenset({"numeric", "categorical"})


@dataclass(frozen=True)
class Encoding:
    """What was learned from train: the columns, their categories and the classes.

    Args:
        target: the column to predict.
        task: what is predicted.
        numeric: names of columns that are read as numbers.
        categorical: for each other column, its categories in sorted order.
    """

    target: str
    task: Task
    numeric: tuple[str, ...]
    categorical: Mapping[str, tuple[str, ...]]

    def plain(self) -> dict[str, Any]:
        """Return what JSON can hold; `encoding` reads it."""
        return {
            "target": self.target,
            "task": self.task.kind,
            "classes": list(self.task.classes),
            "transform": self.task.transform,
            "numeric": list(self.numeric),
            "categorical": [{"name": name, "categories": list(seen)} for name, seen in self.categorical.items()],
        }


def encoding(plain: Mapping[str, Any]) -> Encoding:
    """Return the encoding that `Encoding.plain` wrote."""
    return Encoding(
        target=plain["target"],
        task=Task(plain["task"], tuple(plain["classes"]), plain["transform"]),
        numeric=tuple(plain["numeric"]),
        categorical={column["name"]: tuple(column["categories"]) for column in plain["categorical"]},
    )


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
        changed = cleaning.report(raw, found)
        rows = raw.select(pl.len()).collect().item()
        dropped, kept = _keep(cleaning.apply(raw, found), data)
        frames.sink(kept, out)
        origin = {"path": str(data.source), "bytes": source.bytes, "sha256": source.sha256, "rows": rows}
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    table = frames.scan(out)
    left = table.select(pl.len()).collect().item()
    if not left:
        why = f"the target {data.target} is missing in every row" if rows else "the file holds a header only"
        raise Unmet(f"{data.source}: no rows to learn from: {why}")
    targets.check(table, data)
    _check_roles(table, data)
    return {
        "source": origin,
        "rows": left,
        "columns": {name: str(kind) for name, kind in table.collect_schema().items() if name != ROW},
        "missing": table.select(pl.exclude(ROW).null_count()).collect().row(0, named=True),
        "changes": [*changed, *dropped],
    }


def split(table: pl.LazyFrame, data: Data, settings: Split, *, seed: int) -> pl.DataFrame:
    """Return the part of every row: columns `row` and `part`.

    Raises:
        Unmet: a column of groups or of time is not what the rows are split by, or the split cannot be made.
    """
    keeps = {"group": ("group", "hash"), "time": ("time",)}
    for name, role in data.columns.items():
        if role in keeps and (settings.by != name or settings.method not in keeps[role]):
            raise Unmet(
                f"data.columns.{name} is a {role}, and a {settings.method} split would leak between parts: "
                f"set split.method to {role} and split.by to {name}"
            )
    return splitting.split(table, data.target, settings, seed=seed, task=data.task)


def learn(train: pl.LazyFrame, data: Data) -> Encoding:
    """Learn the columns' kinds, their categories and what is predicted from train."""
    import polars as pl

    numeric: list[str] = []
    texts: list[str] = []
    for name, kind in train.collect_schema().items():
        role = data.columns.get(name)
        if name in (ROW, data.target) or role in ("ignore", "group", "time"):
            continue
        categorical = role == "categorical" or (role is None and not (kind.is_numeric() or kind.is_temporal()))
        (texts if categorical else numeric).append(name)
    seen = train.select(pl.col(texts).cast(pl.String).drop_nulls().unique().sort().implode()).collect()
    categories = {name: tuple(seen.item(0, name).to_list()) for name in texts}
    return Encoding(data.target, targets.learn(train, data), tuple(numeric), categories)


def examples(table: pl.LazyFrame, learned: Encoding) -> Examples:
    """Return the arrays that architectures read.

    `numeric` is (n, p) float64 with NaN for missing, `categorical` (n, c) int32 with -1 for missing or unseen, and
    the target, where the table has it, (n,) int64 codes into the classes or (n,) float64.
    """
    import polars as pl

    def codes(name: str, categories: tuple[str, ...]) -> pl.Expr:
        known = pl.col(name).cast(pl.String).cast(pl.Enum(categories), strict=False)
        return known.to_physical().cast(pl.Int32).fill_null(-1)

    held = table.collect_schema()
    wanted = [pl.col(name).cast(pl.Float64) for name in learned.numeric]
    wanted += [codes(name, categories) for name, categories in learned.categorical.items()]
    if learned.target in held:
        wanted.append(targets.expression(learned.target, learned.task))
    frame = table.select(wanted).collect()
    return Examples(
        task=learned.task,
        arrays={
            "numeric": _array(frame, learned.numeric, np.dtype(np.float64)),
            "categorical": _array(frame, tuple(learned.categorical), np.dtype(np.int32)),
        },
        target=frame[learned.target].to_numpy() if learned.target in held else None,
        columns={
            "numeric": tuple(map(Column, learned.numeric)),
            "categorical": tuple(Column(name, seen) for name, seen in learned.categorical.items()),
        },
    )


def signature(train: pl.LazyFrame, learned: Encoding) -> list[dict[str, Any]]:
    """Return what each column of a request must be: its type, what train had of it, and how often it was missing."""
    import polars as pl

    names = [*learned.numeric, *learned.categorical]
    schema = train.collect_schema()
    told = train.select(
        pl.len().alias("rows"),
        *[pl.col(name).null_count().alias(f"missing {name}") for name in names],
        *[pl.col(name).cast(pl.Float64).min().alias(f"least {name}") for name in learned.numeric],
        *[pl.col(name).cast(pl.Float64).max().alias(f"most {name}") for name in learned.numeric],
    ).collect()

    def described(name: str) -> dict[str, Any]:
        row: dict[str, Any] = {"name": name, "type": str(schema[name])}
        row["missing"] = told.item(0, f"missing {name}") / told.item(0, "rows")
        if name in learned.categorical:
            return row | {"role": "categorical", "categories": list(learned.categorical[name])}
        return row | {"role": "numeric", "least": told.item(0, f"least {name}"), "most": told.item(0, f"most {name}")}

    return [described(name) for name in names]


def _array(frame: pl.DataFrame, names: tuple[str, ...], kind: np.dtype[Any]) -> NDArray[Any]:
    if not names:
        return np.empty((len(frame), 0), dtype=kind)
    return np.ascontiguousarray(frame.select(names).to_numpy(), dtype=kind)


def _keep(frame: pl.LazyFrame, data: Data) -> tuple[list[dict[str, Any]], pl.LazyFrame]:
    """Return what is dropped, and the rows that are kept."""
    import polars as pl

    def told(rule: str, column: str | None, rows: pl.Series) -> dict[str, Any]:
        examples = [{ROW: number} for number in rows.head(cleaning.EXAMPLES)]
        return {"rule": rule, "column": column, "rows": len(rows), "examples": examples}

    dropped: list[dict[str, Any]] = []
    untold = frame.filter(pl.col(data.target).is_null()).select(ROW).collect(engine="streaming")[ROW].sort()
    if len(untold):
        dropped.append(told("target", data.target, untold))
        frame = frame.filter(pl.col(data.target).is_not_null())
    if data.cleaning.duplicates == "drop":
        again = cleaning.repeated(frame)
        if len(again):
            dropped.append(told("duplicates", None, again))
            frame = frame.join(again.to_frame().lazy(), on=ROW, how="anti", maintain_order="left")
    return dropped, frame


def _check_roles(table: pl.LazyFrame, data: Data) -> None:
    import polars as pl

    schema = table.collect_schema()
    learned = [name for name in schema if name not in (ROW, data.target) and data.columns.get(name) != "ignore"]
    if not learned:
        raise Unmet(f"{data.source}: no column but the target {data.target} is left to learn from")
    for name, role in data.columns.items():
        if role == "numeric" and schema[name] == pl.String:
            unread = pl.col(name).is_not_null() & pl.col(name).cast(pl.Float64, strict=False).is_null()
            texts = table.filter(unread).select(ROW, name).head(1).collect()
            if len(texts):
                raise Unmet(
                    f"data.columns.{name} is numeric, but row {texts.item(0, ROW)} holds {texts.item(0, name)!r}; "
                    f"data.cleaning.types: {{{name}: number}} would make such values missing"
                )
