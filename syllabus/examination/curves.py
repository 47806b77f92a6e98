"""The rows behind the plots: ROC, precision-recall, calibration and confusion, as CSV files.

A plotting program gets at most `POINTS` points of a curve. They are spread along its length, so that a steep
rise keeps as many as a long flat stretch, and both ends stay.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from syllabus import frames
from syllabus.examination import calibration
from syllabus.examination.answers import examiner

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from syllabus.examination.answers import Answers, Table
    from syllabus.examination.predictions import Predictions
    from syllabus.examination.thresholds import Choice

POINTS = 500
BY_CLASS = 100
"""Points of each class's curve where there are more classes than two."""
CONFUSED = 10_000
"""Rows of the confusion plot at the most."""


def roc(predictions: Predictions) -> list[dict[str, Any]]:
    """Return rows of `false_positive_rate`, `true_positive_rate` and `threshold`.

    With more classes than two it is the mean of their curves, each class against the rest, and there is no
    threshold; no rows where every example is of one class.
    """
    curves = [_roc(predictions, code) for code in _askable(predictions)]
    if not curves:
        return []
    if predictions.positive is not None:
        x, y, threshold = _thinned(POINTS, *curves[0])
        return _rows(false_positive_rate=x, true_positive_rate=y, threshold=threshold)
    grid = np.linspace(0, 1, POINTS)
    mean = np.mean([np.interp(grid, x, y) for x, y, _ in curves], axis=0)
    mean[0] = 0.0
    return _rows(false_positive_rate=grid, true_positive_rate=mean)


def precision_recall(predictions: Predictions) -> list[dict[str, Any]]:
    """Return rows of `recall`, `precision` and `threshold`; several classes are averaged as in `roc`."""
    curves = [_precision_recall(predictions, code) for code in _askable(predictions)]
    if not curves:
        return []
    if predictions.positive is not None:
        x, y, threshold = _thinned(POINTS, *curves[0])
        return _rows(recall=x, precision=y, threshold=threshold)
    grid = np.linspace(0, 1, POINTS)
    return _rows(recall=grid, precision=np.mean([np.interp(grid, x, y) for x, y, _ in curves], axis=0))


def by_class(predictions: Predictions) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the ROC and the precision-recall rows of each class against the rest, with its name in `class`."""
    rocs, recalls = [], []
    for code in _askable(predictions):
        name = {"class": predictions.classes[code]}
        x, y, _ = _thinned(BY_CLASS, *_roc(predictions, code))
        rocs += [name | row for row in _rows(false_positive_rate=x, true_positive_rate=y)]
        x, y, _ = _thinned(BY_CLASS, *_precision_recall(predictions, code))
        recalls += [name | row for row in _rows(recall=x, precision=y)]
    return rocs, recalls


def reliability(predictions: Predictions) -> list[dict[str, Any]]:
    """Return the calibration bins, each with where a calibrated model would stand in `ideal`."""
    rows = calibration.reliability(predictions) if len(predictions) else []
    return [row | {"ideal": row["predicted"]} for row in rows]


def confusion(predictions: Predictions) -> list[dict[str, Any]]:
    """Return a row for each example, its class in `actual` and `predicted`.

    DVC's confusion template counts rows and reads no counts. A part of more than `CONFUSED` examples is scaled
    down to about that many rows, so that the plot shows shares of it; the exact counts are in the report.
    """
    table = predictions.confusion
    if len(predictions) > CONFUSED:
        # A pair that occurs at all keeps a row, or rare confusions would vanish.
        table = np.where(table > 0, np.maximum(1, np.round(table * (CONFUSED / len(predictions)))), 0).astype(int)
    return [
        {"actual": predictions.classes[i], "predicted": predictions.classes[j]}
        for i, j in zip(*np.nonzero(table), strict=True)
        for _ in range(table[i, j])
    ]


def threshold(choice: Choice) -> list[dict[str, Any]]:
    """Return what each threshold would give on the rows that it was chosen on, from the highest down."""
    shown = [name for name in ("threshold", "precision", "recall", "cost") if name in choice.curve]
    axes = [np.nan_to_num(choice.curve[name], nan=1.0)[1:] for name in shown]  # no precision where nobody is decided
    return _rows(**dict(zip(shown, _thinned(POINTS, *axes), strict=True)))


def plots(predictions: Predictions) -> dict[str, Table]:
    """Return the rows of every plot; a plot that this part cannot have is a bare header."""
    found: dict[str, Table] = {
        "roc": (roc(predictions), ["false_positive_rate", "true_positive_rate"]),
        "precision_recall": (precision_recall(predictions), ["recall", "precision"]),
        "calibration": (reliability(predictions), ["predicted", "observed", "ideal"]),
        "confusion": (confusion(predictions), ["actual", "predicted"]),
    }
    if predictions.choice is not None:
        found["threshold"] = (threshold(predictions.choice), ["threshold", "precision", "recall"])
    if predictions.positive is None:
        rocs, recalls = by_class(predictions)
        found["roc_by_class"] = (rocs, ["class", "false_positive_rate", "true_positive_rate"])
        found["precision_recall_by_class"] = (recalls, ["class", "recall", "precision"])
    return found


def write(answers: Answers, folder: Path) -> list[Path]:
    """Write every plot's rows, of whatever task, as `<folder>/<name>.csv`."""
    written = []
    for name, (rows, header) in examiner(answers.TASK).plots(answers).items():
        text = io.StringIO()
        table = csv.DictWriter(text, list(rows[0]) if rows else header, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
        written.append(folder / f"{name}.csv")
        frames.write_text(text.getvalue(), written[-1])
    return written


def _askable(predictions: Predictions) -> list[int]:
    """Return the classes that are asked about, are present, and are not alone."""
    several = len(predictions.present) > 1
    return [code for code in predictions.asked if several and code in predictions.present]


def _roc(predictions: Predictions, code: int) -> Sequence[NDArray[Any]]:
    from sklearn.metrics import roc_curve

    x, y, threshold = roc_curve(predictions.target == code, predictions.probabilities[:, code])
    return x, y, np.minimum(threshold, 1.0)  # the first point stands for "above every probability"


def _precision_recall(predictions: Predictions, code: int) -> Sequence[NDArray[Any]]:
    from sklearn.metrics import precision_recall_curve

    y, x, threshold = precision_recall_curve(
        predictions.target == code, predictions.probabilities[:, code], drop_intermediate=True
    )
    return x[::-1], y[::-1], np.r_[threshold, 1.0][::-1]


def _thinned(most: int, *axes: NDArray[Any]) -> list[NDArray[Any]]:
    """Keep at most so many points, evenly along the curve of the first two axes."""
    if len(axes[0]) <= most:
        return list(axes)
    travelled = np.r_[0.0, np.cumsum(abs(np.diff(axes[0])) + abs(np.diff(axes[1])))]
    wanted = np.linspace(0, travelled[-1], most)
    kept = np.unique(np.r_[0, np.searchsorted(travelled, wanted[:-1]), len(travelled) - 1])
    return [axis[kept] for axis in axes]


def _rows(**columns: NDArray[Any]) -> list[dict[str, Any]]:
    numbers = {name: np.round(values, 6).tolist() for name, values in columns.items()}
    return [dict(zip(numbers, row, strict=True)) for row in zip(*numbers.values(), strict=True)]
