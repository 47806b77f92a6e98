"""What ingest may do to the raw values."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from syllabus.settings.section import Names, Section

Find = Literal["keep", "flag", "drop"]
Flag = Literal["merges", "outliers", "orders", "units"]
Forms = Annotated[Names, Field(min_length=1)]
Type = Literal["integer", "number", "text", "boolean", "date", "datetime"]


class Number(Section):
    """How numbers are written in a column of texts; a cell written otherwise becomes missing, and is counted."""

    decimal: Literal[".", ","] = "."
    """The sign before the decimals."""
    thousands: Literal["", ",", ".", " ", "'", "_"] = ""
    """The sign between groups of three digits."""
    negatives: Literal["-5", "(5)", "5-"] = "-5"
    """How a number below zero is written: as accountants do, `(5)`, or with the sign behind, `5-`; -5 is one always."""
    unit: str = ""
    """What stands before or after a number, with a space or without: `$`, `%`, `kg`. It is removed."""
    units: dict[str, float] = {}
    """Where cells have several units, what the number before each is multiplied by: `{cm: 0.01, m: 1}`; the empty
    unit is that of a bare number. A cell with another unit, or none, becomes missing."""


class Constant(Section):
    """A value that fills the gaps of a column."""

    constant: float | str
    """A number for a column of numbers, a text for one of categories."""


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
    missing_in: dict[str, tuple[str | float, ...]] = {}
    """For a column, texts, numbers or dates that stand for a missing value in it alone: `{age: [-1, 999]}`."""
    relabel: dict[str, dict[str, str]] = {}
    """For a column, values to be written in another way: `{country: {Holand: Netherlands}}`."""
    numbers: dict[str, Number] = {}
    """For a column of texts, how its numbers are written: `{price: {decimal: ",", unit: €}}`."""
    dates: dict[str, str | Forms] = {}
    """For a column of texts, how its dates or times are written, in strftime's signs: `{born: "%d.%m.%y"}`; where they
    are written in several ways, a list of them, each tried in turn. `%q` is a quarter of a year."""
    types: dict[str, Type] = {}
    """For a column, the type it must have. Values that do not fit become missing. Others are inferred."""
    limits: dict[str, tuple[float | str | None, float | str | None]] = {}
    """For a column of numbers, the least and the most that is possible: `{age: [0, 120]}`; for one of dates, the first
    and the last: `{born: ["1900-01-01", null]}`. Others become missing."""
    duplicates: Literal["drop", "keep"] = "drop"
    """Whether rows equal in every column to an earlier one are dropped."""
    near_duplicates: Find = "flag"
    """Rows equal to an earlier one but for case, Unicode form, spaces and punctuation of texts: listed, or dropped."""
    contradictions: Find = "flag"
    """Rows alike in every column that is learned from, whose targets differ: listed, or all of them dropped."""
    not_compared: Names = ()
    """Columns that do not count when rows are compared so, such as a number or the time of an entry."""
    drop_rows: tuple[int, ...] = ()
    """Rows that are left out, by their number in the source, such as those whose label is seen to be wrong."""
    keep_rows: tuple[int, ...] = ()
    """Rows that are not dropped, whatever they repeat, contradict or lack; only one without a target is."""
    flags: tuple[Flag, ...] = ("merges", "outliers", "orders", "units")
    """What ingest looks for and lists for review, changing nothing: spellings of one category, values far from the
    rest, columns out of order such as an end before its start, and mixed units."""
    gaps: Gaps = Gaps()
