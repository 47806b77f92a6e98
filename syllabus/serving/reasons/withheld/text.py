"""The parts of a text are its words, and of a long one passages of words that follow each other."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from syllabus import modalities
from syllabus.documents.listing import TEXT
from syllabus.serving.reasons.withheld import Without

if TYPE_CHECKING:
    import polars as pl

    from syllabus.settings import Data

MOST = 40
"""Of a text of more different words, so many passages are told; a network answers so many times."""


def without(row: pl.DataFrame, _: Any, data: Data) -> Iterator[Without]:
    """Yield the row less each word or passage."""
    return passages(row, modalities.options(data).columns)


def passages(row: pl.DataFrame, columns: Sequence[str]) -> Iterator[Without]:
    """Yield the row less each word of its text, wherever it stands, or each passage; the columns are told together."""
    import polars as pl

    words = str(row[TEXT][0] or "").split()
    different = dict.fromkeys(words)
    size = math.ceil(len(words) / MOST)
    cut = (
        {word: [one for one in words if one != word] for word in different}
        if len(different) <= MOST
        else {
            " ".join(words[start : start + size]): words[:start] + words[start + size :]
            for start in range(0, len(words), size)
        }
    )
    for part, left in cut.items():
        yield Without(" and ".join(columns), part, row.with_columns(pl.lit(" ".join(left)).alias(TEXT)))
