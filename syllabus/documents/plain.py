"""Texts made plain as declared, step by step over many texts at once; a step takes time in proportion to them."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from syllabus.documents.options import Options

if TYPE_CHECKING:
    import polars as pl

_TAGS = (
    "html|head|body|meta|title|style|script|p|br|hr|div|span|font|center|table|tr|td|th|ul|ol|li|a|b|i|u|em|strong|img|"
    "h[1-6]|pre|blockquote|form|input"
)
_USUAL = rf"(?i)</?(?:{_TAGS})(?:\s[^<>]*)?/?>|<!doctype html"
# A parser of HTML may be led into deep nesting; what mails hold is often cut in the middle, and never well formed.
_MARKUP = (
    (r"(?is)<script\b.*?(?:</script\s*>|$)", " "),
    (r"(?is)<style\b.*?(?:</style\s*>|$)", " "),
    (r"(?s)<!--.*?(?:-->|$)", ""),
    (r"(?i)</?(?:p|br|hr|div|tr|ul|ol|li|table|h[1-6]|blockquote|title|pre)\b[^<>]*>", "\n"),
    (r"(?i)</?(?:td|th)\b[^<>]*>", " "),
    (r"<[a-zA-Z/!?][^<>]*(?:>|$)", ""),
)
_QUOTED = (
    (r"(?m)^[ \t]*>.*$", ""),
    (r"(?m)^[ \t]*(?:On\b.{1,200}\bwrote:|-{2,} ?Original Message ?-{2,})[ \t]*$", ""),
)
# Signs that steer, soft hyphens, and marks that only order the bytes or turn the direction; joiners make emoji.
_STEERING = r"[\p{Cc}&&[^\n\t\r]]|[\u{AD}\u{FEFF}\u{200B}\u{2060}\u{202A}-\u{202E}\u{2066}-\u{2069}]"
_SPACES = ((r"\r\n?", "\n"), (r"[^\S\n]+", " "), (r" ?\n ?", "\n"), (r"\n{3,}", "\n\n"))


def steps(texts: pl.Series, options: Options) -> Iterator[tuple[str, pl.Series]]:
    """Yield the name of each step, in order, and the texts after it."""
    import polars as pl

    text = pl.col("text")

    def after(expression: pl.Expr) -> pl.Series:
        nonlocal texts
        texts = texts.to_frame("text").select(expression.alias("text")).to_series()
        return texts

    yield "cut", after(text.str.slice(0, options.most_letters))
    if options.html != "never":
        marked = text.str.contains(_USUAL) if options.html == "auto" else pl.lit(value=True)
        bare = replaced(text, _MARKUP).map_batches(_unescaped, return_dtype=pl.String)
        yield "html", after(pl.when(marked).then(bare).otherwise(text))
    if options.quotes == "drop":
        yield "quotes", after(replaced(text, _QUOTED))
    if options.unicode != "keep":
        form: Literal["NFC", "NFKC"] = "NFC" if options.unicode == "nfc" else "NFKC"
        yield "unicode", after(text.str.normalize(form).str.replace_all(_STEERING, ""))
    yield "spaces", after(replaced(text, _SPACES).str.strip_chars())


def replaced(text: pl.Expr, rules: tuple[tuple[str, str], ...]) -> pl.Expr:
    """Return the text with each pattern replaced, one after the other."""
    for pattern, by in rules:
        text = text.str.replace_all(pattern, by)
    return text


def _unescaped(texts: pl.Series) -> pl.Series:
    import polars as pl

    found = [html.unescape(one) if one is not None and "&" in one else one for one in texts]
    return pl.Series(texts.name, found, dtype=pl.String)
