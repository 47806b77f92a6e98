"""The form that every value of a text column has, where there is one: codes, numbers of things, e-mails, dates."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import groupby

import polars as pl

KNOWN = {
    "an e-mail address": r"^[^@\s]+@[^@\s]+\.[^@\s]+$",
    "a web address": r"^https?://\S+$",
    "a UUID": r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
}
REGULAR = 0.98
"""The share of values that a form must cover."""

_SHAPES, _FORMS, _LONGEST, _LOOKED_AT = 200, 3, 60, 2_000
_CLASSES = {"9": "[0-9]", "A": "[A-Z]", "a": "[a-z]"}


def pattern(table: pl.LazyFrame, name: str) -> tuple[str, str, float] | None:
    """Return a regular expression, what it means and the share of values that it matches, or None.

    A form without a digit or a sign, such as a single word, says nothing and is none.
    """
    column = table.select(pl.col(name).alias("text")).drop_nulls()
    head = column.head(_LOOKED_AT).collect()
    for meaning, regex in KNOWN.items():
        if _share(head.lazy(), regex) >= REGULAR:
            found = _share(column, regex)
            return (regex, meaning, found) if found >= REGULAR else None
    # Free text has a shape a value: do not count them all to find that out.
    if head.select(_shape()).n_unique() > _SHAPES or bool((head["text"].str.len_chars() > _LONGEST).any()):
        return None
    counted = column.select(_shape()).group_by("shape").agg(pl.len()).collect(engine="streaming")
    if not 0 < counted.height <= _SHAPES:
        return None
    made = _regex(dict(counted.iter_rows()))
    if made is None:
        return None
    regex, share = made, _share(column, made)
    return (regex, "one form" if regex[1] != "(" else "one of a few forms", share) if share >= REGULAR else None


def _share(column: pl.LazyFrame, regex: str) -> float:
    found = column.select(pl.col("text").str.contains(regex).mean()).collect(engine="streaming").item()
    return float(found or 0.0)


def _shape() -> pl.Expr:
    """Write a text with 9 for every digit, A and a for every letter."""
    text = pl.col("text").str.replace_all("[A-Z]", "A").str.replace_all("[a-z]", "a").str.replace_all("[0-9]", "9")
    return text.alias("shape")


def _regex(shapes: dict[str, int]) -> str | None:
    """Return one expression for the commonest forms: shapes that differ only in how long their runs are."""
    forms: dict[tuple[str, ...], list[tuple[int, ...]]] = defaultdict(list)
    rows: dict[tuple[str, ...], int] = defaultdict(int)
    for shape, count in shapes.items():
        runs = [(sign, len(list(run))) for sign, run in groupby(shape)]
        form = tuple(sign for sign, _ in runs)
        forms[form].append(tuple(length for _, length in runs))
        rows[form] += count
    kept: list[tuple[str, ...]] = []
    for form in sorted(forms, key=lambda form: (-rows[form], form)):
        if sum(rows[one] for one in kept) >= REGULAR * sum(rows.values()):
            break
        kept.append(form)
    if len(kept) > _FORMS or any(_empty(form) for form in kept):
        return None
    written = [_written(form, forms[form]) for form in kept]
    return f"^{written[0]}$" if len(written) == 1 else f"^({'|'.join(written)})$"


def _empty(form: tuple[str, ...]) -> bool:
    return not form or all(sign in ("A", "a", " ") for sign in form) or not all(" " <= sign <= "~" for sign in form)


def _written(form: tuple[str, ...], lengths: list[tuple[int, ...]]) -> str:
    said = ""
    for sign, seen in zip(form, zip(*lengths, strict=True), strict=True):
        low, high = min(seen), max(seen)
        times = f"{{{low}}}" if low == high else f"{{{low},{high}}}"
        # Numbers of things grow by a digit, and no form is lost with that.
        said += _CLASSES.get(sign, re.escape(sign)) + ("" if (low, high) == (1, 1) else times)
    return said
