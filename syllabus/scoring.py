"""One number for how good a model is on a part: what chooses among trials and candidates."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from syllabus.errors import Unmet
from syllabus.examination import metrics
from syllabus.examination.answers import Answers, examiner

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from syllabus.examples import Examples
    from syllabus.models import Model
    from syllabus.settings import Threshold


def predictions(model: Model, examples: Examples, threshold: float | Threshold) -> Answers:
    """Return what the model answers on the examples, beside the truth."""
    return answered(model.answers(examples), examples, threshold)


def answered(given: NDArray[Any], examples: Examples, threshold: float | Threshold) -> Answers:
    """Return probabilities `(n, k)`, or values `(n,)` on the target's own scale, beside the truth."""
    return examiner(examples.task.kind).answered(given, examples, threshold)


def scorer(metric: str, threshold: float | Threshold, validation: Examples) -> Callable[[Model], float]:
    """Return what scores a model by `metric` on validation; higher is better, whatever the metric."""
    judge = judging(metric, threshold)(validation)
    return lambda model: judge(model.answers(validation))


def judging(metric: str, threshold: float | Threshold) -> Callable[[Examples], Callable[[NDArray[Any]], float]]:
    """Return what returns, for examples, what scores answers on them by `metric`; higher is better."""
    return lambda examples: lambda given: signed(metric, value(metric, answered(given, examples, threshold)))


def value(metric: str, answers: Answers) -> float:
    """Return the metric's value.

    Raises:
        Unmet: it has none on this part.
    """
    reason = metrics.missing(metrics.get(metric), answers)
    if reason:
        raise Unmet(f"examination.metric {metric} has no value on this part: {reason}")
    # The value under weights of one: the same as scikit-learn's, which takes longer to import than to fit.
    return float(examiner(answers.TASK).weighted(answers, [metric], np.ones((1, len(answers))))[metric][0])


def signed(metric: str, number: float) -> float:
    """Return the number such that higher is better."""
    return number if metrics.get(metric).better == "higher" else -number
