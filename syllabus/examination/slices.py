"""The metrics on slices of a part: where the model does worse than on the whole.

A slice is judged by the primary metric. Its distance from the whole is held against its own bootstrap
interval, widened for the number of slices looked at (Bonferroni): among forty slices of a model that does
equally well everywhere, two would otherwise look bad by chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Literal

import numpy as np

from syllabus.examination import groups, intervals, metrics
from syllabus.examination.answers import examiner

if TYPE_CHECKING:
    import polars as pl

    from syllabus.examination.answers import Answers
    from syllabus.examination.groups import Groups

RESAMPLES = 200


@dataclass(frozen=True)
class Slice:
    """One slice of a part.

    Args:
        column: what splits the part.
        value: the value or range of that column, as text.
        n: its rows.
        share: of the part's rows.
        metrics: each metric's value; None where the slice lacks what it needs.
        gap: the primary metric against the whole's, negative where the slice does worse.
        low: the lower bound of the gap's 95 % interval, None for a slice too small to judge.
        high: the upper bound.
        verdict: worse or better than the whole beyond chance, like it, or too small to judge.
    """

    column: str
    value: str
    n: int
    share: float
    metrics: dict[str, float | None]
    gap: float | None
    low: float | None
    high: float | None
    verdict: Literal["worse", "better", "like the whole", "too small"]


def compute(
    answers: Answers,
    frame: pl.DataFrame,
    columns: Sequence[str],
    *,
    names: Sequence[str],
    primary: str,
    min_rows: int = 100,
    seed: int = 0,
) -> list[Slice]:
    """Return the slices of every column, the worst first and those too small to judge last.

    Raises:
        Unmet: a column is not in the frame, or cannot split it.
    """
    splits = [groups.of(frame, column, len(answers)) for column in columns]
    looked_at = sum(int((split.n >= min_rows).sum()) for split in splits)
    z = NormalDist().inv_cdf(1 - 0.025 / max(1, looked_at))
    whole = metrics.measure(answers, [primary])[primary].value
    wanted = list(dict.fromkeys([*names, primary]))
    found = [
        _slice(answers, split, code, wanted, primary, whole, min_rows, z, seed)
        for split in splits
        for code in range(len(split.names))
    ]
    return sorted(found, key=_order)


def _slice(
    answers: Answers,
    split: Groups,
    code: int,
    names: Sequence[str],
    primary: str,
    whole: float | None,
    min_rows: int,
    z: float,
    seed: int,
) -> Slice:
    part = answers.rows(split.codes == code)
    values = {
        name: float(value[0]) if np.isfinite(value[0]) else None
        for name, value in examiner(part.TASK).weighted(part, names, np.ones((1, len(part)))).items()
    }
    sign = 1 if metrics.get(primary).better == "higher" else -1
    value = values[primary]
    gap = None if value is None or whole is None else sign * (value - whole)
    described = split.column, split.names[code], len(part), len(part) / len(answers), values
    if gap is None or len(part) < min_rows:
        return Slice(*described, gap, None, None, "too small")
    drawn = intervals.deviations(part, [primary], resamples=RESAMPLES, seed=seed)[primary]
    known = drawn[np.isfinite(drawn)]
    if len(known) < 0.9 * len(drawn):
        return Slice(*described, gap, None, None, "too small")
    error = float(known.std())
    verdict: Literal["worse", "better", "like the whole"] = "like the whole"
    if abs(gap) > z * error:
        verdict = "worse" if gap < 0 else "better"
    return Slice(*described, gap, gap - 1.96 * error, gap + 1.96 * error, verdict)


def _order(one: Slice) -> tuple[bool, float, str, str]:
    return one.verdict == "too small", 0.0 if one.gap is None else one.gap, one.column, one.value
