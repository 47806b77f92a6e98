"""Rows of a picture, a text and columns that a model is asked about: each part as its own modality reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from syllabus import modalities
from syllabus.documents.listing import TEXT
from syllabus.frames import ROW
from syllabus.images.packing import PIXELS
from syllabus.modalities import images, tables, text

if TYPE_CHECKING:
    import polars as pl

    from syllabus.cleaning.asking import Cell
    from syllabus.mixed.options import Options
    from syllabus.modalities.mixed import Encoding
    from syllabus.settings import Data


def held(data: Data) -> str:
    """Return the column of a table that holds the picture's bytes."""
    return images.held(_part(data, "images"))


def asks(data: Data, signature: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the columns that a request must have: the picture's, those of the text, and the others."""
    options: Options = modalities.options(data)
    beside = tables.asks(data, _columns(signature))
    return list(dict.fromkeys([options.image.picture, *options.text.columns, *beside]))


def asked(rows: pl.DataFrame, data: Data, signature: Sequence[Mapping[str, Any]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows of which every part can be read, and `row` and `reason` of the others; the first reason counts.

    Args:
        rows: cells as their source holds them, with `row`.
        data: how train was read.
        signature: what is read.
    """
    import polars as pl

    options: Options = modalities.options(data)
    known, refused = tables.asked(rows, data, _columns(signature))
    parts = [images.asked(rows, _part(data, "images"), ())]
    if options.text.columns:
        parts.append(text.asked(rows, _part(data, "text"), ()))
    else:
        known = known.with_columns(pl.lit("").alias(TEXT))
    for held, wrong in parts:
        known = known.join(held, on=ROW, how="inner", maintain_order="left")
        refused = pl.concat([refused, wrong.filter(~pl.col(ROW).is_in(refused[ROW].implode()))])
    return known, refused.sort(ROW)


def example(train: pl.LazyFrame, learned: Encoding, data: Data) -> list[dict[str, Any]]:
    """Return rows with a picture that nobody took, texts that nobody wrote, and columns that are typical of train."""
    beside = tables.example(train, learned.table, data) if learned.table.columns else [{}]
    (seen,) = images.example(train, learned.image, _part(data, "images"))
    (said,) = text.example(train, learned.text, _part(data, "text"))
    return [seen | said | row for row in beside]


def types(data: Data, signature: Sequence[Mapping[str, Any]]) -> dict[str, Cell]:
    """Return what the cells of each column are that a request must have."""
    found = tables.types(data, _columns(signature)) | images.types(_part(data, "images"), ())
    options: Options = modalities.options(data)
    return found | (text.types(_part(data, "text"), ()) if options.text.columns else {})


def needed(data: Data, signature: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return those of these columns in which no value may be missing."""
    found = tables.needed(data, _columns(signature)) + images.needed(_part(data, "images"), ())
    options: Options = modalities.options(data)
    return found + (text.needed(_part(data, "text"), ()) if options.text.columns else [])


def _columns(signature: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return what is neither the picture nor the text."""
    return [one for one in signature if one["name"] not in (PIXELS, TEXT)]


def _part(data: Data, modality: str) -> Data:
    """Return how a part is read, as if it were alone."""
    options: Options = modalities.options(data)
    own = {"images": options.image, "text": options.text}[modality]
    return data.model_copy(update={"modality": modality, "options": own.model_dump(mode="json")})
