"""How a column of texts writes dates, times or times of day, in one form or in several, and the words among them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from syllabus import frames, written
from syllabus.projects.strays import FIT, LEAST, strays

if TYPE_CHECKING:
    import polars as pl

MOST = 5
"""The most forms of one column."""
PROBED = 100
"""The values by which the forms are chosen that are tried at all."""
_DAYS = (
    "%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%d.%m.%y", "%m/%d/%Y", "%d/%m/%Y", "%m/%d/%y", "%d/%m/%y", "%d-%m-%Y",
    "%m-%d-%Y", "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%d. %b %Y", "%d %b %y", "%d de %b de %Y", "%b %d, %Y", "%b %d %Y",
    "%Y%m%d", "%Y.%m.%d", "%Y-%b-%d",
)  # fmt: skip
_MONTHS = (
    "%b %Y",
    "%b-%Y",
    "%b-%y",
    "%Y-%m",
    "%m/%Y",
    "%m.%Y",
    "Q%q %Y",
    "%YQ%q",
    "%Y-Q%q",
    "%Y Q%q",
    "Q%q/%Y",
    "Q%q-%Y",
)
_CLOCKS = ("%H:%M:%S", "%H:%M", "%H:%M:%S%.f", "%I:%M %p", "%I:%M:%S %p", "%I:%M%p")
_HOURS = ("%H:%M:%S", "%H:%M", "%H:%M:%S%.f", "%I:%M %p", "%I:%M:%S %p", "%H:%M:%SZ", "%H:%M:%S%.fZ")
_ZONED = (
    "%a, %d %b %Y %H:%M:%S %z", "%a, %d %b %Y %H:%M %z", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S%.f%z",
    "%Y-%m-%d %H:%M:%S%z", "%Y-%m-%d %H:%M:%S%.f%z",
)  # fmt: skip
_ZONE = re.compile(r":\d\d(?:\.\d+)?\s?(?:[+-]\d\d:?\d\d|GMT|UTC|UT)(?:\s*\([^()]*\))?$")
_CLOCK = re.compile(r"^\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?: ?[AaPp][Mm])?$")
# 2010-11 may also be the winter of 2010 to 2011.
_SEASON = re.compile(r"^\d\d(\d\d)-(\d\d)$")
_LIKE = re.compile(r"^(?=.*\d)(?=.*[^\d])[\w ,./:-]{6,34}(?:\.\d+)?(?:Z|\s?\+\d\d:?\d\d)?(?:\s*\([^()]*\))?$")


@dataclass(frozen=True)
class Moments:
    """What a column of texts was read as.

    Args:
        forms: how its dates are written, in strftime's signs; none where they are left to a person.
        missing: the words among them.
        told: what a person should look at.
    """

    forms: tuple[str, ...]
    missing: tuple[str, ...] = ()
    told: str = ""


def moments(counts: pl.DataFrame, some: pl.DataFrame) -> Moments | None:
    """Return how dates or times are written; None where these are none.

    Args:
        counts: every different `value`, and in how many rows it is: `count`.
        some: the most frequent of them, and others.
    """
    import polars as pl

    like = [bool(_CLOCK.match(value) or _LIKE.match(value)) for value in some["value"]]
    held = some.filter(like)
    if not len(held) or max(int(held["count"].sum()) / int(some["count"].sum()), len(held) / len(some)) < LEAST:
        return None
    if not (possible := _possible(held)):
        return None
    chosen, share = _chosen(held, possible)
    if not chosen or share < LEAST:
        return None
    forms = tuple(_named(form, held["value"].to_list()) for form in chosen)
    shown = ", ".join(forms)
    if share < FIT:
        return Moments((), (), f"{100 * share:.0f} % are dates or times ({shown}), and the rest is written otherwise")
    if len({_swapped(form) or form for form in forms} & {*forms}) > len([f for f in forms if not _swapped(f)]):
        return Moments((), (), f"dates in several forms, with the day first and with the month first: {shown}")
    left = strays(counts, written.date(pl.col("value"), forms))
    if not left.few:
        return None
    told = [f"{other} would fit as well"] if (other := _also(forms, held)) else []
    told += [f"dates in several forms: {shown}, each tried in turn"] * (len(forms) > 1)
    if words := left.told("dates"):
        told.append(words)
    return Moments(forms, left.words, "; ".join(told))


def days(values: pl.Series) -> bool:
    """Return whether these are days written as whole numbers, 20200131."""
    return bool(values.str.contains(r"^(19|20)\d{6}$").all()) and frames.mean(_read(values, "%Y%m%d")) >= FIT


def _possible(held: pl.DataFrame) -> list[str]:
    """Return the forms that fit some of a few values, in the order of trust."""
    import polars as pl

    probe = held["value"].gather_every(-(-len(held) // PROBED))
    values = probe.to_list()
    if any(_ZONE.search(value) for value in values) or any(value.endswith("Z") for value in values):
        zoned = [form for form in _ZONED if _read(probe, form).any()]
        if zoned and any(_ZONE.search(value) for value in values):
            return zoned
    forms: list[str] = []
    if any(":" not in value for value in values):
        forms += [*_DAYS, *_MONTHS]
    if any(_CLOCK.match(value) for value in values):
        forms += _CLOCKS
    if any(":" in value and not _CLOCK.match(value) for value in values):
        alone = probe.str.replace(r"[ T]\d{1,2}:\d\d.*$", "")
        days_of = [day for day in _DAYS if _read(alone, day).any()]
        forms += [f"{day}{mark}{hour}" for day in days_of for hour in _HOURS for mark in " T"]
    if values and all(found and int(found[2]) == (int(found[1]) + 1) % 100 for found in map(_SEASON.match, values)):
        return []
    fits = pl.select(_fitting(pl.lit(probe), form).any().alias(form) for form in forms).row(0, named=True)
    return [form for form, any_fits in fits.items() if any_fits]


def _chosen(held: pl.DataFrame, possible: list[str]) -> tuple[list[str], float]:
    """Return the first form that all are written in, or else a few that tell most; and the share that they read."""
    import polars as pl

    total = int(held["count"].sum())
    fits = held.select("count", *(_fitting(pl.col("value"), form).alias(form) for form in possible))
    for form in possible:
        if fits.filter(form)["count"].sum() >= FIT * total:
            return [form], 1.0
    chosen: list[str] = []
    read = 0
    while len(chosen) < MOST and read < FIT * total:
        rows = {form: int(fits.filter(form)["count"].sum()) for form in possible}
        best = max(possible, key=lambda form: rows[form])
        if rows[best] < 0.02 * total or (chosen and _kind(best) != _kind(chosen[0])):
            break
        chosen.append(best)
        read += rows[best]
        fits = fits.filter(~pl.col(best))
    return chosen, read / total


def _read(values: pl.Series, form: str) -> pl.Series:
    import polars as pl

    return pl.select(_fitting(pl.lit(values), form)).to_series()


def _fitting(value: pl.Expr, form: str) -> pl.Expr:
    """Return whether a text is a date, or a time, of our time that is written so."""
    import polars as pl

    read = written.date(value, form)
    if _kind(form) == "clock":
        return read.is_not_null() & value.str.contains(_CLOCK.pattern)
    if "%y" in form:
        # 1.2.3 is a version.
        read = pl.when(value.str.contains(r"\D\d\d(?:[ T].*)?$")).then(read)
    # Year 12 is not what 01/02/12 means.
    return (read.is_not_null() & read.dt.year().is_between(1000, 2999)).fill_null(False)


def _kind(form: str) -> str:
    return "zoned" if "%z" in form else "clock" if "%Y" not in form and "%y" not in form else "day"


def _swapped(form: str) -> str | None:
    """Return the same form with day and month exchanged, if there is one."""
    signs = [sign for sign in re.findall("%[dm]", form) if sign in form]
    if signs not in (["%d", "%m"], ["%m", "%d"]) or form.startswith("%Y"):
        return None
    return form.replace("%d", "%-").replace("%m", "%d").replace("%-", "%m")


def _also(forms: tuple[str, ...], held: pl.DataFrame) -> str | None:
    """Return the form with day and month exchanged that fits as well."""
    import polars as pl

    for form in forms:
        if other := _swapped(form):
            mine = held.filter(_fitting(pl.col("value"), form))
            if int(mine.filter(_fitting(pl.col("value"), other))["count"].sum()) >= FIT * int(mine["count"].sum()):
                return other
    return None


def _named(form: str, values: list[str]) -> str:
    """Return the form with the sign for whole names where months have whole names."""
    longest = max((len(word) for value in values for word in re.findall(r"[^\W\d_]+", value)), default=0)
    return form.replace("%b", "%B") if longest > 5 and "%a" not in form else form
