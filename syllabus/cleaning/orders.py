"""Dates and years that come in the wrong order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from syllabus.cleaning.inference import totals
from syllabus.cleaning.outliers import FEWEST, SHOWN, TAIL, plain
from syllabus.frames import ROW

if TYPE_CHECKING:
    import polars as pl

_YEARS = (1500.0, 2100.0)
_SAMPLE = 20_000


def flags(table: pl.LazyFrame, sample: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield the pairs of dates, or of years, whose order holds in nearly every row, with the rows that break it.

    A pair is looked at where pairing the values of different rows would break its order in one row of twenty or more:
    else their ranges say it already.
    """
    import polars as pl

    schema = table.collect_schema()
    drawn = sample.gather_every(max(1, len(sample) // _SAMPLE))
    dates = [name for name in drawn.columns if schema[name] == pl.Date or isinstance(schema[name], pl.Datetime)]
    years = [name for name in drawn.columns if not schema[name].is_temporal() and _of_years(drawn[name].to_numpy())]
    for names in (dates, years):
        pairs = list(_ordered(drawn.select(names).to_numpy(), names))
        numbers = {name: plain(name, schema[name]) for pair in pairs for name in pair}
        broken = {(first, last): numbers[first] > numbers[last] for first, last in pairs}
        for (first, last), rows in totals(table, {pair: where.sum() for pair, where in broken.items()}).items():
            if rows:
                found = table.filter(broken[first, last]).select(ROW, first, last).head(SHOWN).collect()
                examples = [{"rows": [row], "value": f"{a} is after {b}"} for row, a, b in found.iter_rows()]
                yield {
                    "kind": "orders",
                    "column": first,
                    "other": last,
                    "rows": rows,
                    "examples": examples,
                    "line": None,
                }


def _ordered(values: NDArray[np.float64], names: list[str]) -> Iterator[tuple[str, str]]:
    shuffled = values[np.random.default_rng(0).permutation(len(values))]
    for one, first in enumerate(names):
        for two, last in enumerate(names):
            both = ~np.isnan(values[:, one]) & ~np.isnan(values[:, two])
            if one != two and both.sum() >= FEWEST:
                broken = (values[both, one] > values[both, two]).mean()
                compared = ~np.isnan(values[:, one]) & ~np.isnan(shuffled[:, two])
                if broken <= 0.02 and (values[compared, one] > shuffled[compared, two]).mean() >= max(0.05, 5 * broken):
                    yield first, last


def _of_years(values: NDArray[np.float64]) -> bool:
    known = values[np.isfinite(values)]
    if len(known) < FEWEST or (known != np.floor(known)).any():
        return False
    low, high = np.quantile(known, [TAIL, 1 - TAIL])
    return bool(_YEARS[0] <= low < high <= _YEARS[1])
