"""The examiner of classifications: the values of its metrics, as scikit-learn computes them, and what else it shows.

Binary metrics ask about the positive class. With more classes, each class that the part has is held against
the rest, and the results are averaged, every class counting the same; log loss, Brier score and accuracy
are what they are for any number of classes. `metrics.measure` asks only where a value exists.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from syllabus.examination import baseline as baselines
from syllabus.examination import calibration, curves, fairness, metrics
from syllabus.examination import weighted as weightings
from syllabus.examination.predictions import Predictions

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from syllabus.examination.metrics import Metric
    from syllabus.examples import Examples

audit = fairness.compute
plots = curves.plots
weighted = weightings.values


def answered(raw: NDArray[Any], examples: Examples, threshold: float) -> Predictions:
    """Return probabilities `(n, k)` beside the truth; of two classes the second is the one asked about."""
    return Predictions.of(examples.labels, raw, examples.task.classes, threshold=threshold)


def finished(answers: Callable[[str], Predictions], level: float) -> Predictions:  # noqa: ARG001 (of intervals)
    """Return the answers on test as they are."""
    return answers("test")


def intervals(answers: Predictions) -> None:
    """Return nothing: a class has no interval."""


def prior(train: Examples) -> tuple[float, ...]:
    """Return the share of each class in train."""
    return baselines.fit(train.labels, len(train.task.classes)).prior


def baseline(held: Mapping[str, Examples], *, threshold: float, level: float) -> dict[str, float | None]:  # noqa: ARG001
    """Return the metrics on test of answering with the prior."""
    shares = baselines.Baseline(prior(held["train"]))
    answers = answered(shares.predict(len(held["test"])), held["test"], threshold)
    return {name: measured.value for name, measured in metrics.measure(answers).items()}


def value(name: str, answers: Predictions) -> float:
    """Return a metric's value: the function here that has its name."""
    return float(globals()[name](answers))


def lacks(metric: Metric, answers: Predictions) -> str | None:
    """Return what a part lacks for the metric to have a value, None where it lacks nothing."""
    if metric.needs == "two classes" and len(answers.present) < 2:
        return f"every example is of the class {answers.classes[answers.present[0]]!r}"
    if answers.positive is None:
        return None
    asked = answers.classes[answers.positive]
    no_positive = answers.positive not in answers.present
    none_decided = not (answers.decided == answers.positive).any()
    return {
        "positives": f"no example is of the class {asked!r}" if no_positive else None,
        "decided positives": f"no example was decided to be {asked!r}" if none_decided else None,
        "positives or decided": (
            f"no example is of the class {asked!r}, and none was decided to be"
            if no_positive and none_decided
            else None
        ),
    }.get(metric.needs)


def findings(answers: Predictions, frame: pl.DataFrame | None) -> dict[str, Any]:  # noqa: ARG001 (of single rows)
    """Return the classes, the threshold, the confusion and the calibration."""
    positive = answers.positive
    return {
        "classes": answers.classes,
        "absent": answers.absent,
        "positive": None if positive is None else answers.classes[positive],
        "threshold": answers.threshold if len(answers.classes) == 2 else None,
        "confusion": answers.confusion.tolist(),
        "calibration": calibration.report(answers),
    }


def accuracy(predictions: Predictions) -> float:
    """Return the share of right decisions."""
    from sklearn.metrics import accuracy_score

    return float(accuracy_score(predictions.target, predictions.decided))


def balanced_accuracy(predictions: Predictions) -> float:
    """Return the mean recall of the classes."""
    from sklearn.metrics import recall_score

    macro = {"labels": list(predictions.present), "average": "macro", "zero_division": 0.0}
    return float(recall_score(predictions.target, predictions.decided, **macro))


def precision(predictions: Predictions) -> float:
    """Return the share of true positives among what was decided positive; a class never decided counts 0."""
    from sklearn.metrics import precision_score

    return float(precision_score(predictions.target, predictions.decided, **_averaging(predictions)))


def recall(predictions: Predictions) -> float:
    """Return the share of the positives that were found."""
    from sklearn.metrics import recall_score

    return float(recall_score(predictions.target, predictions.decided, **_averaging(predictions)))


def f1(predictions: Predictions) -> float:
    """Return the harmonic mean of precision and recall."""
    from sklearn.metrics import f1_score

    return float(f1_score(predictions.target, predictions.decided, **_averaging(predictions)))


def roc_auc(predictions: Predictions) -> float:
    """Return the chance that a positive gets a higher probability than a negative."""
    from sklearn.metrics import roc_auc_score

    return _one_vs_rest(predictions, roc_auc_score)


def pr_auc(predictions: Predictions) -> float:
    """Return the average precision, the area under the precision-recall curve without interpolation."""
    from sklearn.metrics import average_precision_score

    return _one_vs_rest(predictions, average_precision_score)


def log_loss(predictions: Predictions) -> float:
    """Return the mean of minus the logarithm of the true class's probability, in nats."""
    from sklearn.metrics import log_loss as loss

    codes = range(len(predictions.classes))
    return float(loss(predictions.target, predictions.probabilities, labels=list(codes)))


def brier(predictions: Predictions) -> float:
    """Return the mean squared error of the probabilities: up to 1 for two classes, up to 2 for more."""
    from sklearn.metrics import brier_score_loss

    codes = range(len(predictions.classes))
    return float(brier_score_loss(predictions.target, predictions.probabilities, labels=list(codes)))


def calibration_error(predictions: Predictions) -> float:
    """Return the expected calibration error."""
    return calibration.expected_error(predictions)


def _averaging(predictions: Predictions) -> dict[str, Any]:
    # Without the labels, a class that was decided but has no example would count as a failure to recall it.
    if predictions.positive is None:
        return {"labels": list(predictions.present), "average": "macro", "zero_division": 0.0}
    return {"pos_label": predictions.positive, "average": "binary", "zero_division": 0.0}


def _one_vs_rest(predictions: Predictions, area: Any) -> float:
    areas = [
        area(predictions.target == code, predictions.probabilities[:, code])
        for code in predictions.asked
        if code in predictions.present
    ]
    return float(np.mean(areas))
