"""Texts that nearly say the same, by MinHash over their pairs of words (Broder 1997)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from syllabus.errors import Unmet
from syllabus.frames import ROW
from syllabus.texts.words import chunks, tokens

if TYPE_CHECKING:
    import polars as pl

HASHES, BANDS = 128, 32
"""A set of texts of which 80 % of the pairs are shared is missed once in a million; of those of 50 %, candidates that
are then compared in full, 13 in a hundred come."""
SEED = 1


class Sets:
    """Takes texts one after the other, and tells for each the first one that it is like.

    A text is compared with the first one of each set, never with all: likeness by steps would join what is not alike.

    Args:
        share: of the pairs of words that two texts have in common.

    Raises:
        Unmet: the library is not installed.
    """

    def __init__(self, share: float) -> None:
        try:
            import rensa
        except ImportError:
            raise Unmet('texts need a package that is not installed: pip install "syllabus[text]"') from None
        self._new: Any = rensa.RMinHash
        self._share = share
        self._lsh = rensa.RMinHashLSH(threshold=share, num_perm=HASHES, num_bands=BANDS)
        self._hashed: dict[int, Any] = {}
        self._equal: dict[str, int] = {}

    def first(self, row: int, digest: str, shingles: list[str]) -> int:
        """Return the row of the first text that this one is equal to or like; its own where there is none.

        Args:
            row: the number of the text.
            digest: of it.
            shingles: its pairs of words.
        """
        if digest in self._equal:
            return self._equal[digest]
        found = row
        if shingles:
            hashed = self._new(num_perm=HASHES, seed=SEED)
            hashed.update(shingles)
            near = [one for one in self._lsh.query(hashed) if hashed.jaccard(self._hashed[one]) >= self._share]
            found = min(near, default=row)
            if found == row:
                self._lsh.insert(row, hashed)
                self._hashed[row] = hashed
        self._equal[digest] = found
        return found


def shingles(texts: pl.Series) -> list[list[str]]:
    """Return the pairs of words of each text; of a single word, the word."""
    import polars as pl

    found: list[list[str]] = [[] for _ in range(len(texts))]
    for start, chunk in chunks(texts):
        said = (
            tokens(chunk)
            .group_by("row")
            .agg(
                pl.col("word").filter(pl.col("pair")).alias("pairs"),
                pl.col("word").filter(~pl.col("pair")).alias("words"),
            )
        )
        for place, pairs, words in said.select(ROW, "pairs", "words").iter_rows():
            found[start + place] = pairs or words
    return found
