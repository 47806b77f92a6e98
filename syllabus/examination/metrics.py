"""The metrics by name: which way is better, what each needs, and its value.

A metric is declared here, light enough for settings to check names against. Its value comes from the module
of its task, `classification.py` or `regression.py`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from syllabus.errors import Unmet, nearest
from syllabus.examination.answers import examiner

if TYPE_CHECKING:
    from syllabus.examination.answers import Answers


@dataclass(frozen=True)
class Metric:
    """What is known of a metric without any data.

    Args:
        name: as in settings and reports.
        better: whether a higher or a lower value is the better one.
        judges: what it looks at: decisions, the probabilities behind them, values, or the intervals around them.
        needs: what a part must have for the value to exist.
        bounds: between what it can lie.
        inflated: whether chance alone makes it larger, as it does a mean of absolute distances.
        tasks: whose modules compute it.
    """

    name: str
    better: Literal["higher", "lower"]
    judges: Literal["decisions", "probabilities", "values", "intervals"]
    needs: Literal[
        "rows",
        "positives",
        "decided positives",
        "positives or decided",
        "two classes",
        "costs",
        "two values",
        "no nought",
        "a naive error",
        "liked items",
    ] = "rows"
    bounds: tuple[float, float] = (0.0, 1.0)
    inflated: bool = False
    tasks: tuple[str, ...] = ("classification",)

    def improves(self, new: float, old: float) -> bool:
        """Say whether `new` is better than `old`."""
        return new > old if self.better == "higher" else new < old


_NUMBERS = ("regression", "forecast")
_ERRORS = (*_NUMBERS, "rating")
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
        Metric("cost", "lower", "decisions", "costs", bounds=(0.0, math.inf)),
        Metric("mae", "lower", "values", bounds=(0.0, math.inf), tasks=_ERRORS),
        Metric("rmse", "lower", "values", bounds=(0.0, math.inf), tasks=_ERRORS),
        Metric("r2", "higher", "values", "two values", bounds=(-math.inf, 1.0), tasks=("regression",)),
        Metric("median_absolute_error", "lower", "values", bounds=(0.0, math.inf), tasks=("regression",)),
        Metric("mape", "lower", "values", "no nought", bounds=(0.0, math.inf), tasks=("regression",)),
        Metric("pinball", "lower", "intervals", bounds=(0.0, math.inf), tasks=_NUMBERS),
        Metric("coverage", "higher", "intervals", tasks=_NUMBERS),
        Metric("interval_width", "lower", "intervals", bounds=(0.0, math.inf), tasks=_NUMBERS),
        Metric("mase", "lower", "values", "a naive error", bounds=(0.0, math.inf), tasks=("forecast",)),
        Metric("relative_mase", "lower", "values", "a naive error", bounds=(0.0, math.inf), tasks=("forecast",)),
        Metric("quantile_loss", "lower", "values", bounds=(0.0, math.inf), tasks=("forecast",)),
        Metric("bits_per_byte", "lower", "probabilities", bounds=(0.0, math.inf), tasks=("language",)),
        Metric("perplexity", "lower", "probabilities", bounds=(1.0, math.inf), tasks=("language",)),
        Metric("token_accuracy", "higher", "decisions", tasks=("language",)),
        Metric("ndcg_at_10", "higher", "values", "liked items", tasks=("rating",)),
        Metric("recall_at_10", "higher", "values", "liked items", tasks=("rating",)),
        Metric("hit_rate_at_10", "higher", "values", "liked items", tasks=("rating",)),
    )
}


def names(task: str) -> tuple[str, ...]:
    """Return the names of a task's metrics."""
    return tuple(metric.name for metric in METRICS.values() if task in metric.tasks)


@dataclass(frozen=True)
class Measured:
    """The value of a metric on a part, between the bounds of its interval; None, and why, where it has none."""

    value: float | None
    low: float | None = None
    high: float | None = None
    reason: str | None = None


def reported(answers: Answers) -> tuple[str, ...]:
    """Return the metrics of these answers' task, less the cost where no error has one."""
    return tuple(
        name for name in names(answers.TASK) if METRICS[name].needs != "costs" or not missing(METRICS[name], answers)
    )


def get(name: str) -> Metric:
    """Return a metric.

    Raises:
        Unmet: there is none of that name.
    """
    if name not in METRICS:
        raise Unmet(f"There is no metric {name!r}: {nearest(name, METRICS)}")
    return METRICS[name]


def measure(answers: Answers, wanted: Iterable[str] | None = None) -> dict[str, Measured]:
    """Return the value of each metric, of all that the task has where none is named, without intervals."""
    asked, measured = examiner(answers.TASK), {}
    for metric in map(get, reported(answers) if wanted is None else wanted):
        reason = missing(metric, answers)
        value = None if reason else float(asked.value(metric.name, answers))
        measured[metric.name] = Measured(value, reason=reason)
    return measured


def missing(metric: Metric, answers: Answers) -> str | None:
    """Return what the part lacks for the metric to have a value, None where it lacks nothing."""
    return examiner(answers.TASK).lacks(metric, answers) if len(answers) else "there is no example"
