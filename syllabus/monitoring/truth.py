"""How well a model of series would have forecast new rows, whose values have come: a backtest on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from syllabus.errors import Unmet
from syllabus.examination import forecast
from syllabus.frames import ROW
from syllabus.monitoring import performance
from syllabus.series.moments import STEP

if TYPE_CHECKING:
    import polars as pl

    from syllabus.examination.forecasts import Forecasts
    from syllabus.monitoring.groups import Groups
    from syllabus.monitoring.performance import Deciding
    from syllabus.monitoring.tally import Tally
    from syllabus.serving.packages import Package

FEWEST = 12
"""Blocks of time, a horizon each, from which on a metric is judged: their intervals are made of blocks."""


@dataclass(frozen=True, eq=False)
class Truth:
    """Forecasts from every origin of new rows that has all that is looked back at, beside what came.

    Args:
        target: the column of the values.
        answers: what was forecast.
        groups: the slices whose columns are there.
        codes: for each, `(n,)` the group of each origin.
        rows: how many origins there are.
        truth: says that the rows are their own labels.
        tally, strange, unread, held, keys: nothing: what came is watched as a column, and joined to nothing.
    """

    target: str
    answers: Forecasts
    groups: Sequence[Groups]
    codes: Sequence[Any]
    rows: int
    truth: bool = True
    tally: Tally | None = None
    strange: Mapping[str, int] = field(default_factory=dict)
    unread: int = 0
    held: pl.DataFrame | None = None
    keys: tuple[str, ...] = ()

    @property
    def kept(self) -> int:
        """How many stand for them in metrics: all."""
        return self.rows

    def measured(self, deciding: Deciding, metric: str, fewest: int) -> dict[str, Any]:
        """Return what `performance.measure` says of them; no interval where too few blocks of time could tell."""
        answers = self.answers.within(deciding.intervals)
        found = performance.measure(answers, metric, self.groups, self.codes, fewest=fewest)
        if len(np.unique(self.answers.blocks)) < FEWEST:
            for one in (*found["metrics"].values(), *found["slices"]):
                one |= {"low": None, "high": None}
        return found


def of(package: Package, known: pl.DataFrame, groups: Sequence[Groups], most: int) -> Truth | None:
    """Return what the model forecasts of rows from within them; None where they are too few.

    Args:
        package: what forecasts.
        known: rows with `row` and `step`, one for each step of a series.
        groups: how rows are sliced.
        most: so many values are forecast at the most: of more origins every second, or third.
    """
    import polars as pl

    from syllabus.series import cutting

    learned = package.model.encoding
    first = int(known[STEP].min()) + learned.back  # type: ignore[arg-type]  # steps are numbers
    table, before = known.filter(pl.col(STEP) >= first), known.filter(pl.col(STEP) < first)
    if table.is_empty():
        return None
    stride = 1 + len(table) * learned.options.horizon // most
    each = replace(learned, options=learned.options.model_copy(update={"stride": stride}))
    try:
        examples = cutting.examples(table.lazy(), before.lazy(), each)
    except Unmet:
        return None
    answers = forecast.answered(package.model.answers(examples), examples)
    there = [one for one in groups if one.column in known.columns]
    rows = pl.DataFrame({ROW: examples.rows}).join(known, on=ROW, how="left", maintain_order="left")
    return Truth(learned.target, answers, there, [one.codes(rows[one.column]) for one in there], len(examples))
