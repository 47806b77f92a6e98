"""Texts that a model is asked about, and an example of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from syllabus import modalities
from syllabus.cleaning import asking
from syllabus.documents import plain
from syllabus.documents.listing import TEXT
from syllabus.documents.options import Options
from syllabus.features.typical import SENTENCE
from syllabus.frames import ROW

if TYPE_CHECKING:
    import polars as pl

    from syllabus.settings import Data


def asks(data: Data, _: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the columns that a request must have: those of the text."""
    return list(modalities.options(data).columns)


def asked(rows: pl.DataFrame, data: Data, signature: Sequence[Mapping[str, Any]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows that can be answered, their texts made plain, and `row` and `reason` of the others.

    Args:
        rows: cells as their source holds them, with `row`.
        data: how train was read.
        signature: says nothing more of a text.
    """
    import polars as pl

    options: Options = modalities.options(data)
    names = asks(data, signature)
    held, refused = asking.cells(rows, data.cleaning, dict.fromkeys(names, "text"))
    some = pl.concat_str(names, separator="\n", ignore_nulls=True).fill_null("").alias(TEXT)
    told = held.select(ROW, some)
    for _, after in plain.steps(told[TEXT], options):
        told = told.with_columns(after.alias(TEXT))
    if options.empty == "keep":
        return told, refused
    empty = told.filter(pl.col(TEXT) == "").select(ROW, pl.lit(f"{', '.join(names)}: no text").alias(asking.REASON))
    return told.filter(pl.col(TEXT) != ""), pl.concat([refused, empty])


def example(_train: pl.LazyFrame, _learned: Any, data: Data) -> list[dict[str, Any]]:
    """Return a row whose texts nobody wrote."""
    return [dict.fromkeys(asks(data, ()), SENTENCE)]
