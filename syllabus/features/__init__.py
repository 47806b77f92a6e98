"""What a table's columns become: numbers and codes of categories, as learned from train."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from syllabus import targets, texts
from syllabus.batches import Batched
from syllabus.examples import Column, Examples, Task, task_of
from syllabus.features import categories, dates, imputation
from syllabus.features.categories import Categories
from syllabus.features.dates import Moments
from syllabus.features.imputation import Filling
from syllabus.frames import ROW
from syllabus.settings import Texts

if TYPE_CHECKING:
    import polars as pl

    from syllabus.settings import Data

Kind = Literal["numeric", "categorical", "date", "text"]


@dataclass(frozen=True)
class Encoding:
    """What was learned from train: what each column becomes, and the classes.

    Args:
        target: the column to predict.
        task: what is predicted.
        numeric: names of columns that are read as numbers.
        categorical: columns of categories.
        filling: what missing values are filled with.
        dates: columns of dates or times.
        texts: columns of free text.
    """

    target: str
    task: Task
    numeric: tuple[str, ...]
    categorical: Mapping[str, Categories]
    filling: Filling = field(default_factory=Filling)
    dates: Mapping[str, Moments] = field(default_factory=dict)
    texts: Mapping[str, texts.Vectorizer] = field(default_factory=dict)

    @property
    def columns(self) -> dict[str, Kind]:
        """The columns that are read of a table, and as what."""
        listed: tuple[tuple[Iterable[str], Kind], ...] = (
            (self.numeric, "numeric"),
            (self.categorical, "categorical"),
            (self.dates, "date"),
            (self.texts, "text"),
        )
        return {name: kind for names, kind in listed for name in names}

    @property
    def numbers(self) -> tuple[Column, ...]:
        """What each column of the array `numeric` is."""
        told = (
            Column(f"{name}: {number}", source=name) for name, learned in self.texts.items() for number in learned.names
        )
        gaps = (
            Column(added, source=name) for name, added in zip(self.filling.indicators, self.filling.added, strict=True)
        )
        return (*map(Column, self.numeric), *gaps, *dates.names(self.dates), *told)

    def plain(self) -> dict[str, Any]:
        """Return what JSON can hold; with `arrays`, `encoding` reads it."""
        return {
            "target": self.target,
            **self.task.plain(),
            "numeric": list(self.numeric),
            "categorical": [{"name": name} | learned.plain() for name, learned in self.categorical.items()],
            "filling": self.filling.plain(),
            "dates": [{"name": name} | learned.plain() for name, learned in self.dates.items()],
            "texts": [{"name": name} | learned.plain() for name, learned in self.texts.items()],
        }

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return what is learned in many numbers."""
        return {
            f"texts.{place:05d}.{key}": array
            for place, learned in enumerate(self.texts.values())
            for key, array in learned.arrays().items()
        }


def encoding(plain: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]] | None = None) -> Encoding:
    """Return the encoding that wrote `plain` and `arrays`."""
    told = {}
    for place, column in enumerate(plain["texts"]):
        own = {key: (arrays or {})[f"texts.{place:05d}.{key}"] for key in texts.ARRAYS}
        told[column["name"]] = texts.vectorizer(column, own)
    return Encoding(
        target=plain["target"],
        task=task_of(plain),
        numeric=tuple(plain["numeric"]),
        categorical={column["name"]: categories.categories(column) for column in plain["categorical"]},
        filling=imputation.filling(plain["filling"]),
        dates={column["name"]: dates.moments(column) for column in plain["dates"]},
        texts=told,
    )


def kinds(schema: Mapping[str, pl.DataType], data: Data) -> dict[Kind, list[str]]:
    """Return which columns are learned from, by what they are read as: their role, or else their type."""
    found: dict[Kind, list[str]] = {"numeric": [], "categorical": [], "date": [], "text": []}
    for name, kind in schema.items():
        role = data.columns.get(name)
        if name in (ROW, data.target) or role in ("ignore", "group"):
            continue
        if role == "numeric" or role == "categorical" or role == "date" or role == "text":
            found[role].append(name)
        elif dates.is_moment(kind):
            found["date"].append(name)
        elif role != "time":
            found["numeric" if kind.is_numeric() or kind.is_temporal() else "categorical"].append(name)
    return found


def learn(train: pl.LazyFrame, data: Data) -> Encoding:
    """Learn from train what each column becomes, what fills its gaps, and what is predicted.

    Raises:
        Unmet: gaps are to be filled with what a column cannot hold.
    """
    of = kinds(train.collect_schema(), data)
    task, moments = targets.learn(train, data), dates.learn(train, of["date"], data)
    filling = imputation.learn(train, data.cleaning.gaps, [*of["numeric"], *of["date"]], of["categorical"])
    train = imputation.filled(train, filling)
    learned = categories.learn(train, of["categorical"], data.most_categories)
    told = {name: _vectorizer(train, name, data, task) for name in of["text"]}
    return Encoding(data.target, task, tuple(of["numeric"]), learned, filling, moments, told)


def examples(table: pl.LazyFrame, learned: Encoding) -> Examples:
    """Return the arrays that architectures read; the table is read when they are asked for.

    `numeric` is (n, p) float64 with NaN for missing: the numbers, what dates and texts become. `categorical` is (n, c)
    int32 with -1 for missing, or unseen where train had no rare ones. The target, where the table has it, is (n,) int64
    codes into the classes or (n,) float64.
    """
    import polars as pl

    held = table.collect_schema()
    table = imputation.filled(table, learned.filling)
    numbers = [pl.col(name).cast(pl.Float64) for name in (*learned.numeric, *learned.filling.added)]
    numbers += [expression for _, expression in dates.features(learned.dates, held)]
    codes = [of.codes(name) for name, of in learned.categorical.items()]
    # Two columns may become numbers of one name, so that they are told apart by their places.
    wanted = [expression.alias(f"{place}") for place, expression in enumerate([*numbers, *codes])]

    def read(start: int, stop: int) -> dict[str, NDArray[Any]]:
        rows = table.slice(start, stop - start)
        frame = rows.select(wanted).collect() if wanted else pl.DataFrame()
        known = _array(frame[:, : len(numbers)], stop - start, np.dtype(np.float64))
        told = [of.numbers(_texts(rows, name)) for name, of in learned.texts.items()]
        return {
            "numeric": np.hstack([known, *told]) if told else known,
            "categorical": _array(frame[:, len(numbers) :], stop - start, np.dtype(np.int32)),
        }

    target = None
    if learned.target in held:
        answers = table.select(targets.expression(learned.target, learned.task).alias("target"))
        target = answers.collect()["target"].to_numpy()
    count = int(table.select(pl.len()).collect().item()) if target is None else len(target)
    return Examples(
        task=learned.task,
        arrays=Batched(("numeric", "categorical"), count, read),
        target=target,
        columns={
            "numeric": learned.numbers,
            "categorical": tuple(of.column(name) for name, of in learned.categorical.items()),
        },
    )


def signature(train: pl.LazyFrame, learned: Encoding) -> list[dict[str, Any]]:
    """Return what each column of a request must be: its type, what train had of it, and how often it was missing."""
    import polars as pl

    schema, kinds = train.collect_schema(), learned.columns
    ends: dict[Kind, Any] = {
        "numeric": lambda name: pl.col(name).cast(pl.Float64),
        "date": lambda name: pl.col(name).cast(pl.String),
        "text": lambda name: pl.col(name).cast(pl.String).str.len_chars(),
    }
    ranged = {name: ends[kind](name) for name, kind in kinds.items() if kind in ends}
    told = train.select(
        pl.len().alias("rows"),
        *[pl.col(name).null_count().alias(f"missing {name}") for name in kinds],
        *[value.min().alias(f"least {name}") for name, value in ranged.items()],
        *[value.max().alias(f"most {name}") for name, value in ranged.items()],
    ).collect()

    def described(name: str, kind: Kind) -> dict[str, Any]:
        row: dict[str, Any] = {"name": name, "type": str(schema[name]), "role": kind}
        row["missing"] = told.item(0, f"missing {name}") / told.item(0, "rows")
        if kind == "categorical":
            return row | learned.categorical[name].plain()
        least, most = told.item(0, f"least {name}"), told.item(0, f"most {name}")
        return row | ({"letters": most} if kind == "text" else {"least": least, "most": most})

    return [described(name, kind) for name, kind in kinds.items()]


def _vectorizer(train: pl.LazyFrame, name: str, data: Data, task: Task) -> texts.Vectorizer:
    how = data.texts.get(name, Texts())
    target = train.select(targets.expression(data.target, task)).collect().to_series().to_numpy()
    return texts.learn(_texts(train, name), target, task.classes, **how.model_dump())


def _texts(table: pl.LazyFrame, name: str) -> pl.Series:
    import polars as pl

    return table.select(pl.col(name).cast(pl.String)).collect().to_series()


def _array(frame: pl.DataFrame, rows: int, kind: np.dtype[Any]) -> NDArray[Any]:
    if not frame.width:
        return np.empty((rows, 0), dtype=kind)
    return np.ascontiguousarray(frame.to_numpy(), dtype=kind)
