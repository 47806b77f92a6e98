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


class Constant(Section):
    """A value that fills the gaps of a column."""

    constant: float | str


class Gaps(Section):
    """What becomes of missing values. What fills them is learned from train and saved with the model."""

    numeric: Literal["keep", "drop", "mean", "median", "most_frequent"] = "keep"
    """In a column of numbers: kept, since every architecture here reads gaps in its own way; the row dropped; or the
    gap filled. A date is never filled."""
    categorical: Literal["keep", "drop", "most_frequent"] = "keep"
    """In a column of categories."""
    columns: dict[str, Literal["keep", "drop", "mean", "median", "most_frequent"] | Constant] = {}
    """For a column, another way: `{age: median, rooms: {constant: 0}}`."""
    indicator: bool = True
    """Whether a filled column gets another one beside it that says where values were missing."""


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
    gaps: Gaps = Gaps()
