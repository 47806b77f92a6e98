"""What the keys about cleaning say of each other."""

from __future__ import annotations

import datetime as dt
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
