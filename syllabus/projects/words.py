"""Which texts speak in words: titles and lists of keywords, whose values seldom come twice while their words do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

SELDOM = 0.3
"""The share of the values that differ from which a value says little to the next row."""
WORDS, SPREAD = 1.5, 0.8
"""A value has so many words on average, and their number varies so much: names of people and towns have one or two."""
AGAIN = 0.6
"""Of the words of all different values, at most so many are different words: the rest come again in other values."""
_APART = r"[\s,;|/]+"
_WORD = r"^[\p{L}\p{M}][\p{L}\p{M}'’-]*[\p{L}\p{M}][.:!?)]?$"


@dataclass(frozen=True)
class Speech:
    """How the different values of a column speak.

    Args:
        words: how many words a value has on average.
        spread: by how much that number varies, as a standard deviation.
        different: the share of the words that are different ones.
        share: the share of all signs between spaces that are words, rather than numbers or codes.
    """

    words: float
    spread: float
    different: float
    share: float

    @property
    def free(self) -> bool:
        """Whether this is free text: of several words, of any number of them, which other values have as well."""
        return self.words >= WORDS and self.spread >= SPREAD and self.different <= AGAIN and self.share > 0.5


def speech(known: pl.Series) -> Speech:
    """Return how a column of texts speaks; each value counts once, however often it occurs."""
    import polars as pl

    values = known.unique().to_frame("value")
    pieces = values.with_row_index("at").select(
        "at", pl.col("value").str.to_lowercase().str.replace_all(_APART, " ").str.strip_chars().str.split(" ")
    )
    said = pieces.explode("value").filter(pl.col("value") != "")
    words = said.filter(pl.col("value").str.contains(_WORD))
    if not len(words):
        return Speech(0.0, 0.0, 1.0, 0.0)
    counts = pieces.select("at").join(words.group_by("at").len(), on="at", how="left")["len"].fill_null(0)
    kinds = words["value"].str.strip_chars_end(".:!?)").n_unique()
    spread = float(counts.to_numpy().std())
    return Speech(len(words) / len(values), spread, kinds / len(words), len(words) / len(said))
