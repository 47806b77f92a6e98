"""How a column of texts is written: markers for missing values, numbers with signs and units, dates in some order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from syllabus import written
from syllabus.settings import Number

if TYPE_CHECKING:
    import polars as pl

ALWAYS = ("?", "#N/A", "<NA>", "N/A", "n/a", "NaN", "nan", "NULL", "null", "#NULL!", "#DIV/0!", "#VALUE!")
"""Texts that stand for a missing value wherever they are found."""
AMONG_NUMBERS = ("NA", "na", "None", "none", "-", "--", ".", "..", "missing", "unknown", "Unknown", "nil", "\\N", "*")
"""Texts that do so in a file where they stand among numbers or dates; among words NA may be Namibia."""
FIT = 0.98
"""The share of the values that must be written in a way for it to be the column's."""
MOST = 2000
"""How many different values of a column are looked at."""

# Which sign is the decimal point and which groups thousands, in the order of trust: 1,234 is more often a thousand
# than a bit more than one, and 1.234 the other way round.
_SIGNS = ((".", ""), (".", ","), (".", "'"), (".", " "), (".", "_"), (",", ""), (",", "."), (",", " "), (",", "'"))
_AROUND = re.compile(
    r"^([+-]?)\s*([^\d\s.,'+-][^\d]*?)?\s*([+-]?[\d.][\d.,'_ \u00a0\u202f]*(?:[eE][+-]?\d+)?)\s*([^\d\s]{1,12})?$"
)
_DAY = re.compile(r"^(19|20)\d{6}$")
_CODE = re.compile(r"^[+-]?0\d")
_PLAIN = r"^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$"
# What may stand before a number. Any other word there makes it a name: street 5, C-0042, version 2.
_CURRENCY = re.compile(
    r"^(?:(?:[A-Za-z]{0,3}[$€£¥₹₩₽₺₴₪฿₫₦₱])|AUD|BRL|CAD|CHF|CNY|CZK|DKK|EUR|GBP|HKD|HUF|INR|JPY|KRW|MXN|NOK|NZD|PLN|RUB|"
    r"SEK|SGD|THB|TRY|USD|ZAR|Fr\.?|Rs\.?|kr\.?|zł)$"
)
_DATES = (
    "%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%d.%m.%y", "%m/%d/%Y", "%d/%m/%Y", "%m/%d/%y", "%d/%m/%y", "%d-%m-%Y",
    "%m-%d-%Y", "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%Y%m%d", "%Y.%m.%d", "%b %Y",
)  # fmt: skip
_HOURS = ("%H:%M:%S", "%H:%M", "%H:%M:%S%.f", "%I:%M %p", "%I:%M:%S %p", "%H:%M:%SZ", "%H:%M:%S%.fZ")
_ZONED = (
    "%a, %d %b %Y %H:%M:%S %z", "%a, %d %b %Y %H:%M %z", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S%.f%z",
    "%Y-%m-%d %H:%M:%S%z", "%Y-%m-%d %H:%M:%S%.f%z",
)  # fmt: skip
_ZONE = re.compile(r":\d\d(?:\.\d+)?\s?(?:[+-]\d\d:?\d\d|GMT|UTC|UT)(?:\s*\([^()]*\))?$")
_LIKE_DATE = re.compile(r"^(?=.*\d)[\w ,./:-]{6,32}(?:\.\d+)?(?:Z|\s?\+\d\d:?\d\d)?(?:\s*\([^()]*\))?$")


@dataclass(frozen=True)
class Spelling:
    """How the texts of a table are written.

    Args:
        missing: texts that stand for a missing value.
        numbers: by column.
        dates: by column, in strftime's signs.
        unsure: by column, what could be meant otherwise.
    """

    missing: tuple[str, ...]
    numbers: Mapping[str, Number]
    dates: Mapping[str, str]
    unsure: Mapping[str, str]


def spelling(sample: pl.DataFrame) -> Spelling:
    """Tell how each column of texts is written, from a sample of the raw rows."""
    import polars as pl

    texts = {column.name: _values(column) for column in sample.select(pl.col(pl.String)) if column.name}
    known = set(ALWAYS) | {""}
    numbers: dict[str, Number] = {}
    dates: dict[str, str] = {}
    unsure: dict[str, str] = {}
    marks: set[str] = set()
    for name, counts in texts.items():
        values = {value: count for value, count in counts.items() if value not in known}
        sure = {value: count for value, count in values.items() if value not in AMONG_NUMBERS}
        if sure and all(_DAY.match(value) for value in sure) and _fits("%Y%m%d", sure):
            dates[name] = "%Y%m%d"
        elif (number := _number(sure)) is not None:
            numbers[name] = number
        elif (form := _date(sure)) is not None:
            dates[name] = form
            if other := _swapped(form, sure):
                unsure[name] = f"{other} would fit as well"
        else:
            continue
        marks |= set(values) - set(sure)
    found = {value for counts in texts.values() for value in counts if value in ALWAYS} | marks
    return Spelling(("", *sorted(found)), {n: how for n, how in numbers.items() if how != Number()}, dates, unsure)


def _values(column: pl.Series) -> dict[str, int]:
    """Return the most frequent texts of a column, without the white space around, and how often each occurs."""
    counts = column.str.strip_chars().drop_nulls().value_counts(sort=True).head(MOST)
    return dict(counts.iter_rows())


def _number(values: Mapping[str, int]) -> Number | None:
    """Return how the numbers are written; None where these are no numbers, or codes such as 007."""
    import polars as pl

    if not values:
        return None
    told = pl.Series(list(values))
    if told.str.contains(_CODE.pattern).any():
        return None
    if told.str.contains(_PLAIN).all():
        # What most columns of numbers are: as any program writes them.
        return Number()
    units: dict[str, int] = {}
    for value, count in values.items():
        found = _AROUND.match(value)
        if found and _CODE.match(found[3]):
            return None
        if found and (not found[2] or _CURRENCY.match(found[2].strip())):
            unit = (found[2] or found[4] or "").strip()
            units[unit] = units.get(unit, 0) + count
    total = sum(values.values())
    named = sorted((unit for unit in units if unit), key=lambda unit: (-units[unit], unit))
    if sum(units.values()) < FIT * total or len(named) > 1:
        return None
    frame = pl.DataFrame({"value": told, "count": list(values.values())})
    for decimal, thousands in _SIGNS:
        how = Number(decimal=decimal, thousands=thousands, unit=named[0] if named else "")  # type: ignore[arg-type]
        read = frame.filter(written.number(pl.col("value"), how).is_not_null())["count"].sum()
        if read >= FIT * total:
            return how
    return None


def _date(values: Mapping[str, int]) -> str | None:
    """Return how dates or times are written; None where these are none."""
    if not values or sum(n for value, n in values.items() if _LIKE_DATE.match(value)) < FIT * sum(values.values()):
        return None
    timed = any(":" in value for value in values)
    forms = [f"{date}{mark}{hour}" for date in _DATES for hour in _HOURS for mark in " T"] if timed else list(_DATES)
    if timed and any(_ZONE.search(value) for value in values):
        forms = list(_ZONED)
    return next((form for form in forms if _fits(form, values)), None)


def _swapped(form: str, values: Mapping[str, int]) -> str | None:
    """Return the same form with day and month exchanged, where that fits as well."""
    signs = [sign for sign in re.findall("%[dm]", form) if sign in form]
    if signs not in (["%d", "%m"], ["%m", "%d"]) or form.startswith("%Y"):
        return None
    other = form.replace("%d", "%-").replace("%m", "%d").replace("%-", "%m")
    return other if _fits(other, values) else None


def _fits(form: str, values: Mapping[str, int]) -> bool:
    import polars as pl

    frame = pl.DataFrame({"value": list(values), "count": list(values.values())})
    read = written.date(pl.col("value"), form)
    # Year 12 is not what 01/02/12 means.
    kept = frame.filter(read.is_not_null() & read.dt.year().is_between(1000, 2999))["count"].sum()
    return bool(kept >= FIT * sum(values.values()))


def words(values: Iterable[str]) -> bool:
    """Return whether these are the words of a yes or no."""
    pairs = ({"yes", "no"}, {"y", "n"}, {"true", "false"}, {"t", "f"}, {"on", "off"}, {"ja", "nein"}, {"oui", "non"})
    return {value.lower() for value in values} in pairs
