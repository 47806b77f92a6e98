"""Texts without what is a matter of typing: case, Unicode form, spaces and punctuation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from syllabus.cleaning.inference import totals

if TYPE_CHECKING:
    import polars as pl

# Signs that mean something stay: >50K is not <=50K, A+ not A-, C++ not C.
_PUNCTUATION = r"""[\s\p{Ps}\p{Pe}\p{Pi}\p{Pf}\p{Pc}.,;:!?'"/\\·…]+"""
_HYPHEN = r"\b\s*\p{Pd}+\s*\b"


def normal(text: pl.Expr, *, ascii: bool = False) -> pl.Expr:
    """Return the text in lower case, in one Unicode form, its words parted by one space.

    Args:
        text: the column.
        ascii: whether it holds nothing else: then there is one Unicode form, and nothing to be spent on it.
    """
    plain = text if ascii else text.str.normalize("NFKC")
    words = plain.str.to_lowercase().str.replace_all(_HYPHEN, " ")
    return words.str.replace_all(_PUNCTUATION, " ").str.strip_chars(" ")


def cells(frame: pl.LazyFrame, columns: Iterable[str]) -> list[pl.Expr]:
    """Return the columns, those of texts as `normal` writes them."""
    import polars as pl

    schema = frame.collect_schema()
    names = list(columns)
    other = totals(frame, {n: pl.col(n).str.contains(r"[^\x00-\x7F]").any() for n in names if schema[n] == pl.String})
    return [normal(pl.col(n), ascii=not other[n]).alias(n) if n in other else pl.col(n) for n in names]


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
