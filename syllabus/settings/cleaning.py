"""What ingest may do to the raw values."""

from __future__ import annotations

from typing import Literal

from syllabus.settings.section import Names, Section

Type = Literal["integer", "number", "text", "boolean", "date", "datetime"]


class Number(Section):
    """How numbers are written in a column of texts; a cell written otherwise becomes missing, and is counted."""

    decimal: Literal[".", ","] = "."
    """The sign before the decimals."""
    thousands: Literal["", ",", ".", " ", "'", "_"] = ""
    """The sign between groups of three digits."""
    unit: str = ""
    """What stands before or after a number, with a space or without: `$`, `%`, `kg`. It is removed."""


class Cleaning(Section):
    """What ingest does to the raw values, in this order; every change is counted in its report."""

    strip: bool = True
    """Remove white space around every text."""
    missing: Names = ("",)
    """Texts that stand for a missing value."""
    relabel: dict[str, dict[str, str]] = {}
    """For a column, values to be written in another way: `{country: {Holand: Netherlands}}`."""
    numbers: dict[str, Number] = {}
    """For a column of texts, how its numbers are written: `{price: {decimal: ",", unit: €}}`."""
    dates: dict[str, str] = {}
    """For a column of texts, how its dates or times are written, in strftime's signs: `{born: "%d.%m.%y"}`."""
    types: dict[str, Type] = {}
    """For a column, the type it must have. Values that do not fit become missing. Others are inferred."""
    limits: dict[str, tuple[float | None, float | None]] = {}
    """For a column of numbers, the least and the most that is possible: `{age: [0, 120]}`. Others become missing."""
    duplicates: Literal["drop", "keep"] = "drop"
    """Whether rows equal in every column to an earlier one are dropped."""
