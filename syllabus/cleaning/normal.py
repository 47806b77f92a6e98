"""Texts without what is a matter of typing: case, Unicode form, spaces and punctuation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

# Signs that mean something stay: >50K is not <=50K, A+ not A-, C++ not C.
_PUNCTUATION = r"""[\s\p{Ps}\p{Pe}\p{Pi}\p{Pf}\p{Pc}.,;:!?'"/\\·…]+"""
_HYPHEN = r"\b\s*\p{Pd}+\s*\b"


def normal(text: pl.Expr) -> pl.Expr:
    """Return the text in lower case, in one Unicode form, its words parted by one space; what has no words is kept."""
    import polars as pl

    lower = text.str.normalize("NFKC").str.to_lowercase().str.normalize("NFKC")
    words = lower.str.replace_all(_HYPHEN, " ").str.replace_all(_PUNCTUATION, " ").str.strip_chars(" ")
    return pl.when(words != "").then(words).otherwise(lower)


def cells(schema: pl.Schema, columns: Iterable[str]) -> list[pl.Expr]:
    """Return the columns, those of texts as `normal` writes them."""
    import polars as pl

    return [normal(pl.col(name)).alias(name) if schema[name] == pl.String else pl.col(name) for name in columns]


def key(value: str) -> str:
    """Return what spellings of one name have in common: no case, accents, spaces or punctuation.

    >>> key("New York "), key("new-york"), key("Café"), key(">50K"), key("<=50K")
    ('newyork', 'newyork', 'cafe', '>50k', '<=50k')
    """
    import unicodedata

    plain = unicodedata.normalize("NFKD", value).casefold()
    kept = [
        sign
        for place, sign in enumerate(plain)
        if not (
            sign.isspace()
            or unicodedata.combining(sign)
            or sign in ".,;:!?'\"/\\·…_"
            or unicodedata.category(sign) in ("Ps", "Pe", "Pi", "Pf", "Pc")
            or (unicodedata.category(sign) == "Pd" and plain[:place].strip() and plain[place + 1 :].strip())
        )
    ]
    return "".join(kept) or plain
