"""What the keys about cleaning say of each other."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from typing import Any

from syllabus.rules.raw import Finding, section


def broken(raw: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield where and how a rule of the cleaning is broken."""
    cleaning = section(raw, "data", "cleaning")
    for column in section(cleaning, "numbers"):
        number = section(cleaning, "numbers", column)
        if number.get("unit") and number.get("units"):
            yield ("data", "cleaning", "numbers", column), "names either a unit or several units"
        for unit, factor in section(number, "units").items():
            if factor == 0:
                where = ("data", "cleaning", "numbers", column, "units", unit)
                yield where, "a number multiplied by 0 says nothing"
    for column, forms in section(cleaning, "dates").items():
        for form in forms if isinstance(forms, list) else [forms]:
            if isinstance(form, str) and "%q" in form and sorted(re.findall("%[A-Za-z]", form)) != ["%Y", "%q"]:
                yield (
                    ("data", "cleaning", "dates", column),
                    f"a quarter, %q, goes with %Y and no other, received {form}",
                )
        kinds = {_kind(form) for form in forms if isinstance(form, str)} if isinstance(forms, list) else set()
        if len(kinds) > 1 and kinds != {"day", "time"}:
            told = "a column holds days and times, times with a zone (%z), or times of day, and no two of them"
            yield ("data", "cleaning", "dates", column), told
    for column, limits in section(cleaning, "limits").items():
        for limit in limits if isinstance(limits, list) else ():
            if isinstance(limit, str) and not _date(limit):
                told = f"a limit is a number, or a date written 2020-12-31, received {limit!r}"
                yield ("data", "cleaning", "limits", column), told


def _date(text: str) -> bool:
    try:
        return dt.datetime.fromisoformat(text).tzinfo is None
    except ValueError:
        return False


def _kind(form: str) -> str:
    """Return what a form reads: days, times, times with a zone, or times of day."""
    hours = any(sign in form for sign in ("%H", "%I", "%T", "%R", "%X"))
    if "%z" in form:
        return "zoned"
    if not hours:
        return "day"
    return "time" if any(sign in form for sign in ("%d", "%e", "%j", "%D", "%F")) else "clock"
