"""How a column of texts writes numbers: signs, units, what stands below zero, and the words among them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from syllabus import written
from syllabus.cleaning import proposals, units
from syllabus.projects.strays import FIT, LEAST, strays
from syllabus.settings import Number

if TYPE_CHECKING:
    import polars as pl

CODES = 20
"""Words among so many different whole numbers may be of their kind: K before grade 1, EG below floor 1."""
# Which sign is the decimal point and which groups thousands, in the order of trust: 1,234 is more often a thousand
# than a bit more than one, and 1.234 the other way round.
_SIGNS = ((".", ""), (".", ","), (".", "'"), (".", " "), (".", "_"), (",", ""), (",", "."), (",", " "), (",", "'"))
_AROUND = re.compile(
    r"^([+-]?)\s*([^\d\s.,'+-][^\d]*?)?\s*([+-]?[\d.][\d.,'_ \u00a0\u202f]*(?:[eE][+-]?\d+)?)\s*([^\d\s]{1,12})?$"
)
_CODE = r"^[+-]?0\d"
_EITHER = r"^[^\d]*\d{1,3}[.,]\d{3}[^\d]*$"
_PLAIN = r"^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$"
_BELOW: dict[Literal["(5)", "5-"], re.Pattern[str]] = {
    "(5)": re.compile(r"^([^\d()+-]*)\(([^()+-]*\d[^()+-]*)\)([^\d()+-]*)$"),
    "5-": re.compile(r"^([^+-]*\d)\s*()[-\u2212](\s*[^\d+-]*)$"),
}
# What may stand before a number. Any other word there makes it a name: street 5, C-0042, version 2.
_CURRENCY = re.compile(
    r"^(?:(?:[A-Za-z]{0,3}[$€£¥₹₩₽₺₴₪฿₫₦₱])|AUD|BRL|CAD|CHF|CNY|CZK|DKK|EUR|GBP|HKD|HUF|INR|JPY|KRW|MXN|NOK|NZD|PLN|RUB|"
    r"SEK|SGD|THB|TRY|USD|ZAR|Fr\.?|Rs\.?|kr\.?|zł)$"
)


@dataclass(frozen=True)
class Numbers:
    """What a column of texts was read as.

    Args:
        how: the way its numbers are written; None where they are left to a person.
        missing: the words among them.
        told: what a person should look at.
    """

    how: Number | None
    missing: tuple[str, ...] = ()
    told: str = ""


def numbers(counts: pl.DataFrame, some: pl.DataFrame, name: str, *, wanted: bool = False) -> Numbers | None:
    """Return how the numbers of a column are written; None where these are none, or codes such as 007.

    Args:
        counts: every different `value`, and in how many rows it is: `count`.
        some: the most frequent of them, and others.
        name: of the column.
        wanted: whether it is known to be one of numbers: then whatever is none becomes missing.
    """
    import polars as pl

    values = counts["value"]
    if not len(values) or values.str.contains(_CODE).any():
        return None
    if values.str.contains(_PLAIN).all():
        # What most columns of numbers are: as any program writes them.
        return Numbers(Number())
    found = _ways(some, least=0.0 if wanted else LEAST)
    if found is None:
        return None
    how, mixed = found
    read = written.number(pl.col("value"), how)
    left = strays(counts, read)
    whole = None if how.unit or how.units else _whole(counts, read)
    if mixed and not how.units:
        factors = json.dumps({name: {"units": dict.fromkeys(mixed, 1)}}, ensure_ascii=False)
        shares = ", ".join(f"{unit or 'none'} {100 * share:.2g} %" for unit, share in mixed.items())
        rates = f"several units ({shares}): numbers: {factors}, each 1 replaced by what its unit is worth"
        if wanted or left.share <= 1 - LEAST:
            return Numbers(how, left.words, f"{left.told('numbers')}; {rates}")
        return Numbers(None, (), rates)
    if wanted:
        return Numbers(how, left.words, left.told("numbers"))
    if left.share > 1 - LEAST or (whole is not None and any(map(str.isalnum, left.other))):
        # 536379 beside C536379 is no number: it names something.
        return None
    if left.few and left.words and whole is not None and whole <= CODES:
        marks = json.dumps({name: left.words}, ensure_ascii=False)
        return Numbers(None, (), f"whole numbers but for the words: are these missing values? missing_in: {marks}")
    if left.few:
        either = how.thousands in (".", ",") and bool(values.str.contains(_EITHER).all())
        other = f'1{how.thousands}234 is read as 1234; if it is 1.234: decimal: "{how.thousands}"' if either else ""
        several = f"several units, read in {_one(how)}: {proposals.factors(name, how.units)}" if how.units else ""
        return Numbers(how, left.words, "; ".join(told for told in (other, several, left.told("numbers")) if told))
    line = f"numbers: {json.dumps({name: how.model_dump(exclude_defaults=True)}, ensure_ascii=False)}"
    return Numbers(None, (), f"{100 - 100 * left.share:.0f} % are numbers; {line} reads them, and the rest is missing")


def _ways(some: pl.DataFrame, least: float) -> tuple[Number, dict[str, float]] | None:
    """Return how most of the numbers are written, and the shares of the units where there are several."""
    import polars as pl

    below = dict.fromkeys(_BELOW, 0)
    seen: dict[str, int] = {}
    held: dict[str, int] = {}
    for value, count in some.iter_rows():
        bare = value
        for style, pattern in _BELOW.items():
            if found := pattern.match(value):
                bare = f"{found[1]}{found[2]}{found[3]}"
                below[style] += count
        found = _AROUND.match(bare)
        if found and re.match(_CODE, found[3]):
            return None
        if found and (not found[2] or _CURRENCY.match(found[2].strip())):
            unit = (found[2] or found[4] or "").strip()
            seen[unit] = seen.get(unit, 0) + count
            held[value] = count
    rows = sum(seen.values())
    if not held or max(rows / some["count"].sum(), len(held) / len(some)) < least:
        return None
    named = sorted((unit for unit in seen if unit), key=lambda unit: (-seen[unit], unit))
    known = {unit for unit in named if _CURRENCY.match(unit) or any(unit in kind for kind in units.KINDS)}
    letters = "" in seen and any(len(unit) == 1 and unit.isupper() and unit not in "KM" for unit in named)
    if letters or (len(named) > 1 and known != {*named}):
        # 85123A beside 84406, or 5 dogs beside 3 cats.
        return None
    most = max(below, key=below.__getitem__)
    factors = units.proposed(held) if len(named) > 1 or (named and "" in seen and named[0] in units.SCALES) else {}
    asked: dict[str, Any] = {"units": factors} if factors else {"unit": named[0] if named else ""}
    asked |= {"negatives": most} if below[most] else {}
    frame = pl.DataFrame({"value": list(held), "count": list(held.values())})
    main = rows if factors or len(named) < 2 else seen[named[0]] + seen.get("", 0)
    for decimal, thousands in _SIGNS:
        if thousands and any(re.match(rf"\D*0{re.escape(thousands)}\d{{3}}(?![\d.,])", value) for value in held):
            # In 0,601 a decimal comma stands.
            continue
        how = Number.model_validate(asked | {"decimal": decimal, "thousands": thousands})
        read = frame.filter(written.number(pl.col("value"), how).is_not_null())["count"].sum()
        if read >= FIT * main:
            return how, {unit: seen[unit] / rows for unit in named} if len(named) > 1 else {}
    return None


def _whole(counts: pl.DataFrame, read: pl.Expr) -> int | None:
    """Return how many different numbers there are where all are whole; None where one is not."""
    known = counts.select(read.alias("read"))["read"].drop_nulls()
    return known.n_unique() if bool((known == known.floor()).all()) else None


def _one(how: Number) -> str:
    """Return the unit that the others are told in."""
    return next((unit for unit, factor in how.units.items() if factor == 1 and unit), "bare numbers")
