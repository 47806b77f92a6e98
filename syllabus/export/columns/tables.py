"""Tables as a graph: a column comes in as a number, a text or a moment, and becomes what `features` makes of it.

A number comes in double precision, a moment as the seconds since 1970, both with NaN for missing; a category as the
text that `signature.json` lists, empty for missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from syllabus.export.columns import moments
from syllabus.export.graph import Graph, Inexpressible

if TYPE_CHECKING:
    import polars as pl

    from syllabus.features import Encoding
    from syllabus.features.categories import Categories
    from syllabus.features.imputation import Filling

TAKES = "the raw columns: numbers, NaN for missing; texts, empty for missing"
_PER_SECOND = {"ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_NUMBER = "a number; NaN where it is missing"
_CATEGORY = "a category, as text; empty where it is missing"
_MOMENT = "seconds since 1970-01-01; NaN where it is missing"


def arrays(encoding: Encoding, schema: Mapping[str, pl.DataType], graph: Graph) -> dict[str, str]:
    """Return the names of `numeric`, `(rows, p) float64`, and `categorical`, `(rows, c) int64`.

    An array without columns is left out.

    Raises:
        Inexpressible: a column holds what ONNX has no words for.
    """
    if encoding.texts:
        raise Inexpressible(f"{next(iter(encoding.texts))} is free text, and ONNX does not cut texts into words")
    filling = encoding.filling
    raw = {name: graph.column(name, _NUMBER) for name in encoding.numeric}
    said = {name: graph.column(name, _CATEGORY, text=True) for name in encoding.categorical}
    numbers = [_filled(graph, column, filling.values.get(name)) for name, column in raw.items()]
    numbers += [_gap(graph, name, text=name in said) for name in filling.indicators]
    numbers += _dates(graph, encoding, schema)
    codes = [_codes(graph, column, name, encoding.categorical[name], filling) for name, column in said.items()]
    found = {"numeric": graph.stacked(numbers)} if numbers else {}
    return found | ({"categorical": graph.stacked(codes)} if codes else {})


def feeds(table: pl.LazyFrame, roles: Mapping[str, str]) -> dict[str, NDArray[Any]]:
    """Return a table's columns as they come into the graph, each `(rows,)`: float64, or texts as objects.

    Args:
        table: raw rows.
        roles: of the columns that are read, as `signature.json` tells them.
    """
    import polars as pl

    def given(name: str, kind: str, held: pl.DataType) -> pl.Expr:
        column = pl.col(name)
        if kind == "categorical":
            return column.cast(pl.String).fill_null("")
        if kind == "date":
            # A day as itself, a moment in the unit that it counts.
            number = column.to_physical().cast(pl.Float64)
            return number / _PER_SECOND[held.time_unit] if isinstance(held, pl.Datetime) else number * moments.DAY
        return column.cast(pl.Float64)

    schema = table.collect_schema()
    frame = table.select(given(name, kind, schema[name]) for name, kind in roles.items()).collect()
    return {column.name: column.to_numpy() for column in frame}


def _filled(graph: Graph, column: str, value: float | str | None) -> str:
    return column if value is None else graph("Where", graph("IsNaN", column), graph.double(value), column)


def _gap(graph: Graph, column: str, *, text: bool) -> str:
    """Return 1.0 where a column is missing."""
    if text:
        found = graph("LabelEncoder", column, keys_strings=[""], values_int64s=[1], default_int64=0)
    else:
        found = graph("IsNaN", column)
    return graph.cast(found, np.float64)


def _dates(graph: Graph, encoding: Encoding, schema: Mapping[str, pl.DataType]) -> list[str]:
    for name in encoding.dates:
        zone = getattr(schema[name], "time_zone", None)
        if zone not in (None, "UTC"):
            raise Inexpressible(f"{name} is told in the time of {zone}, and ONNX knows no time zones")
    given = {name: graph.column(name, _MOMENT) for name in encoding.dates}
    found = []
    for name, learned in encoding.dates.items():
        parts = moments.parts(graph, given[name], learned.newest, learned.parts)
        found += [*parts, *(moments.days(graph, graph("Sub", given[name], given[other])) for other in learned.since)]
    return found


def _codes(graph: Graph, column: str, name: str, learned: Categories, filling: Filling) -> str:
    """Return the codes of categories, -1 for missing; an unseen one is as rare, where there are rare ones."""
    if "" in learned.known:
        raise Inexpressible(f"{name} has the empty text as a category, by which ONNX is told of a missing one")
    known = {category: code for code, category in enumerate(learned.known)}
    other = len(known) if learned.rare else -1
    value = filling.values.get(name)
    missing = -1 if value is None else known.get(str(value), other)
    return graph(
        "LabelEncoder",
        column,
        keys_strings=[*known, ""],
        values_int64s=[*known.values(), missing],
        default_int64=other,
    )
