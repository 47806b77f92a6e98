"""The metrics by name: which way is better, what each needs, and its value.

A metric is declared here, light enough for settings to check names against. Its value comes from the module
of its task, `classification.py` today: the function of the same name. Another task brings another such file.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from syllabus.errors import Unmet, nearest

if TYPE_CHECKING:
    from syllabus.examination.predictions import Predictions


@dataclass(frozen=True)
class Metric:
    """What is known of a metric without any data.

    Args:
        name: as in settings and reports.
        better: whether a higher or a lower value is the better one.
        judges: what it looks at, the decisions or the probabilities behind them.
        needs: what a part must have for the value to exist.
        bounds: between what it can lie.
        inflated: whether chance alone makes it larger, as it does a mean of absolute distances.
        task: the module that computes it.
    """

    name: str
    better: Literal["higher", "lower"]
    judges: Literal["decisions", "probabilities"]
    needs: Literal["rows", "positives", "decided positives", "positives or decided", "two classes"] = "rows"
    bounds: tuple[float, float] = (0.0, 1.0)
    inflated: bool = False
    task: str = "classification"

    def improves(self, new: float, old: float) -> bool:
        """Say whether `new` is better than `old`."""
        return new > old if self.better == "higher" else new < old


METRICS = {
    metric.name: metric
    for metric in (
        Metric("accuracy", "higher", "decisions"),
        Metric("balanced_accuracy", "higher", "decisions", "two classes"),
        Metric("precision", "higher", "decisions", "decided positives"),
        Metric("recall", "higher", "decisions", "positives"),
        Metric("f1", "higher", "decisions", "positives or decided"),
        Metric("roc_auc", "higher", "probabilities", "two classes"),
        Metric("pr_auc", "higher", "probabilities", "two classes"),
        Metric("log_loss", "lower", "probabilities", bounds=(0.0, math.inf)),
        Metric("brier", "lower", "probabilities", bounds=(0.0, 2.0)),
        Metric("calibration_error", "lower", "probabilities", inflated=True),
    )
}
NAMES = tuple(METRICS)


@dataclass(frozen=True)
class Measured:
    """The value of a metric on a part, between the bounds of its interval; None, and why, where it has none."""

    value: float | None
    low: float | None = None
    high: float | None = None
    reason: str | None = None


def get(name: str) -> Metric:
    """Return a metric.

    Raises:
        Unmet: there is none of that name.
    """
    if name not in METRICS:
        raise Unmet(f"There is no metric {name!r}: {nearest(name, METRICS)}")
    return METRICS[name]


def measure(predictions: Predictions, names: Iterable[str] = NAMES) -> dict[str, Measured]:
    """Return the value of each metric, without intervals."""
    measured = {}
    for metric in map(get, names):
        reason = missing(metric, predictions)
        if reason:
            measured[metric.name] = Measured(None, reason=reason)
        else:
            module = importlib.import_module(f"syllabus.examination.{metric.task}")
            measured[metric.name] = Measured(float(getattr(module, metric.name)(predictions)))
    return measured


def missing(metric: Metric, predictions: Predictions) -> str | None:
    """Return what the part lacks for the metric to have a value, None where it lacks nothing."""
    if len(predictions) == 0:
        return "there is no example"
    if metric.needs == "two classes" and len(predictions.present) < 2:
        return f"every example is of the class {predictions.classes[predictions.present[0]]!r}"
    if predictions.positive is None:
        return None
    asked = predictions.classes[predictions.positive]
    no_positive = predictions.positive not in predictions.present
    none_decided = not (predictions.decided == predictions.positive).any()
    return {
        "positives": f"no example is of the class {asked!r}" if no_positive else None,
        "decided positives": f"no example was decided to be {asked!r}" if none_decided else None,
        "positives or decided": (
            f"no example is of the class {asked!r}, and none was decided to be"
            if no_positive and none_decided
            else None
        ),
    }.get(metric.needs)
