"""Decisions made fair across groups: a threshold for each, and what that costs on test.

Every group gets the rate that the threshold of all gives all together (Hardt, Price and Srebro 2016): of its rows, or
of its positives, the same share is decided positive. No decision is left to chance, as it is in fairlearn's
`ThresholdOptimizer`, which may toss a coin between two thresholds: nobody could be told why they were turned down.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from syllabus.errors import Unmet, nearest
from syllabus.examination import fairness, metrics
from syllabus.examination.answers import Some
from syllabus.examination.groups import MISSING

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from syllabus.examination.predictions import Predictions
    from syllabus.examination.thresholds import Choice
    from syllabus.settings import Mitigation

MOST = 30
"""The most groups that can have a threshold of their own."""


def told(answers: Some, frame: pl.DataFrame, across: str) -> Some:
    """Return the answers with the group of each example.

    Raises:
        Unmet: the column is not there, or has more than `MOST` values.
    """
    import polars as pl

    if across not in frame.columns:
        raise Unmet(
            f"examination.mitigation.across names {across}, which is not a column; {nearest(across, frame.columns)}"
        )
    names = frame[across].cast(pl.String).fill_null(MISSING)
    if names.n_unique() > MOST:
        raise Unmet(
            f"examination.mitigation.across: {across} has {names.n_unique()} values, and at most {MOST} groups can "
            "have a threshold of their own: name a column of groups, such as ranges of an age"
        )
    known: Any = answers
    return cast(Some, replace(known, groups=names.to_numpy().astype(np.str_)))


def of(validation: Predictions, choice: Choice, asked: Mitigation, smallest: int) -> Choice:
    """Return the choice with a threshold for each group that has at least `smallest` examples to learn it from.

    Args:
        validation: decided by the threshold of all.
        choice: that threshold.
        asked: across which column, and what is to be equal.
        smallest: a group with fewer rows, or fewer positives where their share is to be equal, keeps that of all.
    """
    assert validation.positive is not None
    assert validation.groups is not None
    counts = validation.target == validation.positive
    if asked.measure == "demographic_parity_difference":
        counts = np.ones(len(validation), dtype=bool)
    given = validation.probabilities[:, validation.positive]
    rate = float((given[counts] >= choice.threshold).mean()) if counts.any() else 0.0
    own = {}
    for name in np.unique(validation.groups):
        scores = given[counts & (validation.groups == name)]
        if len(scores) >= smallest:
            own[str(name)] = _reaching(scores, rate)
    return replace(choice, groups=own, across=asked.across)


def _reaching(scores: NDArray[np.float64], rate: float) -> float:
    """Return the threshold at which a share of the scores as close to `rate` as can be is at or above it.

    >>> _reaching(np.array([0.1, 0.2, 0.4, 0.8]), 0.5)
    0.3
    """
    distinct, rows = np.unique(scores, return_counts=True)
    between = np.r_[distinct[0] / 2, (distinct[:-1] + distinct[1:]) / 2, (1 + distinct[-1]) / 2]
    shares = np.r_[rows[::-1].cumsum()[::-1], 0] / len(scores)
    return float(round(between[int(np.argmin(np.abs(shares - rate)))], 12))


def report(answers: Predictions, frame: pl.DataFrame | None) -> dict[str, Any] | None:
    """Return what each group's own threshold changed on these examples; None where there are none.

    Returns:
        `across`; `thresholds`, the common one and each group's; `metrics` and `gaps`, each with its value `before`, by
        the common threshold, and `after`.
    """
    if answers.choice is None or not answers.choice.groups or frame is None or not len(answers):
        return None
    across = str(answers.choice.across)
    common = replace(answers, choice=replace(answers.choice, groups={}))
    both = {"before": common, "after": answers}
    of_decisions = [name for name in metrics.reported(answers) if metrics.get(name).judges == "decisions"]
    measured = {when: metrics.measure(one, of_decisions) for when, one in both.items()}
    audited = {when: fairness.compute(one, frame, [across], min_group=1)[0] for when, one in both.items()}
    return {
        "across": across,
        "thresholds": {"common": answers.choice.threshold, "groups": dict(answers.choice.groups)},
        "metrics": {name: {when: measured[when][name].value for when in both} for name in of_decisions},
        "gaps": {name: {when: audited[when].gaps[name].value for when in both} for name in audited["after"].gaps},
    }
