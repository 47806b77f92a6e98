"""A row less one of its parts after the other, so that it can be asked what the answer loses without it.

A module named after a modality says what the parts of its rows are, in its own `without(row, encoding, data)`; rows of
a modality that has none are taken as wholes.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import polars as pl

    from syllabus.settings import Data


class Without(NamedTuple):
    """A row less a part.

    Args:
        column: of the request, that holds the part.
        part: which of it; None where it is all of the column.
        row: what is left, as the model reads it.
    """

    column: str
    part: str | None
    row: pl.DataFrame


def known(modality: str) -> bool:
    """Return whether it is known of what rows of a modality are made."""
    return importlib.util.find_spec(f"{__name__}.{modality}") is not None


def cells(modality: str) -> bool:
    """Return whether the parts of its rows are cells and nothing else, so that an answer is a sum over columns."""
    return getattr(_module(modality), "CELLS", False)


def without(modality: str, row: pl.DataFrame, encoding: Any, data: Data) -> Iterator[Without]:
    """Yield a row less each of its parts.

    Args:
        modality: that is `known`.
        row: as the model reads it.
        encoding: how it becomes arrays.
        data: how train was read.
    """
    found: Iterator[Without] = _module(modality).without(row, encoding, data)
    return found


def _module(modality: str) -> ModuleType:
    return importlib.import_module(f"{__name__}.{modality}")
