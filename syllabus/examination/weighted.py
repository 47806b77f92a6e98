"""The classification metrics under many weightings of the same rows at once.

A resample of a part is that part with a weight for each row, how often the row was drawn. So one call
values a metric on hundreds of resamples: `weights` is `(b, n)`, the answer `(b,)`, NaN where a resample lacks
what the metric needs. With weights of one, every value equals the one in `classification.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from syllabus.examination import calibration, thresholds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from syllabus.examination.predictions import Predictions

    Floats = NDArray[np.float64]

_AREAS = ("roc_auc", "pr_auc")
_LOSSES = ("log_loss", "brier", "calibration_error")


def values(predictions: Predictions, names: Iterable[str], weights: Floats) -> dict[str, Floats]:
    """Return `(b,)` values of each metric, one for each row of `weights`, `(b, n)`."""
    wanted = list(names)
    found = {"cost": np.full(len(weights), np.nan)}
    with np.errstate(divide="ignore", invalid="ignore"):
        if set(wanted) - {*_AREAS, *_LOSSES}:
            confusions = _confusions(predictions, weights)
            found |= _decisions(confusions, predictions.positive)
            if predictions.costs is not None and predictions.positive is not None:
                yes, no = predictions.positive, 1 - predictions.positive
                wrong = confusions[:, no, yes], confusions[:, yes, no]
                found["cost"] = thresholds.cost(*wrong, weights.sum(axis=1), predictions.costs)
        if set(wanted) & set(_AREAS):
            found |= _areas(predictions, weights)
        total = weights.sum(axis=1)
        if "log_loss" in wanted:
            found["log_loss"] = (weights * row_log_loss(predictions)).sum(axis=1) / total
        if "brier" in wanted:
            found["brier"] = (weights * _row_brier(predictions)).sum(axis=1) / total
        if "calibration_error" in wanted:
            found["calibration_error"] = _calibration_error(predictions, weights) / total
    return {name: found[name] for name in wanted}


def row_log_loss(predictions: Predictions) -> Floats:
    """Return `(n,)`, each example's minus logarithm of the true class's probability, in nats."""
    eps = np.finfo(np.float64).eps
    given = predictions.probabilities[np.arange(len(predictions)), predictions.target]
    loss: Floats = -np.log(given.clip(eps, 1 - eps))
    return loss


def _row_brier(predictions: Predictions) -> Floats:
    truth = np.eye(len(predictions.classes))[predictions.target]
    squared: Floats = ((truth - predictions.probabilities) ** 2).sum(axis=1)
    return squared / 2 if len(predictions.classes) == 2 else squared


def _grouped(weights: Floats, labels: NDArray[np.int64], groups: int) -> Floats:
    """Sum the weights, `(b, n)`, by the label of their column: `(b, groups)`."""
    order = np.argsort(labels, kind="stable")
    found, starts = np.unique(labels[order], return_index=True)
    sums = np.zeros((len(weights), groups))
    sums[:, found] = np.add.reduceat(weights[:, order], starts, axis=1)
    return sums


def _confusions(predictions: Predictions, weights: Floats) -> Floats:
    k = len(predictions.classes)
    cells = predictions.target * k + predictions.decided
    return _grouped(weights, cells, k * k).reshape(-1, k, k)


def _decisions(table: Floats, positive: int | None) -> dict[str, Floats]:
    right = np.einsum("bii->bi", table)
    true, decided = table.sum(axis=2), table.sum(axis=1)
    present = true > 0
    recall, precision, f1 = right / true, right / decided, 2 * right / (true + decided)
    several = np.where(present.sum(axis=1) > 1, 1.0, np.nan)
    found = {
        "accuracy": right.sum(axis=1) / table.sum(axis=(1, 2)),
        "balanced_accuracy": _mean(recall, present) * several,
    }
    if positive is not None:
        by_class = {"precision": precision, "recall": recall, "f1": f1}
        return found | {name: value[:, positive] for name, value in by_class.items()}
    precision = np.where(decided > 0, precision, 0.0)
    return found | {
        "precision": _mean(precision, present),
        "recall": _mean(recall, present),
        "f1": _mean(f1, present),
    }


def _areas(predictions: Predictions, weights: Floats) -> dict[str, Floats]:
    """Value both areas for every class that is asked about, and average over those that a resample has."""
    areas = {name: np.full((len(weights), len(predictions.asked)), np.nan) for name in _AREAS}
    for column, code in enumerate(predictions.asked):
        score = predictions.probabilities[:, code]
        order = np.argsort(-score, kind="stable")
        drawn = weights[:, order]
        positives = np.where((predictions.target == code)[order], drawn, 0.0)
        starts = np.flatnonzero(np.r_[True, np.diff(score[order]) != 0])
        if len(starts) < len(score):  # what has the same score is passed in one step
            drawn = np.add.reduceat(drawn, starts, axis=1)
            positives = np.add.reduceat(positives, starts, axis=1)
        above, passed = positives.cumsum(axis=1), drawn.cumsum(axis=1)
        total, negatives = above[:, -1], passed[:, -1] - above[:, -1]
        area = ((drawn - positives) * (above - positives / 2)).sum(axis=1)
        areas["roc_auc"][:, column] = area / (total * negatives)
        step = np.divide(above, passed, out=np.zeros_like(above), where=passed > 0)
        precision = (positives * step).sum(axis=1) / total
        areas["pr_auc"][:, column] = np.where(negatives > 0, precision, np.nan)
    return {name: _mean(area, np.isfinite(area)) for name, area in areas.items()}


def _calibration_error(predictions: Predictions, weights: Floats) -> Floats:
    probability, came_true = calibration.claims(predictions)
    bins = calibration.binned(probability)
    excess: Floats = _grouped(weights * (came_true - probability), bins, calibration.BINS)
    error: Floats = abs(excess).sum(axis=1)
    return error


def _mean(values: Floats, chosen: NDArray[np.bool_]) -> Floats:
    """Average the chosen columns of each row; NaN where none is chosen."""
    mean: Floats = np.where(chosen, values, 0.0).sum(axis=1) / chosen.sum(axis=1)
    return mean
