"""Fairness across the groups of the sensitive attributes, by fairlearn's metrics.

A rate is trusted only where its own denominator is large enough: a group's selection rate and accuracy by its
rows, its true positive rate by its positives, its false positive rate by its negatives. So every gap is given
twice, among all groups that have the rate at all, and among those with `min_group` examples behind it. A gate
reads the second; the first shows what the gate did not look at.

With more than two classes each class is held against the rest, and a gap is that of the worst class.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from syllabus.examination import groups
from syllabus.examination.gaps import GAPS, Gap, Rate, widest

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from syllabus.examination.gaps import Rates
    from syllabus.examination.groups import Groups
    from syllabus.examination.predictions import Predictions


@dataclass(frozen=True)
class Attribute:
    """The groups of a sensitive attribute, or of two crossed, and the gaps between them.

    Args:
        name: the column, or both with ` × ` between.
        crossed: whether it is an intersection of two.
        groups: a row for each group and class asked about: its examples and each rate, with what is behind
            the rate, its 95 % bounds, and whether that is too little to be trusted.
        gaps: by name, among all groups.
        gaps_large: by name, among the groups with enough examples behind the rate.
    """

    name: str
    crossed: bool
    groups: list[dict[str, Any]]
    gaps: dict[str, Gap]
    gaps_large: dict[str, Gap]


def compute(
    predictions: Predictions, frame: pl.DataFrame, attributes: Sequence[str], *, min_group: int = 50
) -> list[Attribute]:
    """Audit every attribute, then every crossing of two.

    Raises:
        Unmet: an attribute is not in the frame, or cannot split it.
    """
    if len(predictions) == 0:
        return []
    splits = [groups.of(frame, name, len(predictions)) for name in attributes]
    crossings = [groups.cross(left, right) for left, right in combinations(splits, 2)]
    return [
        *(_audit(predictions, split, min_group, crossed=False) for split in splits),
        *(_audit(predictions, split, min_group, crossed=True) for split in crossings),
    ]


def worst(audited: Sequence[Attribute], name: str, *, crossed: bool = False) -> tuple[str, Gap] | None:
    """Return the attribute with the widest gap among large groups, and the gap; None where none has one."""
    found = [(one.name, one.gaps_large[name]) for one in audited if crossed or not one.crossed]
    return max((pair for pair in found if pair[1].value is not None), key=lambda pair: pair[1].width, default=None)


def _audit(predictions: Predictions, split: Groups, min_group: int, *, crossed: bool) -> Attribute:
    rows: list[dict[str, Any]] = []
    everywhere: dict[str, list[Gap]] = {name: [] for name in GAPS}
    trusted: dict[str, list[Gap]] = {name: [] for name in GAPS}
    for code in predictions.asked:
        asked = predictions.classes[code]
        hit, chosen = predictions.target == code, predictions.decided == code
        rates = _rates(hit, chosen, split)
        rows += [_row(split, i, asked, hit, rates, min_group) for i in range(len(split.names))]
        for name, gap in GAPS.items():
            everywhere[name].append(gap(rates, split.names, asked, 1))
            trusted[name].append(gap(rates, split.names, asked, min_group))
    return Attribute(
        split.column,
        crossed,
        rows,
        {name: widest(several) for name, several in everywhere.items()},
        {name: widest(several) for name, several in trusted.items()},
    )


def _rates(hit: NDArray[np.bool_], chosen: NDArray[np.bool_], split: Groups) -> Rates:
    from fairlearn import metrics as fair
    from sklearn.metrics import accuracy_score

    # Equal rows are counted first: fairlearn's time then depends on the groups, not on the rows.
    cells, weight = np.unique(split.codes * 4 + hit * 2 + chosen, return_counts=True)
    by_rate = {
        "selection_rate": fair.selection_rate,
        "true_positive_rate": fair.true_positive_rate,
        "false_positive_rate": fair.false_positive_rate,
        "accuracy": accuracy_score,
    }
    by_group = fair.MetricFrame(
        metrics=by_rate,
        y_true=cells // 2 % 2,
        y_pred=cells % 2,
        sensitive_features={"group": cells // 4},
        sample_params={name: {"sample_weight": weight} for name in by_rate},
    ).by_group
    positives = np.bincount(split.codes, hit, len(split.names)).astype(np.int64)
    behind = {"true_positive_rate": positives, "false_positive_rate": split.n - positives}
    rates = {}
    for name in by_rate:
        n = behind.get(name, split.n)
        # fairlearn calls the rate of a group without positives 0, which would be the widest gap there is.
        rates[name] = Rate(np.where(n > 0, by_group[name].to_numpy(dtype=np.float64), np.nan), n)
    return rates


def _row(split: Groups, at: int, asked: str, hit: NDArray[np.bool_], rates: Rates, min_group: int) -> dict[str, Any]:
    row: dict[str, Any] = {
        "group": split.names[at],
        "class": asked,
        "n": int(split.n[at]),
        "share": float(split.n[at] / split.n.sum()),
        "base_rate": float(hit[split.codes == at].mean()),
    }
    for name, rate in rates.items():
        n = int(rate.behind[at])
        value, low, high = (float(numbers[at]) if n else None for numbers in (rate.values, *rate.bounds))
        row[name] = {"value": value, "low": low, "high": high, "behind": n, "small": n < min_group}
    return row
