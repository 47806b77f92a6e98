"""The examiner of forecasts: its metrics under any weights, its baseline, and what else it shows.

All values that were forecast count alike. `mase` is the mean absolute error in units of what the seasonal naive
forecast errs on train, series by series (Hyndman and Koehler 2006): below 1 is better than that. `relative_mase`
divides it by that of the seasonal naive forecast of the same steps, which may be hard for everybody. `quantile_loss` is
the mean pinball loss of the model's own quantiles, `pinball` that of the interval's ends and the median, as in
regressions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from syllabus.examination import bands, leads, metrics
from syllabus.examination.forecasts import Forecasts, around_naive, spread

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl
    from numpy.typing import NDArray

    from syllabus.examination.fairness import Attribute
    from syllabus.examination.metrics import Metric
    from syllabus.examples import Examples
    from syllabus.models import Model
    from syllabus.settings import Examination, Threshold

    Floats = NDArray[np.float64]

findings = leads.findings
plots = leads.plots


def answered(given: NDArray[Any], examples: Examples, threshold: float | Threshold = 0.5) -> Forecasts:
    """Return quantiles `(n, h, q)`, on the target's own scale, beside the truth."""
    return Forecasts.of(given, examples)


def finished(answers: Callable[[str], Forecasts], asked: Examination, seed: int) -> tuple[Forecasts, Forecasts]:
    """Return the answers on validation, and on test with intervals, learned from those on validation."""
    validation = answers("validation")
    return validation, answers("test").within(bands.fit(validation, asked.interval))


def learned(answers: Forecasts) -> dict[str, Any]:
    """Return how prediction intervals are made."""
    return {} if answers.bands is None else {"intervals": asdict(answers.bands)}


def prior(train: Examples) -> tuple[float, ...]:
    """Return how far quantiles lie from the seasonal naive forecast on train, for each step ahead."""
    unit = train.arrays["scale"][:, 1]
    apart = spread(train.labels, train.arrays["naive"], unit, train.task.quantiles)
    return tuple(apart.ravel().tolist())


def baseline(held: Mapping[str, Examples], asked: Examination) -> dict[str, float | None]:
    """Return the metrics on test of the seasonal naive forecast, its quantiles those of its errors on train."""
    apart = prior(held["train"])

    def answers(part: str) -> Forecasts:
        few = held[part]
        given = around_naive(few.arrays["naive"], few.arrays["scale"][:, 1], apart)
        return answered(few.task.original(given), few)

    return {name: one.value for name, one in metrics.measure(finished(answers, asked, seed=0)[1]).items()}


def shown(model: Model, parts: Path, asked: Examination, *, seed: int) -> dict[str, Any]:
    """Return nothing: all that a model says of a series is its forecasts."""
    return {}


def value(name: str, answers: Forecasts) -> float:
    """Return a metric's value."""
    return float(METRICS[name](answers, np.ones((1, len(answers))))[0])


def lacks(metric: Metric, answers: Forecasts) -> str | None:
    """Return what a part lacks for the metric to have a value, None where it lacks nothing."""
    if metric.judges == "intervals" and answers.bands is None:
        return "there are no prediction intervals here"
    if metric.needs == "a naive error" and np.isnan(answers.naive_error).all():
        return "no series here varies over a season of train"
    return None


def weighted(answers: Forecasts, names: Iterable[str], weights: Floats) -> dict[str, Floats]:
    """Return `(b,)` values of each metric, one for each row of `weights`, `(b, n)`; NaN where there is none."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        found = {name: METRICS[name](answers, weights) for name in names}
    return {name: np.where(np.isfinite(values), values, np.nan) for name, values in found.items()}


def audit(answers: Forecasts, frame: pl.DataFrame, sensitive: Sequence[str], *, min_group: int) -> list[Attribute]:
    """Return nothing: a forecast speaks of no person."""
    return []


def _mean(of: Floats, weights: Floats) -> Floats:
    """Return `(b,)` means of what is not NaN of `(n, h)`."""
    there = ~np.isnan(of)
    mean: Floats = (weights @ np.where(there, of, 0.0).sum(axis=1)) / (weights @ there.sum(axis=1))
    return mean


def _mae(answers: Forecasts, weights: Floats) -> Floats:
    return _mean(abs(answers.errors), weights)


def _rmse(answers: Forecasts, weights: Floats) -> Floats:
    root: Floats = np.sqrt(_mean(answers.errors**2, weights))
    return root


def _mase(answers: Forecasts, weights: Floats) -> Floats:
    return _mean(abs(answers.errors) / answers.naive_error[:, None], weights)


def _relative_mase(answers: Forecasts, weights: Floats) -> Floats:
    against = answers.naive_error[:, None]
    ratio: Floats = _mean(abs(answers.errors) / against, weights) / _mean(
        abs(answers.naive - answers.target) / against, weights
    )
    return ratio


def _quantile_loss(answers: Forecasts, weights: Floats) -> Floats:
    return _mean(leads.pinball(answers.target, answers.given, answers.task.quantiles), weights)


def _pinball(answers: Forecasts, weights: Floats) -> Floats:
    level = answers.bands.level if answers.bands else np.nan
    low, high = answers.ends
    given = np.stack([low, answers.middle, high], axis=2)
    return _mean(leads.pinball(answers.target, given, ((1 - level) / 2, 0.5, (1 + level) / 2)), weights)


def _coverage(answers: Forecasts, weights: Floats) -> Floats:
    there = answers.known & (answers.bands is not None)
    return _mean(np.where(there, answers.held, np.nan), weights)


def _interval_width(answers: Forecasts, weights: Floats) -> Floats:
    low, high = answers.ends
    return _mean(np.where(answers.known, high - low, np.nan), weights)


METRICS: Mapping[str, Callable[[Forecasts, Floats], Floats]] = {
    "mae": _mae,
    "rmse": _rmse,
    "mase": _mase,
    "relative_mase": _relative_mase,
    "quantile_loss": _quantile_loss,
    "pinball": _pinball,
    "coverage": _coverage,
    "interval_width": _interval_width,
}
