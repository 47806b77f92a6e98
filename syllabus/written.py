"""How numbers, dates and booleans are written as texts, and what a text means."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

    from syllabus.settings import Number, Type

DATES = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d.%m.%Y")
TIMES = ("%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.fZ", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M")
HOW = "dates are written 2020-12-31, times 2020-12-31 23:59:00, booleans true, yes or 1"
"""What `cast` reads."""
_NAMES = {
    "jan": "january januar jänner janvier enero gennaio janeiro januari janv jan ene gen",
    "feb": "february februar février fevrier febrero febbraio fevereiro februari févr fév feb fev",
    "mar": "march märz maerz mars marzo março marco maart mrz mär mar mrt",
    "apr": "april avril abril aprile avr abr apr",
    "may": "may mai mayo maggio maio mei maj mag",
    "jun": "june juni juin junio giugno junho giu jun",
    "jul": "july juli juillet julio luglio julho juil lug jul",
    "aug": "august août aout agosto augustus augusti ago aug",
    "sep": "september septembre septiembre setiembre settembre setembro sept set sep",
    "oct": "october oktober octobre octubre ottobre outubro okt ott out oct",
    "nov": "november novembre noviembre novembro nov",
    "dec": "december dezember décembre decembre diciembre dicembre dezembro déc dez dic dec",
}
_LISTED = {name: month for month, names in _NAMES.items() for name in (f"{names} {names.upper()}").split()}
MONTHS = {name: _LISTED[name] for name in sorted(_LISTED, key=lambda name: (-len(name), name))}
"""The English month that a name means, or its beginning, in languages of western Europe; longer names come first."""


def number(value: pl.Expr, how: Number) -> pl.Expr:
    """Return the number that a text writes in a given way, null where it is written otherwise.

    Groups of thousands must be of three digits: with a point between them, `1.5` is no number, and not 15.
    """
    import polars as pl

    if how.units:
        one = {unit: how.model_copy(update={"unit": unit, "units": {}}) for unit in how.units}
        # The unit must stand there: 180 is not 180 cm. At most one of them fits: no number ends with a unit.
        found = [
            pl.when(
                value.str.contains(rf"{re.escape(unit)}[\s)-]*$|^[\s(+-]*{re.escape(unit)}" if unit else r"[\d.,]\s*$")
            )
            .then(number(value, one[unit]))
            .mul(factor)
            for unit, factor in how.units.items()
        ]
        return pl.coalesce(found)
    decimal, thousands = re.escape(how.decimal), re.escape(how.thousands)
    digits = rf"\d{{1,3}}(?:{thousands}\d{{3}})+|\d+" if how.thousands else r"\d+"
    bare, below = _unsigned(value.str.strip_chars(), how)
    if how.unit:
        unit = re.escape(how.unit)
        # The sign may stand before the unit: -$5, $-5 and 5 $ are all seen.
        bare = bare.str.replace(rf"^([+-]?)\s*{unit}\s*", "$1").str.replace(rf"\s*{unit}$", "")
    # A minus sign of typesetting, and spaces that do not break a line.
    bare = bare.str.replace("^\u2212", "-").str.replace_all("[\u00a0\u202f]", " ")
    written = bare.str.contains(rf"^[+-]?(?:(?:{digits})(?:{decimal}\d*)?|{decimal}\d+)(?:[eE][+-]?\d+)?$")
    plain = bare.str.replace_all(how.thousands, "", literal=True) if how.thousands else bare
    read = pl.when(written).then(plain.str.replace(how.decimal, ".", literal=True).cast(pl.Float64, strict=False))
    if below is None:
        return read
    # (-5) is no number: is it below zero or above?
    return pl.when(~below).then(read).when(read >= 0).then(-read)


def _unsigned(text: pl.Expr, how: Number) -> tuple[pl.Expr, pl.Expr | None]:
    """Return the text without the sign that its column writes below zero, and whether it had one."""
    unit = rf"(?:{re.escape(how.unit)})?" if how.unit else ""
    if how.negatives == "(5)":
        # The unit stands within or without: ($5), $(5) and (5) $.
        around = rf"^({unit}\s*)\(([^()]*)\)(\s*{unit})$"
        return text.str.replace(around, "$1$2$3"), text.str.contains(around)
    if how.negatives == "5-":
        behind = rf"[-\x{{2212}}](\s*{unit})$"
        return text.str.replace(behind, "$1"), text.str.contains(behind)
    return text, None


def date(value: pl.Expr, forms: str | Sequence[str]) -> pl.Expr:
    """Return the date, the time or the time of day that a text writes in a way, or in the first that fits of several.

    A time with a zone, `%z`, is given in UTC. As mail is dated (RFC 2822), a zone may be a name of UTC's and be
    followed by a remark, and the day of the week may be left out: it says nothing that the date does not. A month may
    be named in any language of `MONTHS`. `%Y` is a year of four digits: 01/02/12 is not in the
    year 12.
    """
    import polars as pl

    several = [forms] if isinstance(forms, str) else forms
    return pl.coalesce([_date(value, form) for form in several]) if len(several) > 1 else _date(value, several[0])


def _date(value: pl.Expr, form: str) -> pl.Expr:
    import polars as pl

    if "%z" in form:
        bare = value.str.strip_chars().str.replace(r"\s*\([^()]*\)$", "").str.replace(r"\s*(?:GMT|UTC|UT|Z)$", " +0000")
        bare = bare.str.replace(r"^[A-Za-z]{3},\s*", "").str.replace_all(r"\s+", " ").str.replace(" ([+-])", "$1")
        plain = form.removeprefix("%a, ").replace(" %z", "%z")
        return bare.str.to_datetime(plain, time_unit="us", strict=False, time_zone="UTC")
    if any(sign in form for sign in ("%b", "%B")):
        value = value.str.replace_many(list(MONTHS), list(MONTHS.values()), ascii_case_insensitive=True, leftmost=True)
    if "%q" in form:
        month = value.str.extract(_group(form, "%q", "([1-4])")).replace({"2": "4", "3": "7", "4": "10"})
        year = value.str.extract(_group(form, "%Y", r"(\d{4})"))
        value, form = year + "-" + month, "%Y-%m"
    if not any(sign in form for sign in ("%H", "%I", "%T", "%R", "%s", "%X", "%c")):
        if not any(sign in form for sign in ("%d", "%e", "%j", "%D", "%F", "%x", "%v")):
            value, form = value + " 1", f"{form} %d"
        return _dated(value, value.str.to_date(form, strict=False), form)
    if not any(sign in form for sign in ("%Y", "%y", "%s", "%c", "%D", "%F")):
        return value.str.to_time(form, strict=False)
    read = value.str.to_datetime(form, time_unit="us", strict=False, time_zone=None).cast(pl.Datetime("us"))
    return _dated(value, read, form)


def _dated(value: pl.Expr, read: pl.Expr, form: str) -> pl.Expr:
    """Return the dates whose year is written as `form` says: %Y would also read 12 as the year 12."""
    import polars as pl

    return pl.when((read.dt.year() > 999) | value.str.contains(r"\d{4}")).then(read) if "%Y" in form else read


def _group(form: str, sign: str, group: str) -> str:
    """Return the pattern of a form of years and quarters, with the one asked for in a group."""
    parts = {"%q": "[1-4]", "%Y": r"\d{4}"} | {sign: group}
    return "^" + "".join(parts.get(part, re.escape(part)) for part in re.split("(%[qY])", form)) + "$"


def cast(value: pl.Expr, kind: Type, held: pl.DataType) -> pl.Expr:
    """Return the value as `kind`, null where it is no such thing; `held` is how the source holds it."""
    import polars as pl

    text = held == pl.String
    match kind:
        case "integer":
            number = value.cast(pl.Float64, strict=False)
            # 3.0 is 3, as spreadsheets write it; 3.5 is no integer.
            whole = pl.when((number == number.floor()) & (number.abs() < 2**53)).then(
                number.cast(pl.Int64, strict=False)
            )
            return pl.coalesce(value.cast(pl.Int64, strict=False), whole) if text or held.is_integer() else whole
        case "number":
            return value.cast(pl.Float64, strict=False)
        case "text":
            return value.cast(pl.String)
        case "boolean":
            words = {"true": True, "false": False, "yes": True, "no": False, "1": True, "0": False}
            written = value.cast(pl.String).str.to_lowercase().str.replace(r"^([01])\.0$", "$1")
            return written.replace_strict(words, default=None, return_dtype=pl.Boolean)
        case "date":
            dates = [value.str.to_date(form, strict=False) for form in DATES]
            return pl.coalesce(dates) if text else value.cast(pl.Date, strict=False)
        case "datetime":
            times = [value.str.to_datetime(form, time_unit="us", strict=False) for form in TIMES]
            dates = [value.str.to_date(form, strict=False).cast(pl.Datetime("us")) for form in DATES]
            return pl.coalesce(times + dates) if text else value.cast(pl.Datetime("us"), strict=False)
