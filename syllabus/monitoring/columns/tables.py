"""Of a table each column that is read is watched as what it is; of a free text its length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

    from syllabus.settings import Data

LENGTH = " (characters)"


def watched(table: pl.LazyFrame, signature: Sequence[Mapping[str, Any]]) -> pl.LazyFrame:
    """Return the plain columns of the rows."""
    import polars as pl

    def plain(name: str, role: str) -> pl.Expr:
        column = pl.col(name)
        if role == "text":
            return column.str.len_chars().cast(pl.Float64).alias(f"{name}{LENGTH}")
        return {"numeric": column.cast(pl.Float64), "date": column.cast(pl.Datetime("us"))}.get(
            role, column.cast(pl.String)
        )

    return table.select(plain(str(one["name"]), str(one["role"])) for one in signature)


def made_of(name: str, _: Data) -> Sequence[str]:
    """Return the column of a table of which a watched one tells."""
    return [name.removesuffix(LENGTH)]
