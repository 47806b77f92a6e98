"""The values of the classification metrics, as scikit-learn computes them.

Binary metrics ask about the positive class. With more classes, each class that the part has is held against
the rest, and the results are averaged, every class counting the same; log loss, Brier score and accuracy
are what they are for any number of classes. `metrics.measure` asks only where a value exists.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from syllabus.examination import calibration

if TYPE_CHECKING:
    from syllabus.examination.predictions import Predictions


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
