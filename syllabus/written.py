"""How numbers, dates and booleans are written as texts, and what a text means."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

    from syllabus.settings import Number, Type

DATES = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d.%m.%Y")
TIMES = ("%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.fZ", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M")
HOW = "dates are written 2020-12-31, times 2020-12-31 23:59:00, booleans true, yes or 1"
"""What `cast` reads."""


def number(value: pl.Expr, how: Number) -> pl.Expr:
    """Return the number that a text writes in a given way, null where it is written otherwise.

    Groups of thousands must be of three digits: with a point between them, `1.5` is no number, and not 15.
    """
    import polars as pl

    if how.units:
        one = {unit: how.model_copy(update={"unit": unit, "units": {}}) for unit in how.units}
        # The unit must stand there: 180 is not 180 cm. At most one of them fits: no number ends with a unit.
        found = [
            pl.when(value.str.contains(rf"\s*{re.escape(unit)}\s*$" if unit else r"[\d.,]\s*$"))
            .then(number(value, one[unit]))
            .mul(factor)
            for unit, factor in how.units.items()
        ]
        return pl.coalesce(found)
    decimal, thousands = re.escape(how.decimal), re.escape(how.thousands)
    digits = rf"\d{{1,3}}(?:{thousands}\d{{3}})+|\d+" if how.thousands else r"\d+"
    bare = value.str.strip_chars()
    if how.unit:
        unit = re.escape(how.unit)
        # The sign may stand before the unit: -$5, $-5 and 5 $ are all seen.
        bare = bare.str.replace(rf"^([+-]?)\s*{unit}\s*", "$1").str.replace(rf"\s*{unit}$", "")
    # A minus sign of typesetting, and spaces that do not break a line.
    bare = bare.str.replace("^\u2212", "-").str.replace_all("[\u00a0\u202f]", " ")
    written = bare.str.contains(rf"^[+-]?(?:(?:{digits})(?:{decimal}\d*)?|{decimal}\d+)(?:[eE][+-]?\d+)?$")
    plain = bare.str.replace_all(how.thousands, "", literal=True) if how.thousands else bare
    return pl.when(written).then(plain.str.replace(how.decimal, ".", literal=True).cast(pl.Float64, strict=False))


def date(value: pl.Expr, form: str) -> pl.Expr:
    """Return the date, or the time where `form` has hours, that a text writes in a given way.

    A time with a zone, `%z`, is given in UTC. As mail is dated (RFC 2822), a zone may be a name of UTC's and be
    followed by a remark, and the day of the week may be left out: it says nothing that the date does not.
    """
    import polars as pl

    if "%z" in form:
        bare = value.str.strip_chars().str.replace(r"\s*\([^()]*\)$", "").str.replace(r"\s*(?:GMT|UTC|UT|Z)$", " +0000")
        bare = bare.str.replace(r"^[A-Za-z]{3},\s*", "").str.replace_all(r"\s+", " ").str.replace(" ([+-])", "$1")
        plain = form.removeprefix("%a, ").replace(" %z", "%z")
        return bare.str.to_datetime(plain, time_unit="us", strict=False, time_zone="UTC")

    if any(sign in form for sign in ("%H", "%I", "%T", "%R", "%s", "%X", "%c")):
        return value.str.to_datetime(form, time_unit="us", strict=False, time_zone=None).cast(pl.Datetime("us"))
    return value.str.to_date(form, strict=False)


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
