"""The examiner of regressions: the values of its metrics under any weights, its baseline, and what else it shows.

Metrics are on the target's own scale, whatever scale was learned. `r2` is the share of the target's variance that is
explained, `mape` the mean error as a share of the true value, and `pinball` the mean loss of the interval's lower end,
the prediction and the interval's upper end, taken as quantiles (Koenker and Bassett 1978).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from syllabus import conformal
from syllabus.examination import group_errors, metrics, residuals
from syllabus.examination.values import Values

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from syllabus.examination.metrics import Metric
    from syllabus.examples import Examples
    from syllabus.models import Model
    from syllabus.settings import Examination, Threshold

    Floats = NDArray[np.float64]

audit = group_errors.compute
findings = residuals.findings
plots = residuals.plots


def answered(given: NDArray[Any], examples: Examples, threshold: float | Threshold = 0.5) -> Values:
    """Return values `(n,)` beside the truth, both on the target's own scale."""
    task = examples.task
    return Values.of(task.original(examples.labels), np.asarray(given, dtype=np.float64), task)


def finished(answers: Callable[[str], Values], asked: Examination, seed: int) -> tuple[Values, Values]:
    """Return the answers on validation, and on test with intervals, learned from those on train and validation."""
    train, validation = answers("train"), answers("validation")
    pairs = [(part.target, part.predicted) for part in (train, validation)]
    return validation, answers("test").within(conformal.fit(pairs[0], pairs[1], train.task, asked.interval))


def learned(answers: Values) -> dict[str, Any]:
    """Return how prediction intervals are made."""
    return {} if answers.intervals is None else {"intervals": asdict(answers.intervals)}


def prior(train: Examples) -> tuple[float, ...]:
    """Return mean and variance of train's target, on the scale that is learned."""
    return float(train.labels.mean()), float(train.labels.var()) or 1.0


def baseline(held: Mapping[str, Examples], asked: Examination) -> dict[str, float | None]:
    """Return the metrics on test of always answering with train's mean or its median, whichever does better."""
    truth = held["train"].task.original(held["train"].labels)
    found: dict[str, float | None] = {}
    for constant in (np.mean(truth), np.median(truth)):

        def answers(part: str, constant: float = float(constant)) -> Values:
            return answered(np.full(len(held[part]), constant), held[part])

        for name, one in metrics.measure(finished(answers, asked, seed=0)[1]).items():
            before = found.get(name)
            if one.value is not None and (before is None or metrics.get(name).improves(one.value, before)):
                found[name] = one.value
            found.setdefault(name, None)
    return found


def shown(model: Model, parts: Path, asked: Examination, *, seed: int) -> dict[str, Any]:
    """Return nothing: all that a model says of a row is a value."""
    return {}


def value(name: str, answers: Values) -> float:
    """Return a metric's value."""
    return float(METRICS[name](answers, np.ones((1, len(answers))))[0])


def lacks(metric: Metric, answers: Values) -> str | None:
    """Return what a part lacks for the metric to have a value, None where it lacks nothing."""
    if metric.judges == "intervals" and answers.intervals is None:
        return "there are no prediction intervals here"
    if metric.needs == "two values" and not np.ptp(answers.target):
        return f"every true value is {answers.target[0]:g}"
    noughts = int((answers.target == 0).sum())
    if metric.needs == "no nought" and noughts:
        return f"the true value is 0 in {noughts} of {len(answers)} examples"
    return None


def weighted(answers: Values, names: Iterable[str], weights: Floats) -> dict[str, Floats]:
    """Return `(b,)` values of each metric, one for each row of `weights`, `(b, n)`; NaN where there is none."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        found = {name: METRICS[name](answers, weights) for name in names}
    return {name: np.where(np.isfinite(values), values, np.nan) for name, values in found.items()}


def _mean(of: Floats, weights: Floats) -> Floats:
    mean: Floats = (weights * of).sum(axis=1) / weights.sum(axis=1)
    return mean


def _mae(answers: Values, weights: Floats) -> Floats:
    return _mean(abs(answers.errors), weights)


def _rmse(answers: Values, weights: Floats) -> Floats:
    root: Floats = np.sqrt(_mean(answers.errors**2, weights))
    return root


def _r2(answers: Values, weights: Floats) -> Floats:
    # Less a constant, or the squares of a large target with a small spread would cancel each other out.
    centred = answers.target - answers.target.mean()
    variance = _mean(centred**2, weights) - _mean(centred, weights) ** 2
    return 1 - _mean(answers.errors**2, weights) / variance


def _median_absolute_error(answers: Values, weights: Floats) -> Floats:
    errors = abs(answers.errors)
    order = np.argsort(errors, kind="stable")
    passed = weights[:, order].cumsum(axis=1)
    half = passed[:, -1:] / 2
    # Where just half of the rows are passed, the median lies between two of them.
    lower, upper = (passed < half).sum(axis=1), (passed <= half).sum(axis=1)
    median: Floats = (errors[order[lower]] + errors[order[np.minimum(upper, len(errors) - 1)]]) / 2
    return median


def _mape(answers: Values, weights: Floats) -> Floats:
    return _mean(abs(answers.errors / answers.target), weights)


def _pinball(answers: Values, weights: Floats) -> Floats:
    level = answers.intervals.level if answers.intervals else np.nan
    low, high = answers.ends
    losses = [
        np.maximum(quantile * (answers.target - at), (quantile - 1) * (answers.target - at))
        for quantile, at in (((1 - level) / 2, low), (0.5, answers.predicted), ((1 + level) / 2, high))
    ]
    return _mean(np.mean(losses, axis=0), weights)


def _coverage(answers: Values, weights: Floats) -> Floats:
    held = answers.held.astype(np.float64)
    return _mean(held if answers.intervals else np.full_like(held, np.nan), weights)


def _interval_width(answers: Values, weights: Floats) -> Floats:
    low, high = answers.ends
    return _mean(high - low, weights)


METRICS: Mapping[str, Callable[[Values, Floats], Floats]] = {
    "mae": _mae,
    "rmse": _rmse,
    "r2": _r2,
    "median_absolute_error": _median_absolute_error,
    "mape": _mape,
    "pinball": _pinball,
    "coverage": _coverage,
    "interval_width": _interval_width,
}
