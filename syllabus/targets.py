"""The target of a table: what it may hold, what is learned of it, and how it is read, for each task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syllabus.errors import Unmet, nearest, shown
from syllabus.examples import Task
from syllabus.frames import ROW

if TYPE_CHECKING:
    import polars as pl

    from syllabus.settings import Data

CLASSES = 1000
"""The most classes of a target; a number that is measured has more values, and is none."""

LARGEST = 1e30
"""The largest number that is predicted, and one by its smallest: what learns may hold a target in 32 bits."""


def check(table: pl.LazyFrame, data: Data) -> None:
    """Look whether the target can be learned.

    Raises:
        Unmet: it has one value, or does not fit the task.
    """
    import polars as pl

    if table.select(pl.col(data.target).n_unique()).collect().item() < 2:
        only = table.select(pl.col(data.target).cast(pl.String)).head(1).collect().item()
        raise Unmet(f"{data.source}: the target {shown(data.target)} has one value, {only}: there is nothing to learn")
    _check_classes(table, data) if data.task == "classification" else _check_numbers(table, data)


def learn(train: pl.LazyFrame, data: Data) -> Task:
    """Return what is predicted; of two classes the examined one comes second, as everywhere in the field."""
    import polars as pl

    if data.task == "regression":
        return Task("regression", transform=data.target_transform)
    seen = train.group_by(pl.col(data.target).cast(pl.String)).len().drop_nulls().sort(data.target).collect()
    counts = dict(seen.iter_rows())
    classes = tuple(counts)
    if len(classes) == 2:
        positive = data.positive or min(classes, key=lambda name: (counts[name], name))
        classes = (next(name for name in classes if name != positive), positive)
    return Task("classification", classes, weights=_weights([counts[name] for name in classes], classes, data))


def _weights(counts: list[int], classes: tuple[str, ...], data: Data) -> tuple[float, ...] | None:
    """Return how much an example of each class counts, 1 on average over train; None where all count the same."""
    declared = data.class_weights
    if declared is None:
        return None
    each = [
        1 / n if declared == "balanced" else declared.get(name, 1.0) for n, name in zip(counts, classes, strict=True)
    ]
    mean = sum(n * weight for n, weight in zip(counts, each, strict=True)) / sum(counts)
    return tuple(weight / mean for weight in each)


def expression(name: str, task: Task) -> pl.Expr:
    """Return the target as `Examples` hold it: codes into the classes, or numbers on the scale that is learned."""
    import polars as pl

    if task.kind == "regression":
        values = pl.col(name).cast(pl.Float64)
        return (values.log1p() if task.transform == "log" else values).alias(name)
    known = pl.col(name).cast(pl.String).cast(pl.Enum(task.classes), strict=False)
    return known.to_physical().cast(pl.Int64).fill_null(-1).alias(name)


def _check_classes(table: pl.LazyFrame, data: Data) -> None:
    import polars as pl

    values = table.select(pl.col(data.target).cast(pl.String).unique().sort()).collect()[data.target].to_list()
    if len(values) > CLASSES:
        raise Unmet(
            f"{data.source}: the target {shown(data.target)} has {len(values)} values, such as {values[0]} and "
            f"{values[1]}; "
            f"a class is learned from many rows, and there may be {CLASSES} classes; "
            f"a number is predicted by data.task: regression"
        )
    for name in data.class_weights if isinstance(data.class_weights, dict) else ():
        if name not in values:
            raise Unmet(
                f"data.class_weights names {name}, which the target {shown(data.target)} never is; "
                f"{nearest(name, values)}"
            )
    if data.positive is not None and data.positive not in values:
        raise Unmet(
            f"data.positive names {data.positive}, which the target {shown(data.target)} never is; "
            f"{nearest(data.positive, values)}"
        )
    if data.positive is not None and len(values) > 2:
        raise Unmet(
            f"data.positive goes with two classes; the target {shown(data.target)} has {len(values)}: leave it out"
        )


def _check_numbers(table: pl.LazyFrame, data: Data) -> None:
    import polars as pl

    kind, value = table.collect_schema()[data.target], pl.col(data.target)
    if not (kind.is_numeric() or kind == pl.String):
        raise Unmet(
            f"{data.source}: a {data.task} predicts a number, and the target {shown(data.target)} holds {kind}; "
            f"set data.task to classification, or name another target"
        )
    number = value.cast(pl.Float64, strict=False)
    odd = _first(table, ~number.is_finite().fill_null(False), data.target)
    if odd:
        raise Unmet(
            f"{data.source}: a {data.task} predicts a number, and the target {shown(data.target)} is {odd[1]!r} in row "
            f"{odd[0]}; name it in data.cleaning.missing, or let data.cleaning.types: "
            f"{{{shown(data.target)}: number}} make "
            f"missing what is no number"
        )
    largest = table.select(number.abs().max()).collect().item()
    if not 1 / LARGEST <= largest <= LARGEST:
        (row, _) = _first(table, number.abs() == largest, data.target) or (None, None)
        raise Unmet(
            f"{data.source}: the size of the target {shown(data.target)} is at most {largest:g} (row {row}), and "
            f"a {data.task} predicts numbers whose largest is between {1 / LARGEST:g} and {LARGEST:g}: "
            f"give it another unit"
        )
    if data.target_transform == "log" and (odd := _first(table, number < 0, data.target)):
        raise Unmet(
            f"{data.source}: data.target_transform: log needs a target from 0 on, and {shown(data.target)} is {odd[1]} "
            f"in row {odd[0]}: leave the transform out"
        )


def _first(table: pl.LazyFrame, where: pl.Expr, target: str) -> tuple[int, object] | None:
    """Return the number and the target of the first such row."""
    found = table.filter(where).select(ROW, target).head(1).collect()
    return found.row(0) if len(found) else None
