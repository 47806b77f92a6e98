"""Rows of a table that a model is asked about, and an example of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from syllabus.cleaning import asking
from syllabus.features import Encoding, imputation, typical

if TYPE_CHECKING:
    import polars as pl

    from syllabus.settings import Data
    from syllabus.settings.cleaning import Type

TYPES: Mapping[str, Type] = {
    "Float64": "number",
    "Float32": "number",
    "Boolean": "boolean",
    "Date": "date",
    "Datetime": "datetime",
}
"""As what categories and dates are read that train had of a type; others are texts."""


def asks(_: Data, signature: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the columns that a request must have: those that are read."""
    return [str(one["name"]) for one in signature]


def asked(rows: pl.DataFrame, data: Data, signature: Sequence[Mapping[str, Any]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows that can be answered, cleaned as declared, and `row` and `reason` of the others.

    Args:
        rows: cells as their source holds them, with `row`.
        data: how train was read.
        signature: the columns that are read.
    """
    kinds = {one["name"]: _read_as(one) for one in signature}
    of = {
        role: [one["name"] for one in signature if one["role"] == role] for role in ("numeric", "date", "categorical")
    }
    needed = imputation.dropping(data.cleaning.gaps, [*of["numeric"], *of["date"]], of["categorical"])
    return asking.cells(rows, data.cleaning, kinds, needed)


def example(train: pl.LazyFrame, learned: Encoding, data: Data) -> list[dict[str, Any]]:
    """Return rows that are typical of train and nobody's, as a request writes them."""
    return typical.rows(train, learned, data.cleaning.dates)


def _read_as(column: Mapping[str, Any]) -> Type:
    """Return as what the cells of a column are read, which train had as `type`."""
    if column["role"] in ("numeric", "text"):
        return "number" if column["role"] == "numeric" else "text"
    held = str(column["type"]).partition("(")[0]
    if held.startswith(("Int", "UInt")):
        return "integer"
    return TYPES.get(held, "text")
