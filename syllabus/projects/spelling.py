"""How the columns of texts are written: markers for missing values, signs and units of numbers, forms of dates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from syllabus.projects import moments as dates_of
from syllabus.projects.moments import moments
from syllabus.projects.numbers import numbers
from syllabus.projects.strays import LEAST
from syllabus.settings import Cleaning, Number

if TYPE_CHECKING:
    import polars as pl

ALWAYS = ("?", "#N/A", "<NA>", "N/A", "n/a", "NaN", "nan", "NULL", "null", "#NULL!", "#DIV/0!", "#VALUE!")
"""Texts that stand for a missing value wherever they are found."""
AMONG_NUMBERS = ("NA", "na", "None", "none", "-", "--", ".", "..", "missing", "unknown", "Unknown", "nil", "\\N", "*")
"""Texts that do so in a file where they stand among numbers or dates; among words NA may be Namibia."""
MOST = 2000
"""How many different values of a column are looked at closely."""
MARKS = ("x", "✓", "✔", "☑", "yes", "y", "ja", "oui", "si", "sí", "sì", "sim", "true", "t", "wahr", "vrai", "on", "1")
"""What a cell holds, in small letters, that is empty where the answer is no."""
_UNTOLD = (
    "k.a.",
    "k. a.",
    "keine angabe",
    "n.v.",
    "n.a.",
    "n. a.",
    "unbekannt",
    "inconnu",
    "desconocido",
    "not available",
)
_PAIR = r"^\d+(?:[.,]\d+)?\s*[/x×:]\s*\d+(?:[.,]\d+)?$"
PAIRS = 20
"""The fewest different pairs of numbers in a column that are not simply kinds, such as 16:9."""


@dataclass(frozen=True)
class Spelling:
    """How the texts of a table are written.

    Args:
        missing: texts that stand for a missing value.
        numbers: by column.
        dates: by column, in strftime's signs; several where one does not fit all.
        unsure: by column, what could be meant otherwise, or what a person should look at.
        missing_in: by column, texts that stand for a missing value there.
    """

    missing: tuple[str, ...]
    numbers: Mapping[str, Number]
    dates: Mapping[str, str | tuple[str, ...]]
    unsure: Mapping[str, str]
    missing_in: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def rules(self) -> Cleaning:
        """Return it as ingest will do it."""
        return Cleaning(
            missing=self.missing,
            missing_in=dict(self.missing_in),
            numbers=dict(self.numbers),
            dates=dict(self.dates),
        )


def spelling(sample: pl.DataFrame, number: str | None = None) -> Spelling:
    """Tell how each column of texts is written, from a sample of the raw rows.

    Args:
        sample: the rows.
        number: a column that is known to be one of numbers.
    """
    import polars as pl

    known = [*ALWAYS, ""]
    how: dict[str, Number] = {}
    dates: dict[str, str | tuple[str, ...]] = {}
    unsure: dict[str, str] = {}
    missing: dict[str, tuple[str, ...]] = {}
    found: set[str] = set()
    for column in sample.select(pl.col(pl.String)):
        name, every = column.name, _counted(column)
        found |= {*every["value"].filter(every["value"].is_in(ALWAYS))}
        values = every.filter(~pl.col("value").is_in(known))
        sure = values.filter(~pl.col("value").is_in(AMONG_NUMBERS))
        if not len(sure) or not name:
            continue
        some = _some(sure)
        if dates_of.days(sure["value"]):
            dates[name] = "%Y%m%d"
        elif (read := numbers(sure, some, name, wanted=name == number)) is not None:
            if read.told:
                unsure[name] = read.told
            if read.how is None:
                continue
            if read.how != Number() or read.told or name == number:
                how[name] = read.how
            if read.missing:
                missing[name] = read.missing
        elif (moment := moments(sure, some)) is not None:
            if moment.told:
                unsure[name] = moment.told
            if not moment.forms:
                continue
            dates[name] = moment.forms if len(moment.forms) > 1 else moment.forms[0]
            if moment.missing:
                missing[name] = moment.missing
        else:
            if pair := _paired(sure):
                unsure[name] = pair
            continue
        found |= {*values["value"].filter(values["value"].is_in(AMONG_NUMBERS))}
    return Spelling(("", *sorted(found)), how, dates, unsure, missing)


def _counted(column: pl.Series) -> pl.DataFrame:
    """Return the different texts of a column, without the white space around, the most frequent first."""
    import polars as pl

    texts = column.str.strip_chars().drop_nulls().alias("value").to_frame()
    counted = texts.group_by("value", maintain_order=True).agg(pl.len().cast(pl.Int64).alias("count"))
    return counted.sort("count", descending=True, maintain_order=True)


def _some(counts: pl.DataFrame) -> pl.DataFrame:
    """Return the most frequent values, and of the others some that are spread evenly over the rows."""
    import polars as pl

    if len(counts) <= MOST:
        return counts
    rest = counts.slice(MOST // 2)
    return pl.concat([counts.head(MOST // 2), rest.gather_every(-(-len(rest) // (MOST // 2)))])


def _paired(counts: pl.DataFrame) -> str:
    """Return what is said of a column whose cells hold two numbers each; empty for another."""
    import polars as pl

    if len(counts) <= PAIRS:
        return ""
    pairs = counts.filter(pl.col("value").str.contains(_PAIR))
    if int(pairs["count"].sum()) < LEAST * int(counts["count"].sum()):
        return ""
    return f"two numbers in each, such as {pairs['value'][0]}: give each a column of its own"


def untold(text: str) -> bool:
    """Return whether a text, in small letters, only says that nothing is known."""
    return text in _UNTOLD or text in map(str.lower, (*ALWAYS, *AMONG_NUMBERS))


def words(values: Iterable[str]) -> bool:
    """Return whether these are the words of a yes or no."""
    pairs = ({"yes", "no"}, {"y", "n"}, {"true", "false"}, {"t", "f"}, {"on", "off"}, {"ja", "nein"}, {"oui", "non"})
    return {value.lower() for value in values} in pairs
