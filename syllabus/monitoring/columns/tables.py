"""Of a table each column that is read is watched as what it is; of a free text its length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl


def watched(table: pl.LazyFrame, signature: Sequence[Mapping[str, Any]]) -> pl.LazyFrame:
    """Return the plain columns of the rows."""
    import polars as pl

    def plain(name: str, role: str) -> pl.Expr:
        column = pl.col(name)
        if role == "text":
            return column.str.len_chars().cast(pl.Float64).alias(f"{name} (characters)")
        return {"numeric": column.cast(pl.Float64), "date": column.cast(pl.Datetime("us"))}.get(
            role, column.cast(pl.String)
        )

    return table.select(plain(str(one["name"]), str(one["role"])) for one in signature)
