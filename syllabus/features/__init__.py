"""What a table's columns become: numbers and codes of categories, as learned from train."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from syllabus import targets
from syllabus.examples import Column, Examples, Task
from syllabus.features import imputation
from syllabus.features.imputation import Filling
from syllabus.frames import ROW

if TYPE_CHECKING:
    import polars as pl

    from syllabus.settings import Data


@dataclass(frozen=True)
class Encoding:
    """What was learned from train: the columns, their categories and the classes.

    Args:
        target: the column to predict.
        task: what is predicted.
        numeric: names of columns that are read as numbers.
        categorical: for each other column, its categories in sorted order.
        filling: what missing values are filled with.
    """

    target: str
    task: Task
    numeric: tuple[str, ...]
    categorical: Mapping[str, tuple[str, ...]]
    filling: Filling = field(default_factory=Filling)

    def plain(self) -> dict[str, Any]:
        """Return what JSON can hold; `encoding` reads it."""
        return {
            "target": self.target,
            "task": self.task.kind,
            "classes": list(self.task.classes),
            "transform": self.task.transform,
            "numeric": list(self.numeric),
            "categorical": [{"name": name, "categories": list(seen)} for name, seen in self.categorical.items()],
            "filling": self.filling.plain(),
        }


def encoding(plain: Mapping[str, Any]) -> Encoding:
    """Return the encoding that `Encoding.plain` wrote."""
    return Encoding(
        target=plain["target"],
        task=Task(plain["task"], tuple(plain["classes"]), plain["transform"]),
        numeric=tuple(plain["numeric"]),
        categorical={column["name"]: tuple(column["categories"]) for column in plain["categorical"]},
        filling=imputation.filling(plain["filling"]),
    )


def kinds(schema: pl.Schema, data: Data) -> tuple[list[str], list[str]]:
    """Return which columns are read as numbers, and which as categories."""
    numeric: list[str] = []
    texts: list[str] = []
    for name, kind in schema.items():
        role = data.columns.get(name)
        if name in (ROW, data.target) or role in ("ignore", "group", "time"):
            continue
        categorical = role == "categorical" or (role is None and not (kind.is_numeric() or kind.is_temporal()))
        (texts if categorical else numeric).append(name)
    return numeric, texts


def learn(train: pl.LazyFrame, data: Data) -> Encoding:
    """Learn the columns' kinds, their categories, what fills their gaps and what is predicted from train.

    Raises:
        Unmet: gaps are to be filled with what a column cannot hold.
    """
    import polars as pl

    numeric, texts = kinds(train.collect_schema(), data)
    filling = imputation.learn(train, data.cleaning.gaps, numeric, texts)
    train = imputation.filled(train, filling)
    seen = train.select(pl.col(texts).cast(pl.String).drop_nulls().unique().sort().implode()).collect()
    categories = {name: tuple(seen.item(0, name).to_list()) for name in texts}
    return Encoding(data.target, targets.learn(train, data), tuple(numeric), categories, filling)


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
    table = imputation.filled(table, learned.filling)
    numbers = (*learned.numeric, *learned.filling.added)
    wanted = [pl.col(name).cast(pl.Float64) for name in numbers]
    wanted += [codes(name, categories) for name, categories in learned.categorical.items()]
    if learned.target in held:
        wanted.append(targets.expression(learned.target, learned.task))
    frame = table.select(wanted).collect()
    return Examples(
        task=learned.task,
        arrays={
            "numeric": _array(frame, numbers, np.dtype(np.float64)),
            "categorical": _array(frame, tuple(learned.categorical), np.dtype(np.int32)),
        },
        target=frame[learned.target].to_numpy() if learned.target in held else None,
        columns={
            "numeric": tuple(map(Column, numbers)),
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
