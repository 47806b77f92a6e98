"""What is expected of texts, keys and times: lengths, a form, uniqueness, a span."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import timedelta

import polars as pl

from syllabus.drafting import slack
from syllabus.drafting.expectations import Expectation, expectation, figure, percent, share_down
from syllabus.drafting.patterns import pattern
from syllabus.drafting.profile import Values, numbers

_SPAN = timedelta(days=366)
_FEWEST_ROWS = 50
_TOO_LONG = 10_000


def draft(table: pl.LazyFrame, values: Values) -> Iterator[Expectation]:
    """Yield the expectations of a column of texts: a form where all have one, else how long they are."""
    if not values.present:
        return
    found = pattern(table, values.name) if values.present >= _FEWEST_ROWS else None
    if found:
        regex, meaning, share = found
        other = min(1.0, slack.most(1 - share, values.present, tolerated=0.005))
        yield expectation(
            "column_values_to_match_regex",
            "warning",
            f"Seen: {percent(share)} of the values have {meaning}. What has not is mistyped, reformatted or "
            "misplaced, and goes to quarantine.",
            column=values.name,
            regex=regex,
            mostly=share_down(1 - other),
        )
        return
    lengths = numbers(table, pl.col(values.name).str.len_chars().cast(pl.Int64))
    least, median, largest = lengths.at(0), lengths.at(0.5), lengths.at(1)
    low = max(least - math.ceil((median - least) / 2), 1 if least else 0)
    high = largest + math.ceil((largest - median) / 2) + 1
    beyond = slack.stray(values.present)
    yield expectation(
        "column_value_lengths_to_be_between",
        "warning",
        f"Seen: {figure(least)} to {figure(largest)} characters, median {figure(median)}. Other lengths mean a column "
        "that was cut, joined or swapped.",
        column=values.name,
        min_value=low,
        max_value=high,
        mostly=share_down(1 - beyond),
    )


def key(values: Values, unique: bool) -> Iterator[Expectation]:
    """Yield what is expected of a key whose values are all different."""
    if not unique or values.present < 2:
        return
    # One pair alike among the other half of the rows is no broken batch: it is set aside and read.
    repeated = min(1.0, 2 * slack.unseen(0, values.present) + 0.005)
    yield expectation(
        "column_values_to_be_unique",
        "critical",
        f"Seen: {figure(values.present)} values, all different. A key that repeats means rows delivered twice, and "
        "the same example in train and in test.",
        column=values.name,
        mostly=share_down(1 - repeated),
    )


def times(table: pl.LazyFrame, values: Values) -> Iterator[Expectation]:
    """Yield the span of a column of dates or times: what was seen, and as much again on both sides, a year at least."""
    column = pl.col(values.name)
    first, last = table.select(column.min().alias("first"), column.max().alias("last")).collect().row(0)
    if first is None:
        return
    try:
        room = max(last - first, _SPAN)
        low, high = first - room, last + room
    except OverflowError:  # the calendar ends with the year 9999
        return
    beyond = slack.stray(values.present)
    yield expectation(
        "column_values_to_be_between",
        "warning",
        f"Seen: {first} to {last}. As much again may come before and after, a year at least: beyond lie typing errors "
        "and placeholders.",
        column=values.name,
        min_value=low.isoformat(),
        max_value=high.isoformat(),
        mostly=share_down(1 - beyond),
    )
