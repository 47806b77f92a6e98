"""Of a text are watched its length, its words, and of which signs it is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from syllabus import modalities
from syllabus.documents.listing import TEXT

if TYPE_CHECKING:
    import polars as pl

    from syllabus.settings import Data


def watched(table: pl.LazyFrame, _: Sequence[Mapping[str, Any]]) -> pl.LazyFrame:
    """Return the plain columns of the rows."""
    import polars as pl

    text = pl.col(TEXT).fill_null("")
    signs = text.str.len_chars()
    words = text.str.count_matches(r"\w+")

    def share(pattern: str) -> pl.Expr:
        return pl.when(signs > 0).then(text.str.count_matches(pattern) / signs)

    return table.select(
        signs.cast(pl.Float64).alias("characters"),
        words.cast(pl.Float64).alias("words"),
        pl.when(words > 0).then(text.str.count_matches(r"\w") / words).alias("letters a word"),
        share(r"\d").alias("share of digits"),
        share(r"\p{Lu}").alias("share of capitals"),
        share(r"[^\x00-\x7F]").alias("share of signs beyond ASCII"),
        # Which letters a text is written in says more of its language than a guess of few words would.
        pl.coalesce(
            pl.when(text.str.contains(rf"\p{{{script}}}")).then(pl.lit(script))
            for script in ("Han", "Cyrillic", "Arabic", "Devanagari", "Hangul", "Greek", "Hebrew", "Thai", "Latin")
        )
        .fill_null("none")
        .alias("script"),
    )


def made_of(_: str, data: Data) -> Sequence[str]:
    """Return the columns whose texts are the row's."""
    return tuple(modalities.options(data).columns)
