"""What stands among the numbers or dates of a column and is none: words such as `k.A.`, and a few odd cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

FIT = 0.98
"""The share of the values, less the words among them, that must be written in a way for it to be the column's."""
LEAST = 0.8
"""The share of all values that must be so."""
WORDS = 10
"""The most words that may stand among them."""
# A limit such as <0.5 is about a number, and none.
_WORD = r"^[^\d]+$|^[<>≤≥~≈±]=?\s*[\d.,]+$|^[\d.,]+\s*[+*]$"


@dataclass(frozen=True)
class Strays:
    """The cells of a column that a way of reading it does not read.

    Args:
        words: those that are words, the most frequent first.
        other: those that are not.
        share: of all rows, how many they have.
        rest: of all rows, how many those have that are more than a few words.
    """

    words: tuple[str, ...]
    other: tuple[str, ...]
    share: float
    rest: float

    @property
    def few(self) -> bool:
        """Whether the column is what it was read as, and these are missing values."""
        return self.share <= 1 - LEAST and self.rest <= 1 - FIT

    def told(self, kind: str) -> str:
        """Return in words what they are, and that they become missing; empty where there are none."""
        said = [f"{_few(self.words)} among {kind}: taken as missing"] * bool(self.words)
        if self.other:
            said.append(f"{100 * self.rest:.2g} % are no {kind}, such as {_few(self.other)}: they become missing")
        return "; ".join(said)


def strays(counts: pl.DataFrame, read: pl.Expr) -> Strays:
    """Return what a way of reading the column `value` leaves over.

    Args:
        counts: every different `value`, and in how many rows it is: `count`.
        read: null where a value is not read.
    """
    import polars as pl

    left = counts.filter(read.is_null()).with_columns(pl.col("value").str.contains(_WORD).alias("word"))
    words = left.filter("word").head(WORDS)
    other = left.join(words, on="value", how="anti", maintain_order="left")
    total = int(counts["count"].sum())
    return Strays(
        tuple(words["value"]),
        tuple(other["value"].head(3)),
        int(left["count"].sum()) / total,
        int(other["count"].sum()) / total,
    )


def _few(values: tuple[str, ...]) -> str:
    shown = [f'"{value if len(value) <= 24 else f"{value[:23]}…"}"' for value in values[:3]]
    return ", ".join(shown) + (", …" if len(values) > 3 else "")
