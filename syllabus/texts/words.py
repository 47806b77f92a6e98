"""The words of texts, and how much each weighs."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import polars as pl

    Floats = NDArray[np.float64]
    Matrix = tuple[NDArray[np.int64], NDArray[np.int64], Floats]

FOLDS = 5
"""A text is scored by what the texts of the other folds say."""
_CHUNK = 4_000_000
"""The letters that are read at once, unless a single text has more."""
# Scripts without spaces give a word a sign; what shouts, pays or smiles is a word of its own.
_SIGNS = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_WORD = rf"[{_SIGNS}]|[\w&&[^{_SIGNS}]]+|\p{{Extended_Pictographic}}|[!?$€£%]"


def chunks(texts: pl.Series) -> Iterator[tuple[int, pl.Series]]:
    """Yield the texts some letters at a time, each with the place of its first one."""
    ends = np.cumsum(texts.str.len_bytes().fill_null(0).to_numpy().astype(np.int64))
    start = 0
    while start < len(texts):
        before = ends[start - 1] if start else 0
        end = max(start + 1, int(np.searchsorted(ends, before + _CHUNK, side="right")))
        yield start, texts[start:end]
        start = end


def tokens(texts: pl.Series) -> pl.DataFrame:
    """Return the words and pairs of texts in lower case: `row`, `word`, and whether it is a `pair`."""
    import polars as pl

    said = texts.str.normalize("NFKC").str.to_lowercase().str.extract_all(_WORD)
    frame = pl.DataFrame({"row": np.arange(len(texts), dtype=np.int64), "word": said})
    single = frame.explode("word").drop_nulls().with_columns(pl.lit(value=False).alias("pair"))
    both = pl.concat_str("word", pl.lit(" "), pl.col("word").shift(-1)).alias("word")
    same = pl.col("row") == pl.col("row").shift(-1)
    pairs = single.select("row", both, pl.lit(value=True).alias("pair"), same.alias("same"))
    return pl.concat([single, pairs.filter("same").drop("same")])


def frequencies(texts: pl.Series) -> pl.DataFrame:
    """Return in how many texts each word stands: `word`, `len`."""
    import polars as pl

    found = [tokens(chunk).unique(["row", "word"]).group_by("word").len() for _, chunk in chunks(texts)]
    if not found:
        return pl.DataFrame(schema={"word": pl.String, "len": pl.UInt32})
    return pl.concat(found).group_by("word").agg(pl.col("len").sum())


def weights(tokens: pl.DataFrame, words: tuple[str, ...], rarity: Floats, rows: int) -> Matrix:
    """Return the TF-IDF weights other than zero: row, word, and weight; the squares of a row's add up to one."""
    import polars as pl

    known = tokens.with_columns(pl.col("word").cast(pl.Enum(words), strict=False).to_physical()).drop_nulls()
    size = max(len(words), 1)
    keys = known["row"].to_numpy().astype(np.int64) * size + known["word"].to_numpy().astype(np.int64)
    keys, times = np.unique(keys, return_counts=True)
    found, codes = np.divmod(keys, size)
    weights = (1 + np.log(times)) * rarity[codes]
    norms = np.sqrt(np.bincount(found, weights**2, rows))
    return found, codes, weights / norms[found]


def matrix(texts: pl.Series, words: tuple[str, ...], rarity: Floats) -> Matrix:
    parts = [(start, *weights(tokens(chunk), words, rarity, len(chunk))) for start, chunk in chunks(texts)]
    if not parts:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0)
    rows = np.concatenate([start + found for start, found, _, _ in parts])
    return rows, np.concatenate([found for _, _, found, _ in parts]), np.concatenate([found for *_, found in parts])


def folds(texts: pl.Series) -> NDArray[np.int64]:
    """Return the fold of each text; texts that differ in case and white space alone share one."""
    plain = texts.fill_null("").str.to_lowercase().str.replace_all(r"\s+", "")
    return np.fromiter((zlib.crc32(text.encode()) % FOLDS for text in plain), dtype=np.int64, count=len(texts))
