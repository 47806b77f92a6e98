"""Pairs that a model of ratings is asked about: what would this user give this item?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from syllabus import modalities
from syllabus.cleaning import asking
from syllabus.ratings import rows as told

if TYPE_CHECKING:
    import polars as pl

    from syllabus.cleaning.asking import Cell
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


def types(data: Data, _: Sequence[Mapping[str, Any]]) -> dict[str, Cell]:
    """Return what the cells of the two columns are: names, which may be numbers."""
    return dict.fromkeys(asks(data, ()), "name")


def needed(data: Data, _: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return those of these columns in which no value may be missing: both."""
    return asks(data, ())


def beyond(rows: pl.DataFrame, learned: Encoding) -> list[tuple[str, ...]]:
    """Return for each pair the columns that hold whom, or what, train has not."""
    names = {learned.options.user: learned.users, learned.options.item: learned.items}
    new = rows.select(~told.text(name).is_in(known) for name, known in names.items())
    return [tuple(name for name, hit in zip(names, row, strict=True) if hit) for row in new.iter_rows()]


def example(train: pl.LazyFrame, _: Encoding, data: Data) -> list[dict[str, Any]]:
    """Return a pair of nobody and the item that most came to."""
    import polars as pl

    user, item = asks(data, ())
    counted = train.select(told.text(item).alias(item)).group_by(item).agg(pl.len().alias("counted"))
    first = counted.sort("counted", item, descending=[True, False]).head(1).collect()
    return [{user: NEW, item: first[item][0]}]
