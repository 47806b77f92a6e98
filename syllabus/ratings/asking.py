"""Pairs that a model of ratings is asked about: what would this user give this item?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from syllabus import modalities
from syllabus.cleaning import asking
from syllabus.ratings import rows as told

if TYPE_CHECKING:
    import polars as pl

    from syllabus.ratings.encoding import Encoding
    from syllabus.ratings.options import Options
    from syllabus.settings import Data

NEW = "somebody new"


def asks(data: Data, _: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the columns that a request must have: the user and the item."""
    options: Options = modalities.options(data)
    return [options.user, options.item]


def asked(rows: pl.DataFrame, data: Data, signature: Sequence[Mapping[str, Any]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the pairs, and `row` and `reason` of those that lack one of the two.

    Args:
        rows: cells as their source holds them, with `row`. Train may have neither the user nor the item.
        data: how train was read.
        signature: says nothing more.
    """
    names = asks(data, signature)
    return asking.cells(rows, data.cleaning, dict.fromkeys(names, "text"), needed=names)


def example(train: pl.LazyFrame, _: Encoding, data: Data) -> list[dict[str, Any]]:
    """Return a pair of nobody and the item that most came to."""
    import polars as pl

    user, item = asks(data, ())
    counted = train.select(told.text(item).alias(item)).group_by(item).agg(pl.len().alias("counted"))
    first = counted.sort("counted", item, descending=[True, False]).head(1).collect()
    return [{user: NEW, item: first[item][0]}]
