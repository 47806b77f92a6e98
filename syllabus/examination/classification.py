"""The examiner of classifications: the values of its metrics, as scikit-learn computes them, and what else it shows.

Binary metrics ask about the positive class. With more classes, each class that the part has is held against
the rest, and the results are averaged, every class counting the same; log loss, Brier score and accuracy
are what they are for any number of classes. `metrics.measure` asks only where a value exists.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from syllabus import recalibration
from syllabus.errors import Unmet
from syllabus.examination import baseline as baselines
from syllabus.examination import calibration, curves, fairness, metrics, mitigation, thresholds
from syllabus.examination import weighted as weightings
from syllabus.examination.predictions import Predictions

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl
    from numpy.typing import NDArray

    from syllabus.examination.metrics import Metric
    from syllabus.examples import Examples
    from syllabus.models import Model
    from syllabus.settings import Examination, Threshold

audit = fairness.compute
plots = curves.plots
weighted = weightings.values


def answered(given: NDArray[Any], examples: Examples, threshold: float | Threshold) -> Predictions:
    """Return probabilities `(n, k)` beside the truth; of two classes the second is the one asked about.

    A threshold that is to be chosen is chosen on these examples.

    Raises:
        Unmet: a threshold is to be chosen, and there are more classes than two.
    """
    task = examples.task
    if isinstance(threshold, int | float):
        return Predictions.of(examples.labels, given, task.classes, threshold=threshold, weights=task.weights)
    if len(task.classes) > 2:
        raise Unmet(
            f"examination.threshold is chosen for two classes, and the target has {len(task.classes)}: write 0.5, "
            "which then says nothing; with more classes the likeliest is decided, by its weight in data.class_weights"
        )
    costs = (threshold.cost.false_positive, threshold.cost.false_negative) if threshold.cost else None
    answers = Predictions.of(examples.labels, given, task.classes, weights=task.weights, costs=costs)
    return answers.deciding(thresholds.choose(answers, threshold)) if len(answers) else answers


def finished(answers: Callable[[str], Predictions], asked: Examination, seed: int) -> tuple[Predictions, Predictions]:
    """Return the answers on validation and on test, calibrated and decided by what validation says."""
    validation, test = answers("validation"), answers("test")
    learned = recalibration.fit(validation.given, validation.target, asked.calibration, seed=seed)
    validation = validation.calibrated(learned)
    choice = thresholds.choose(validation, asked.threshold) if validation.positive is not None else None
    if choice is None and asked.mitigation is not None:
        raise Unmet(
            "examination.mitigation moves the threshold of two classes, and the target has "
            f"{len(validation.classes)}: leave it out"
        )
    if choice is not None and asked.mitigation is not None:
        choice = mitigation.of(validation.deciding(choice), choice, asked.mitigation, asked.smallest_group)
    return validation.deciding(choice), test.calibrated(learned).deciding(choice)


def learned(answers: Predictions) -> dict[str, Any]:
    """Return the threshold of two classes; how probabilities are calibrated belongs to the model."""
    if answers.choice is None or answers.positive is None:
        return {}
    return {"threshold": {"positive": answers.classes[answers.positive], **answers.choice.plain()}}


def prior(train: Examples) -> tuple[float, ...]:
    """Return the share of each class in train."""
    return baselines.fit(train.labels, len(train.task.classes)).prior


def baseline(held: Mapping[str, Examples], asked: Examination) -> dict[str, float | None]:
    """Return the metrics on test of answering with the prior, at a threshold that is chosen for it, too."""
    shares = baselines.Baseline(prior(held["train"]))

    def answers(part: str) -> Predictions:
        return answered(shares.predict(len(held[part])), held[part], asked.threshold)

    _, test = finished(answers, asked.model_copy(update={"calibration": "none", "mitigation": None}), seed=0)
    return {name: measured.value for name, measured in metrics.measure(test).items()}


def shown(model: Model, parts: Path, asked: Examination, *, seed: int) -> dict[str, Any]:
    """Return nothing: all that a model says of a row is a decision."""
    return {}


def value(name: str, answers: Predictions) -> float:
    """Return a metric's value: the function here that has its name."""
    return float(globals()[name](answers))


def lacks(metric: Metric, answers: Predictions) -> str | None:
    """Return what a part lacks for the metric to have a value, None where it lacks nothing."""
    if metric.needs == "costs" and answers.costs is None:
        return "no cost of an error is declared"
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


def findings(answers: Predictions, frame: pl.DataFrame | None) -> dict[str, Any]:
    """Return the classes, the threshold, the confusion, the calibration, and what fairness was bought for."""
    positive = answers.positive
    return {
        "classes": answers.classes,
        "absent": answers.absent,
        "positive": None if positive is None else answers.classes[positive],
        "threshold": answers.threshold if len(answers.classes) == 2 else None,
        "confusion": answers.confusion.tolist(),
        "calibration": calibration.report(answers),
        "calibrated": None
        if answers.calibration is None
        else {
            "method": answers.calibration.method,
            "rows": answers.calibration.rows,
            "before": calibration.report(replace(answers, probabilities=answers.given)),
        },
        "chosen": None if answers.choice is None else answers.choice.plain(),
        "costs": answers.costs,
        "weights": answers.weights,
        "mitigated": mitigation.report(answers, frame),
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


def cost(predictions: Predictions) -> float:
    """Return what wrong decisions cost for a thousand rows."""
    return float(weighted(predictions, ["cost"], np.ones((1, len(predictions))))["cost"][0])


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
