"""Where a regression errs: intervals by the size of the prediction, the largest errors, and the rows of the plots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from syllabus.examination.calibration import wilson
from syllabus.frames import ROW

if TYPE_CHECKING:
    import polars as pl

    from syllabus.examination.answers import Table
    from syllabus.examination.values import Values

POINTS = 1000
"""A plot of single examples has at most so many."""
BINS = 10
FEWEST = 20
"""Examples in a bin at the least."""
LARGEST = 10


def findings(answers: Values, frame: pl.DataFrame | None = None) -> dict[str, Any]:
    """Return how errors are spread, the intervals by ranges of the prediction, and the largest errors."""
    intervals = answers.intervals
    return {
        "transform": answers.task.transform,
        "errors": _spread(answers) if len(answers) else None,
        "intervals": None
        if intervals is None
        else {"level": intervals.level, "rows": intervals.rows, "bins": coverage(answers)},
        "largest": largest(answers, frame),
    }


def coverage(answers: Values) -> list[dict[str, Any]]:
    """Return for ranges of the prediction how often the true value is held, and how wide intervals are."""
    if answers.intervals is None or not len(answers):
        return []
    order = np.argsort(answers.predicted, kind="stable")
    parts = np.array_split(order, max(1, min(BINS, len(order) // FEWEST)))
    n = np.array([len(part) for part in parts])
    low, high = answers.ends
    hits = np.array([answers.held[part].sum() for part in parts])
    least, most = wilson(hits, n)
    return [
        {
            "from": float(answers.predicted[part[0]]),
            "to": float(answers.predicted[part[-1]]),
            "predicted": float(answers.predicted[part].mean()),
            "coverage": float(hits[i] / n[i]),
            "low": float(least[i]),
            "high": float(most[i]),
            "width": float((high - low)[part].mean()),
            "mean_error": float(answers.errors[part].mean()),
            "n": int(n[i]),
        }
        for i, part in enumerate(parts)
    ]


def largest(answers: Values, frame: pl.DataFrame | None = None) -> list[dict[str, Any]]:
    """Return the examples with the largest errors, by their row in the source, or in the part where it is not known."""
    numbers = range(len(answers)) if frame is None or ROW not in frame.columns else frame[ROW]
    low, high = answers.ends
    order = np.argsort(-abs(answers.errors), kind="stable")[:LARGEST]
    return [
        {
            "row": int(numbers[int(i)]),
            "actual": float(answers.target[i]),
            "predicted": float(answers.predicted[i]),
            "error": float(answers.errors[i]),
            "low": float(low[i]),
            "high": float(high[i]),
        }
        for i in order
    ]


def plots(answers: Values) -> dict[str, Table]:
    """Return the rows of predicted against actual, of residuals, and of coverage."""
    # Evenly over the sorted predictions: few points show what all would, and the same ones every time.
    order = np.argsort(answers.predicted, kind="stable")
    chosen = order[np.unique(np.linspace(0, len(order) - 1, min(POINTS, len(order))).astype(np.int64))]
    actual, predicted, errors = (
        [float(f"{number:.6g}") for number in of[chosen]] for of in (answers.target, answers.predicted, answers.errors)
    )
    level = answers.intervals.level if answers.intervals else None
    bins = [
        {"predicted": row["predicted"], "coverage": round(row["coverage"], 6), "level": level, "width": row["width"]}
        for row in coverage(answers)
    ]
    return {
        "predicted": (
            [{"actual": a, "predicted": p} for a, p in zip(actual, predicted, strict=True)],
            ["actual", "predicted"],
        ),
        "residuals": (
            [{"predicted": p, "residual": -e} for p, e in zip(predicted, errors, strict=True)],
            ["predicted", "residual"],
        ),
        "coverage": (bins, ["predicted", "coverage", "level", "width"]),
    }


def _spread(answers: Values) -> dict[str, Any]:
    """Return the mean error, how often the prediction is too high, and quantiles of the error."""
    levels = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
    return {
        "mean": float(answers.errors.mean()),
        "too_high": float((answers.errors > 0).mean()),
        "quantiles": dict(zip(map(str, levels), np.quantile(answers.errors, levels).tolist(), strict=True)),
        "actual": {"least": float(answers.target.min()), "most": float(answers.target.max())},
    }
