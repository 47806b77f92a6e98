"""What a column is, where nobody said: by its type and how many values it has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from syllabus.frames import ROW

if TYPE_CHECKING:
    import polars as pl

Role = Literal[
    "numeric", "categorical", "text", "time", "identifier", "constant", "boolean", "group", "date", "empty", "leak",
    "unasked",
]  # fmt: skip
"""`date` is `time` and `empty` is `constant`, as `syllabus.projects` says; a `leak` is drafted by its type. Of what is
`unasked`, such as pixels, nothing is asked but that the column is there and has no gaps."""

_CATEGORIES, _REPEATED, _ROWS_OF_A_KEY = 100, 0.5, 50


@dataclass(frozen=True)
class Column:
    """What a column is taken for.

    Args:
        name: the column.
        role: what it is.
        target: whether it is to be predicted.
    """

    name: str
    role: Role
    target: bool = False


def roles(table: pl.LazyFrame, target: str | None = None) -> list[Column]:
    """Return what each column but `row` is by its type and number of values, the plainest guess there is."""
    import polars as pl

    from syllabus.drafting.profile import countable

    schema = table.collect_schema()
    names = [name for name in schema.names() if name != ROW]
    if not names:
        return []
    counted = table.select(
        pl.len().alias(ROW),
        *(pl.col(name).count().alias(f"{place} present") for place, name in enumerate(names)),
        *(
            (pl.col(name).approx_n_unique() if countable(schema[name]) else pl.col(name).count()).alias(
                f"{place} distinct"
            )
            for place, name in enumerate(names)
        ),
    )
    _, *rest = counted.collect(engine="streaming").row(0)
    present, distinct = rest[: len(names)], rest[len(names) :]
    return [
        Column(name, _role(schema[name], *counts), name == target)
        for name, *counts in zip(names, present, distinct, strict=True)
    ]


def _role(kind: pl.DataType, present: int, distinct: int) -> Role:
    import polars as pl

    from syllabus.drafting.profile import countable

    if present == 0 or distinct <= 1:
        return "constant"
    if kind == pl.Boolean:
        return "boolean"
    if kind.is_temporal():
        return "time"
    if kind.is_numeric():
        return "numeric"
    if not countable(kind):
        return "text"
    # The number of values is a few percent off; whether a key repeats is counted where its suite is drafted.
    if present >= _ROWS_OF_A_KEY and distinct > 0.9 * present:
        return "identifier"
    return "categorical" if distinct <= min(_CATEGORIES, max(_REPEATED * present, 2)) else "text"
