"""Which of two columns is never the smaller one: a start and an end, a minimum and a maximum."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from syllabus.drafting import slack
from syllabus.drafting.expectations import Expectation, expectation, figure, percent, share_down

MOST = 10
"""The most pairs that are drafted, those first that chance would break most."""

_FEWEST_ROWS = 200
_SAMPLE = 5_000
_FIRST = 100
_BY_CHANCE = 0.05


def draft(table: pl.LazyFrame, kinds: Mapping[str, Sequence[str]], rows: int) -> Iterator[Expectation]:
    """Yield the order of pairs of columns that holds in every row.

    Many pairs are ordered because one column is small and the other large, and their ranges say that already. An
    order is drafted where pairing the values of different rows would break it in one row of twenty or more.

    Args:
        table: the rows.
        kinds: columns that can be compared with each other, by kind.
        rows: how many rows there are.
    """
    if rows < _FEWEST_ROWS:
        return
    found: dict[tuple[str, str], float] = {}
    for names in kinds.values():
        if len(names) > 1:
            found |= _candidates(_sample(table, names, rows), names)
    first = sorted(found, key=lambda pair: (-found[pair], pair))[: 4 * MOST]
    kept = [
        pair for pair in first if not any((pair[0], via) in first and (via, pair[1]) in first for via in _all(first))
    ]
    for smaller, larger, compared in _confirmed(table, kept)[:MOST]:
        yield expectation(
            "column_pair_values_a_to_be_greater_than_b",
            "warning",
            f"Holds in all {figure(compared)} rows that have both; {percent(found[smaller, larger])} would break it "
            "if values were paired by chance. A row that breaks it has a typing error, or its columns are swapped.",
            column_A=larger,
            column_B=smaller,
            or_equal=True,
            ignore_row_if="either_value_is_missing",
            mostly=share_down(1 - slack.stray(compared)),
        )


def _all(pairs: Sequence[tuple[str, str]]) -> list[str]:
    return list(dict.fromkeys(name for pair in pairs for name in pair))


def _sample(table: pl.LazyFrame, names: Sequence[str], rows: int) -> NDArray[np.float64]:
    """Return about `_SAMPLE` rows from all over the table as numbers, missing values as NaN: (n, columns)."""
    drawn = table.select(pl.col(list(names)).to_physical().cast(pl.Float64)).gather_every(max(1, rows // _SAMPLE))
    return drawn.collect().to_numpy()


def _candidates(sample: NDArray[np.float64], names: Sequence[str]) -> dict[tuple[str, str], float]:
    """Return the pairs that hold in the sample, with the share of rows in which chance would break them."""
    found: dict[tuple[str, str], float] = {}
    first = sample[:: max(1, len(sample) // _FIRST)]
    shuffled = sample[np.random.default_rng(0).permutation(len(sample))]
    for index, smaller in enumerate(names):
        # Of thousands of columns, eight rows rule most of the others out, and some more nearly all.
        left = np.flatnonzero(~(first[:8, [index]] > first[:8]).any(axis=0))
        left = left[~(first[:, [index]] > first[:, left]).any(axis=0)]
        value, others = sample[:, [index]], sample[:, left]
        broken, held = (value > others).any(axis=0), (value < others).any(axis=0)
        both = (~np.isnan(value) & ~np.isnan(others)).sum(axis=0)
        for other in left[~broken & held & (both >= min(_FEWEST_ROWS, len(sample)))]:
            compared = ~np.isnan(value[:, 0]) & ~np.isnan(shuffled[:, other])
            by_chance = float((value[compared, 0] > shuffled[compared, other]).mean()) if compared.any() else 0.0
            if by_chance >= _BY_CHANCE:
                found[smaller, names[int(other)]] = by_chance
    return found


def _confirmed(table: pl.LazyFrame, pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str, int]]:
    """Return the pairs that hold in every row of the table, each with how many rows have both values."""
    if not pairs:
        return []
    counted = table.select(
        expression
        for place, (smaller, larger) in enumerate(pairs)
        for expression in (
            (pl.col(smaller) <= pl.col(larger)).count().alias(f"{place} both"),
            (pl.col(smaller) > pl.col(larger)).sum().alias(f"{place} broken"),
        )
    )
    row = counted.collect(engine="streaming").row(0)
    return [
        (smaller, larger, int(both))
        for (smaller, larger), both, broken in zip(pairs, row[::2], row[1::2], strict=True)
        if not broken and both >= _FEWEST_ROWS
    ]
